"""Documents of word processors: all of their text, in order, with its place on the page."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from scanflow.capture.files import docx as docx_files
from scanflow.capture.files.unpack import Unpacked
from scanflow.errors import (
    DamagedInputError,
    EmptyInputError,
    InputError,
    OversizedInputError,
    TruncatedInputError,
    UnsupportedInputError,
)
from scanflow.settings import LimitSettings
from tests.capture.samples import OFFICE, VIETNAMESE, docx, take


def text_of(taken: Unpacked) -> str:
    lines: dict[tuple[int, int], list[str]] = {}
    for page in taken.pages:
        for word in page.words or ():
            lines.setdefault((page.no, word.line), []).append(word.text)
    return "\n".join(" ".join(words) for words in lines.values())


def test_the_text_stands_on_a_page_word_by_word() -> None:
    taken = take(docx(*VIETNAMESE))
    (page,) = taken.pages
    assert text_of(taken) == "\n".join(VIETNAMESE)
    assert (page.kind, page.altered, taken.lossless) == ("render", ("rendered",), False)
    image = Image.open(io.BytesIO(page.data))
    for word in page.words or ():
        sides = (word.box.left, word.box.top, word.box.right, word.box.bottom)
        left, top, right, bottom = (side * 150 / 72 for side in sides)  # pixels
        place = image.crop((int(left), int(top), int(right) + 1, int(bottom) + 1))
        assert np.asarray(place).min() < 128, word.text


def test_tables_breaks_heads_and_notes_are_read_in_order() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    body = (
        f"<w:tbl><w:tr>{cell.format('Họ tên')}{cell.format('Trần Thử')}</w:tr>"
        f"<w:tr>{cell.format('Số')}{cell.format('12')}</w:tr></w:tbl>"
        "<w:p><w:r><w:t>một</w:t><w:tab/><w:t>hai</w:t><w:br/><w:t>ba</w:t></w:r></w:p>"
        '<w:p><w:r><w:t>trước</w:t><w:br w:type="page"/><w:t>sau</w:t></w:r></w:p>'
        "<w:p><w:del><w:r><w:delText>bỏ</w:delText><w:t>bỏ</w:t></w:r></w:del><w:r><w:t>giữ</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<mc:AlternateContent><mc:Choice><w:t>khung</w:t></mc:Choice>"
        "<mc:Fallback><w:t>khung</w:t></mc:Fallback></mc:AlternateContent></w:p>"
    )
    part = f"<w:hdr {OFFICE}><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:hdr>"
    parts = {"word/header1.xml": part.format("đầu trang"), "word/footer1.xml": part.format("cuối trang")}
    taken = take(docx(body=body, parts=parts))
    assert text_of(taken).splitlines() == [
        "đầu trang", "Họ tên Trần Thử", "Số 12", "một hai", "ba", "trước", "sau", "giữkhung", "cuối trang",
    ]  # fmt: skip
    assert len(taken.pages) == 2


def test_long_texts_fill_pages_and_nothing_is_lost() -> None:
    words = [f"chữ{no}" for no in range(3000)]
    taken = take(docx(" ".join(words), "x" * 5000))
    assert len(taken.pages) > 3
    found = text_of(taken).split()
    assert found[:3000] == words and "".join(found[3000:]) == "x" * 5000
    for page in taken.pages:
        assert all(
            0 < word.box.left < word.box.right < 596 and word.box.bottom < 842 for word in page.words or ()
        )
    with pytest.raises(OversizedInputError):
        take(docx(" ".join(words)), LimitSettings(pages=1))


def test_what_is_beside_the_text_is_named() -> None:
    parts = {"word/media/image1.png": "x", "word/vbaProject.bin": "x", "word/comments.xml": "<x/>"}
    assert take(docx("chữ", parts=parts)).left_out == ("Images", "Macros", "Comments")


def zipped(**parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in ({"[Content_Types].xml": "<x/>"} | parts).items():
            file.writestr(name, content)
    return target.getvalue()


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f"<w:document {OFFICE}><w:body><w:p><w:t>&b;</w:t></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (docx("chữ")[:-30], TruncatedInputError),
        (docx(" "), EmptyInputError),
        (docx(body="<w:p>"), DamagedInputError),
        (zipped(**{"word/document.xml": BOMB}), DamagedInputError),
        (zipped(**{"xl/workbook.xml": "<x/>"}), UnsupportedInputError),
        (docx("chữ").replace(b"word/document.xml", b"word/document.xnl", 1), DamagedInputError),
    ],
)
def test_documents_that_cannot_be_taken_are_refused(data: bytes, error: type[InputError]) -> None:
    with pytest.raises(error):
        take(data)


def test_a_small_file_that_expands_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_files, "_MAX_XML", 100_000)
    with pytest.raises(OversizedInputError):
        take(docx("a" * 200_000))
