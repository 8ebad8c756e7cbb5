"""The text of an electronic signature is separated from the page's text, wherever the engine read it."""

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.layout.esignatures import part_esignatures


def line(no: int, top: float, *words: tuple[str, float], block: int = 0) -> list[Word]:
    """Words of one line, each with its left edge; eight points high."""
    return [Word(text, Box(left, top, left + 5 * len(text), top + 8), 0.9, block, no) for text, left in words]


def spaced(no: int, top: float, left: float, text: str, block: int = 0) -> list[Word]:
    found = []
    for word in text.split():
        found.append((word, left))
        left += 5 * len(word) + 4
    return line(no, top, *found, block=block)


HEAD = spaced(0, 40, 60, "ỦY BAN NHÂN DÂN")
BODY = [
    *spaced(1, 300, 60, "Căn cứ Luật Tổ chức chính quyền địa phương;"),
    *spaced(2, 314, 60, "Theo đề nghị của Giám đốc Sở Y tế."),
]
SIGNED = [
    *spaced(3, 30, 400, "Ký bởi: Ủy ban nhân dân tỉnh"),
    *spaced(4, 41, 400, "Lâm Đồng"),
    *spaced(5, 52, 401, "Cơ quan: Tỉnh Lâm Đồng"),
    *spaced(6, 63, 400, "Giờ ký: 20/02/2025 11:25:13"),
]


def parts(words: list[Word]) -> tuple[str, str]:
    """The text, and what was put apart from it."""
    found = part_esignatures(words)
    assert sorted(word.text for word in found) == sorted(word.text for word in words)
    text, apart = (
        " ".join(word.text for word in found if (word.kind == "stamp") is kind) for kind in (False, True)
    )
    return text, apart


def joined(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def test_a_signature_is_put_behind_the_text_in_its_lines() -> None:
    found = part_esignatures([*SIGNED, *HEAD, *BODY])
    assert joined(found) == joined([*HEAD, *BODY, *SIGNED])
    apart = found[-len(SIGNED) :]
    assert {word.kind for word in apart} == {"stamp"}
    assert len({word.block for word in apart}) == 1
    assert apart[0].block not in {word.block for word in found[: -len(SIGNED)]}
    assert len({word.line for word in apart}) == 4


def test_a_signature_inside_lines_of_the_text_is_cut_out_of_them() -> None:
    body = [
        *spaced(1, 300, 60, "Căn cứ Luật Tổ chức"),
        *spaced(1, 300, 250, "Ký bởi: Sở Y tế"),
        *spaced(2, 314, 60, "Theo đề nghị của"),
        *spaced(2, 314, 250, "Giờ ký: 20/02/2025"),
    ]
    text, apart = parts(body)
    assert text == "Căn cứ Luật Tổ chức Theo đề nghị của"
    assert apart == "Ký bởi: Sở Y tế Giờ ký: 20/02/2025"


@pytest.mark.parametrize(
    "words",
    [
        [*HEAD, *BODY],
        spaced(1, 300, 60, "Quyết định này được ký bởi Chủ tịch"),
        [*spaced(1, 300, 60, "Người ký: Trần An"), *spaced(2, 400, 60, "Cơ quan: Sở Y tế")],
        spaced(1, 300, 60, "Cơ quan: Sở Y tế"),
        [],
    ],
)
def test_what_is_no_signature_stays(words: list[Word]) -> None:
    assert part_esignatures(words) == words
