"""The text layer selects and copies what was read, where it was read, in the PDF viewers that people use."""

import json
import os
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanflow.model import Box, Word
from scanflow.pdf.text_layer import printable
from scanflow.pdf.writer import write_pdf
from tests.capture.samples import saved
from tests.patience import PATIENCE
from tests.pdf.makers import METADATA, drawing, page_of, words_of
from tests.pdf.pdfa_check import violations
from tests.pdf.viewers import pdfium_selection, pdfium_text, pdftotext, poppler_boxes

JPEG = saved(drawing("L"), "JPEG")
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
ACCENTED = sorted(
    {
        unicodedata.normalize("NFC", letter + tone)
        for vowel in "aăâeêioôơuưy"
        for letter in (vowel, vowel.upper())
        for tone in TONES
    }
    - set("aeiouyAEIOUY")
    | {"đ", "Đ"}
)
HEAD = """CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 12/GP-SXD (bản sao \\ chính) 100% m²
Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3
năm 2020 của Chính phủ về công tác văn thư;"""
LETTERS = "\n".join(
    " ".join("".join(ACCENTED[at : at + 5]) for at in range(start, min(start + 30, 134), 5))
    for start in range(0, 134, 30)
)
PDFJS = Path(os.environ.get("PDFJS_DIST", "node_modules/pdfjs-dist"))


def layer(*words: Word) -> bytes:
    result = write_pdf([page_of(JPEG, "image/jpeg", words)], METADATA)
    assert violations(result.data) == []
    return result.data


def pdfjs_text(data: bytes, folder: Path) -> str:
    path = folder / "in.pdf"
    path.write_bytes(data)
    command = ["node", str(Path(__file__).with_name("extract.mjs")), str(PDFJS.resolve()), str(path)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    text: str = json.loads(done.stdout.splitlines()[0])
    return text


def test_there_are_134_accented_letters() -> None:
    assert len(ACCENTED) == 134


@pytest.mark.parametrize("text", [HEAD, LETTERS], ids=["head", "letters"])
@pytest.mark.parametrize(
    "read",
    [pdftotext, lambda data: pdftotext(data, "-raw"), pdfium_text],
    ids=["poppler", "poppler raw", "pdfium"],
)
def test_viewers_copy_words_spaces_and_lines(read: Callable[[bytes], str], text: str) -> None:
    assert [line.rstrip() for line in read(layer(*words_of(text))).splitlines()] == text.splitlines()


@pytest.mark.parametrize("text", [HEAD, LETTERS], ids=["head", "letters"])
def test_the_layout_keeps_the_words_of_a_line_together(text: str) -> None:
    lines = [line.split() for line in pdftotext(layer(*words_of(text)), "-layout").splitlines() if line]
    assert lines == [line.split() for line in text.splitlines()]


@pytest.mark.skipif(
    not (shutil.which("node") and PDFJS.is_dir()),
    reason="needs node and pdfjs-dist (npm install pdfjs-dist@4, PDFJS_DIST names its folder)",
)
@pytest.mark.parametrize("text", [HEAD, LETTERS], ids=["head", "letters"])
def test_pdfjs_copies_words_spaces_and_lines(text: str, tmp_path: Path) -> None:
    assert pdfjs_text(layer(*words_of(text)), tmp_path) == text


def test_boxes_lie_over_the_words() -> None:
    words = words_of(HEAD)
    found = poppler_boxes(layer(*words))
    assert [text.replace("&amp;", "&") for text, _ in found] == [word.text for word in words]
    for (_, box), word in zip(found, words, strict=True):
        assert box.left == pytest.approx(word.box.left, abs=0.1)
        assert box.top == pytest.approx(word.box.top, abs=0.5)
        assert box.bottom == pytest.approx(word.box.bottom, abs=0.5)
        if any(char.isalnum() for char in word.text):
            assert box.right == pytest.approx(word.box.right, abs=1)


def test_a_selection_marks_the_height_of_the_line() -> None:
    words = words_of("Quyết định\ncủa Ủy ban")
    marked = pdfium_selection(layer(*words))
    assert len({round(box.top) for box in marked}) == 2
    for box in marked:
        assert box.height == pytest.approx(words[0].box.height, abs=1)
    assert min(box.left for box in marked) == pytest.approx(words[0].box.left, abs=0.5)


def test_words_on_stretched_lines_keep_their_edges() -> None:
    """Typewritten and letter-spaced print is far from the widths of Times."""
    words = tuple(
        Word(text, Box(40 + 70 * place, 60, 40 + 70 * place + width, 72), 1, 0, 0)
        for place, (text, width) in enumerate([("illi", 60), ("MWMW", 25), ("ba", 50), ("Ủ", 40)])
    )
    for (_, box), word in zip(poppler_boxes(layer(*words)), words, strict=True):
        assert box.left == pytest.approx(word.box.left, abs=0.1)
        assert box.right == pytest.approx(word.box.right, abs=1)


def test_tall_noise_on_a_line_does_not_stretch_its_words() -> None:
    words = list(words_of("Nơi nhận: như trên lưu văn thư"))
    last = words[-1].box
    seal = Word("|", Box(last.right + 5, last.top - 40, last.right + 9, last.bottom + 40), 0.1, 0, 0)
    for (_, box), word in zip(poppler_boxes(layer(*words, seal)), words, strict=False):
        assert box.height == pytest.approx(word.box.height, abs=1)


def test_words_without_ascenders_get_the_height_of_their_line() -> None:
    tall, low = Word("Đồng", Box(40, 60, 70, 72), 1, 0, 0), Word("xem", Box(75, 64, 95, 70), 1, 0, 0)
    (_, first), (_, second) = poppler_boxes(layer(tall, low))
    assert (first.top, first.bottom) == pytest.approx((second.top, second.bottom))


@pytest.mark.parametrize("text", ["😀", "𝛼𝛽", "中文", "a\u0323\u0302\u0306", "\\()", "()("])
def test_unusual_characters_are_copied(text: str) -> None:
    words = words_of(f"trước {text} sau")
    expected = f"trước {unicodedata.normalize('NFC', text)} sau"
    assert pdfium_text(layer(*words)) == expected


def test_what_is_no_text_is_left_out() -> None:
    first, second = words_of("một hai")
    assert pdfium_text(layer(replace(first, text="m\0ột\x1b"), second)) == "một hai"
    assert printable("a\ud800\u200b \ufeffe\u0301") == "a\u200bé"


def test_a_page_without_words_has_no_text_object() -> None:
    data = layer(Word("\0", Box(1, 1, 9, 9), 1, 0, 0), Word(" ", Box(1, 1, 9, 9), 1, 0, 0))
    assert pdftotext(data) == ""
    assert data == layer(Word("\x01", Box(1, 1, 9, 9), 1, 0, 0))


words_anywhere = st.builds(
    lambda text, left, top, width, height, line: Word(
        text, Box(left, top, left + width, top + height), 0.5, 0, line
    ),
    st.text(min_size=1, max_size=12),
    st.floats(-50, 450),
    st.floats(-50, 650),
    st.floats(0, 200),
    st.floats(0, 200),
    st.integers(0, 2),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(words_anywhere, max_size=12))
def test_any_words_give_a_sound_file(words: list[Word]) -> None:
    data = layer(*words)
    pdfium_text(data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.sampled_from(ACCENTED), min_size=1, max_size=7), min_size=1, max_size=8))
def test_any_vietnamese_line_is_copied_whole(tokens: list[str]) -> None:
    assert pdfium_text(layer(*words_of(" ".join(tokens), size=6))) == " ".join(tokens)
