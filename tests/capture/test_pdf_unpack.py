"""Whole PDFs: what is refused and why, what is signed, whose own text is kept."""

import io
import stat
import unicodedata
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from scanflow.capture.files.unpack import unpack
from scanflow.capture.files.unpacked import Wanted
from scanflow.errors import (
    DamagedInputError,
    EmptyInputError,
    EncryptedInputError,
    InputError,
    LimitError,
    MissingToolError,
    OversizedInputError,
    TruncatedInputError,
    UnsupportedInputError,
)
from scanflow.settings import LimitSettings
from tests.capture.samples import (
    LIMITS,
    VIETNAMESE,
    image_keys,
    jpeg,
    jpeg_scan,
    page_pdf,
    picture,
    raw,
    take,
    text_pdf,
)

SCAN_KEYS = image_keys(picture(), Name.DCTDecode)


def encrypted(data: bytes, *, user: str) -> bytes:
    with Pdf.open(io.BytesIO(data)) as pdf:
        return raw(pdf, encryption=pikepdf.Encryption(owner="chủ", user=user))


def test_a_password_for_reading_is_refused() -> None:
    with pytest.raises(EncryptedInputError, match="password"):
        take(encrypted(jpeg_scan(), user="mật khẩu"))


def test_a_password_for_changing_is_none_for_reading() -> None:
    (page,) = take(encrypted(jpeg_scan(), user="")).pages
    assert page.data == jpeg()


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("source", ["plain", "linearized", "updated"])
def test_a_pdf_cut_off_is_truncated_and_never_a_part_of_itself(source: str, kept: float) -> None:
    data = page_pdf("595 0 0 842 0 0 cm /Im Do", {"Im": (jpeg(quality=100), SCAN_KEYS)}, copies=4)
    if source == "linearized":
        with Pdf.open(io.BytesIO(data)) as pdf:
            data = raw(pdf, linearize=True)
    elif source == "updated":
        first, second = data, data.replace(b"%PDF-1.", b"%XYZ-1.", 1)
        with pytest.raises(TruncatedInputError):
            take(first + second[: int(len(second) * kept)])
        return
    with pytest.raises(TruncatedInputError):
        take(data[: int(len(data) * kept)])


@pytest.mark.parametrize("content", [b"", b"\0" * 9000, b" \r\n\t"])
def test_a_file_without_bytes_is_empty(content: bytes) -> None:
    with pytest.raises(EmptyInputError):
        take(content)


def test_a_pdf_without_pages_is_empty() -> None:
    with Pdf.new() as pdf, pytest.raises(EmptyInputError):
        take(raw(pdf))


@pytest.mark.parametrize("content", [b"PK\x03\x04 a word processor's file", b"GIF89a", b"<html>", b"x"])
def test_other_formats_are_unsupported_whatever_their_name(content: bytes) -> None:
    with pytest.raises(UnsupportedInputError):
        take(content)


def test_garbage_after_the_header_is_damaged() -> None:
    with pytest.raises(DamagedInputError):
        take(b"%PDF-1.7\n" + b"garbage " * 50 + b"\n%%EOF\n")


def test_pages_that_repairing_drops_are_not_lost_in_silence() -> None:
    data = page_pdf("0 0 9 9 re f", copies=3)
    assert len(take(data).pages) == 3
    with pytest.raises(DamagedInputError, match="2 of 3 pages"):
        take(data.replace(b"4 0 R", b"9 0 R", 1))


def test_a_wrong_cross_reference_is_repaired() -> None:
    data = jpeg_scan()
    at = data.rindex(b"startxref") + 10
    (page,) = take(data[:at] + b"7\n%%EOF\n").pages
    assert page.data == jpeg()


def test_junk_before_and_after_does_no_harm() -> None:
    (page,) = take(b"HTTP header\r\n\r\n" + jpeg_scan() + b"\0" * 3000).pages
    assert page.data == jpeg()


def test_limits_on_bytes_and_pages() -> None:
    data = page_pdf("", copies=3)
    with pytest.raises(OversizedInputError, match="bytes"):
        take(data, LIMITS.model_copy(update={"file_bytes": len(data) - 1}))
    with pytest.raises(OversizedInputError, match="pages"):
        take(data, LIMITS.model_copy(update={"pages": 2}))


@pytest.mark.parametrize("direct", [False, True])
def test_a_signature_is_seen_and_the_page_still_read(direct: bool) -> None:
    with Pdf.open(io.BytesIO(jpeg_scan())) as pdf:
        field = Dictionary(FT=Name.Sig, T="Chữ ký")
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))
        assert not take(raw(pdf)).signed
        field = pdf.Root.AcroForm.Fields[0]
        value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 30]), Contents=pikepdf.String("00"))
        field.V = value if direct else pdf.make_indirect(value)
        signed = take(raw(pdf))
    assert signed.signed
    assert [page.data for page in signed.pages] == [jpeg()]


def test_a_born_digital_page_is_kept_with_its_words() -> None:
    source = text_pdf(VIETNAMESE)
    unpacked = take(source)
    (page,) = unpacked.pages
    assert unpacked.pristine
    assert (page.kind, page.width, page.height, page.dpi) == ("text", 2480, 3508, (300, 300))
    assert page.words is not None
    assert " ".join(word.text for word in page.words) == " ".join(VIETNAMESE)
    assert {word.confidence for word in page.words} == {1.0}
    lines = [[w.text for w in page.words if (w.block, w.line) == key] for key in lines_of(page.words)]
    assert [" ".join(line) for line in lines] == list(VIETNAMESE)
    with Pdf.open(io.BytesIO(page.data)) as copy, Pdf.open(io.BytesIO(source)) as original:
        assert copy.pages[0].Contents.read_bytes() == original.pages[0].Contents.read_bytes()


def lines_of(words: object) -> list[tuple[int, int]]:
    assert isinstance(words, tuple)
    return list(dict.fromkeys((word.block, word.line) for word in words))


def test_words_are_composed_even_where_the_layer_is_not() -> None:
    (page,) = take(text_pdf([unicodedata.normalize("NFD", line) for line in VIETNAMESE])).pages
    text = " ".join(word.text for word in page.words or ())
    assert text == unicodedata.normalize("NFC", text)
    assert "ĐĂNG KÝ" in text


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("cropped", [False, True])
def test_boxes_stand_in_upright_points_of_what_is_visible(rotate: int, cropped: bool) -> None:
    """The first word begins at (60, 80 above) in page space: where that comes to lie, its box must be."""
    crop = Array([40, 300, 595.2, 841.92]) if cropped else Array([0, 0, 595.2, 841.92])
    (page,) = take(text_pdf(VIETNAMESE, page={"Rotate": rotate, "CropBox": crop})).pages
    assert page.kind == "text"
    assert page.geometry.rotation == rotate
    assert page.words is not None
    width, height = 595.2 - float(crop[0]), 841.92 - float(crop[1])
    x, y = 60 - float(crop[0]), 80.0  # of the first baseline, from the left and top of the visible page
    expected = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[rotate]
    (box,) = (word.box for word in page.words if word.text == "CỘNG")
    assert box.left - 3 <= expected[0] <= box.right + 3
    assert box.top - 3 <= expected[1] <= box.bottom + 3
    assert (page.width, page.height) == (round(width * 300 / 72), round(height * 300 / 72))


def test_a_scan_with_a_good_layer_is_kept_and_with_a_poor_one_read_again() -> None:
    lines = [line for line in VIETNAMESE for _ in range(2)]
    blank_scan = (jpeg(picture().point(lambda _: 255)), SCAN_KEYS)
    good = text_pdf(lines, image=blank_scan, mode=3)
    poor = text_pdf(
        ["CQNG HOA XA HQI CHU NGHiA", "DQc lap Tu do Hanh phuc vi6c dugc"] * 4, image=blank_scan, mode=3
    )
    (page,) = take(good).pages
    assert (page.kind, page.layer) == ("text", None)
    (page,) = take(poor).pages
    assert (page.kind, page.data) == ("scan", blank_scan[0])
    assert page.layer == "\n".join(["CQNG HOA XA HQI CHU NGHiA", "DQc lap Tu do Hanh phuc vi6c dugc"] * 4)
    (bare,) = unpack(good, "good.pdf", LimitSettings(), 0.7, Wanted("none", old_text=False)).pages
    assert (bare.kind, bare.data, bare.layer) == ("scan", blank_scan[0], None)


@pytest.mark.parametrize(
    "stamp",
    [
        ["www.example.vn"],
        ["Ký bởi: ỦY BAN NHÂN DÂN XÃ AN BÌNH THƯỢNG", "Ngày ký: 24.11.2026 08:15:00 +07:00"],
    ],
    ids=["logo", "signature"],
)
def test_a_few_words_over_a_scan_are_no_text_layer(stamp: list[str]) -> None:
    hidden = text_pdf(stamp, image=(jpeg(), SCAN_KEYS), mode=3)
    visible = text_pdf(stamp, image=(jpeg(), SCAN_KEYS))
    (page,) = take(hidden).pages
    assert (page.kind, page.data) == ("scan", jpeg())
    (page,) = take(visible).pages
    assert page.kind == "render"
    assert not take(visible).pristine


@pytest.mark.parametrize(
    ("lines", "font"),
    [
        (["Céng hßa x· héi chñ nghÜa ViÖt Nam", "§éc lËp - Tù do - H¹nh phóc"], ".VnTime"),
        (["Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Ñoäc laäp - Töï do - Haïnh phuùc"], "VNI-Times"),
        (["Céng hßa x· héi chñ nghÜa ViÖt Nam", "§éc lËp - Tù do - H¹nh phóc"], "ABCDEF+Times"),
        (["Cong hoa xa hoi chu nghia Viet Nam", "Doc lap Tu do Hanh phuc to khai dang ky"] * 3, "Times"),
        (["C?ng hòa xã h?i ch? ngh?a Vi?t Nam", "Ð?c l?p - T? do - H?nh phúc"] * 3, "Times"),
    ],
    ids=["TCVN3", "VNI", "TCVN3 renamed", "marks lost", "question marks"],
)
def test_a_layer_of_garbage_is_rendered_to_be_read(lines: list[str], font: str) -> None:
    (page,) = take(text_pdf(lines, font=font)).pages
    assert (page.kind, page.words) == ("render", None)
    assert page.layer == "\n".join(lines)


def test_sound_text_in_another_language_is_kept() -> None:
    lines = [
        "The applicant shall file the papers that are listed in this notice",
        "at the counter of the centre.",
    ]
    (page,) = take(text_pdf(lines * 4)).pages
    assert page.kind == "text"


@pytest.mark.parametrize("lost", [False, True])
def test_a_page_that_lost_its_content_is_no_blank_page(lost: bool) -> None:
    """What it would be drawn with is still there."""
    images = {"Im": (jpeg(picture()), SCAN_KEYS)} if lost else {}
    with Pdf.open(io.BytesIO(page_pdf("", images, copies=2))) as pdf:
        del pdf.pages[0].obj["/Contents"]
        pdf.pages[0].obj.Resources.ProcSet = Array([Name.PDF, Name.ImageB])
        unpacked = take(raw(pdf))
    assert [page.no for page in unpacked.pages] == ([2] if lost else [1, 2])
    assert [type(problem.error) for problem in unpacked.problems] == [DamagedInputError] * lost


def test_a_page_that_shows_nothing_because_of_an_error_is_no_blank_page() -> None:
    """Poppler leaves out an image of which it can read nothing, and ends well."""
    keys = {**image_keys(picture(), Name.JPXDecode), "Mask": Array([0, 0])}  # is rendered, as it has a mask
    over = "q 595 0 0 842 0 0 cm /Im Do Q"
    unpacked = take(page_pdf(over, {"Im": (b"no JPEG 2000", keys)}))
    assert [type(problem.error) for problem in unpacked.problems] == [DamagedInputError]
    assert take(page_pdf("1 g 0 0 9 9 re f")).pages


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_poppler_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert take(jpeg_scan()).pages  # a plain scan needs no program
    for source in (page_pdf("0 0 100 100 re f"), text_pdf(VIETNAMESE)):
        with pytest.raises(MissingToolError, match="poppler-utils"):
            take(source)


def test_a_program_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("pdfinfo", "pdftoppm", "pdftotext"):
        tool(tmp_path, name, "exec sleep 30")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    unpacked = take(text_pdf(VIETNAMESE), LIMITS.model_copy(update={"seconds": 1.0}))
    assert [type(problem.error) for problem in unpacked.problems] == [LimitError]


def test_a_program_that_fails_makes_a_problem_of_the_page_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("pdfinfo", "pdftoppm", "pdftotext"):
        tool(tmp_path, name, "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with Pdf.open(io.BytesIO(text_pdf(VIETNAMESE))) as pdf, Pdf.open(io.BytesIO(jpeg_scan())) as scan:
        pdf.pages.extend(scan.pages)
        unpacked = take(raw(pdf))
    assert [page.no for page in unpacked.pages] == [2]
    assert [type(problem.error) for problem in unpacked.problems] == [DamagedInputError]


def test_every_error_has_a_message_in_both_languages() -> None:
    for content in (b"", b"x", b"%PDF-1.4", encrypted(jpeg_scan(), user="a")):
        with pytest.raises(InputError) as caught:
            take(content)
        assert caught.value.message.isascii()
        assert not caught.value.message_vi.isascii()
