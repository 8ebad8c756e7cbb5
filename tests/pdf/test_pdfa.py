"""The metadata of a file, and that the checker notices files that break PDF/A."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from scanflow.pdf import icc, invisible_font
from scanflow.pdf.document import PdfMetadata
from scanflow.pdf.pdfa import NAMESPACE
from scanflow.pdf.writer import write_pdf
from tests.capture.samples import saved
from tests.pdf.makers import METADATA, drawing, page_of, words_of
from tests.pdf.pdfa_check import violations

JPEG = saved(drawing("L"), "JPEG")


def written(metadata: PdfMetadata = METADATA) -> bytes:
    return write_pdf([page_of(JPEG, "image/jpeg", words_of("Giấy phép xây dựng"))], metadata).data


def xmp(data: bytes) -> ElementTree.Element:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return ElementTree.fromstring(pdf.Root.Metadata.read_bytes())  # noqa: S314  # our own output


def own(data: bytes) -> dict[str, str]:
    prefix = f"{{{NAMESPACE}}}"
    elements = xmp(data).iter()
    return {e.tag.removeprefix(prefix): e.text or "" for e in elements if e.tag.startswith(prefix)}


def test_the_dossier_stands_in_the_metadata() -> None:
    assert own(written()) == {
        "dossierNumber": "H57.132-260804-0583",
        "procedureCode": "1.013225",
        "documentType": "building_permit",
        "convertedAt": "2026-08-04T10:15:30+07:00",
        "converter": "Đỗ Thị Ví Dụ",
        "agency": "Trung tâm Phục vụ hành chính công",
        "program": "scanflow 0.1.0",
        "engine": "tesseract 5.5.0 vie",
    }


def test_what_is_unknown_is_left_out() -> None:
    bare = replace(METADATA, dossier_number=None, procedure_code=None, document_type=None, converter="")
    data = written(bare)
    assert set(own(data)) == {"convertedAt", "agency", "program", "engine"}
    assert violations(data) == []


def test_programs_that_know_no_pdf_find_the_packet() -> None:
    data = written()
    assert data.count(b"<?xpacket begin=") == 1
    assert METADATA.dossier_number is not None
    assert METADATA.dossier_number.encode() in data


def test_viewers_show_the_title_and_know_the_language() -> None:
    with pikepdf.open(io.BytesIO(written())) as pdf:
        assert str(pdf.docinfo.Title) == METADATA.title
        assert str(pdf.Root.Lang) == "vi-VN"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=40), st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1)))
def test_any_title_and_time_agree_in_both_places(title: str, created: datetime) -> None:
    assert violations(written(replace(METADATA, title=title, created=created.replace(tzinfo=UTC)))) == []


def test_the_font_program_is_sound() -> None:
    font = TTFont(io.BytesIO(invisible_font.font_program()), checkChecksums=2)
    for tag in font.keys():  # noqa: SIM118  # a TTFont is not iterable
        assert font[tag] is not None
    advances = [font["hmtx"][name][0] for name in font.getGlyphOrder()]
    assert advances[1:] == list(invisible_font.WIDTHS)
    assert (font["hhea"].ascent, font["hhea"].descent) == (invisible_font.ASCENT, invisible_font.DESCENT)
    rebuilt = io.BytesIO()
    font.save(rebuilt)
    assert TTFont(io.BytesIO(rebuilt.getvalue()))["maxp"].numGlyphs == len(advances)


def shown_as(profile: bytes, mode: str, colour: tuple[int, ...]) -> tuple[int, ...]:
    """What colour management makes of a colour of `profile` on an sRGB screen."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), mode, "RGB"
    )
    pixel = Image.new(mode, (1, 1), colour)
    shown = ImageCms.applyTransform(pixel, transform)
    assert shown is not None
    value = shown.getpixel((0, 0))
    assert isinstance(value, tuple)
    return value


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 40), (5, 90, 250)])
def test_the_rgb_profile_is_srgb(colour: tuple[int, int, int]) -> None:
    assert shown_as(icc.srgb(), "RGB", colour) == pytest.approx(colour, abs=1)


def test_the_cmyk_profile_looks_like_ink_on_paper() -> None:
    assert shown_as(icc.cmyk(), "CMYK", (0, 0, 0, 0)) == pytest.approx((255, 255, 255), abs=1)
    assert max(shown_as(icc.cmyk(), "CMYK", (0, 0, 0, 255))) < 40
    red, green, blue = shown_as(icc.cmyk(), "CMYK", (0, 255, 255, 0))
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    ("before", "after", "clause"),
    [
        (b"<pdfaid:part>2", b"<pdfaid:part>1", "6.6.4"),
        (b"<pdfaProperty:name>agency", b"<pdfaProperty:name>agenc_", "6.6.2.3.1"),
        (b"<xmp:CreateDate>2026", b"<xmp:CreateDate>2025", "6.1.5"),
        (b"<pdf:Producer>scanflow", b"<pdf:Producer>Scanflow", "6.1.5"),
        (b"%PDF-1.7", b"%PDF-2.0", "6.1.2"),
        (b"%%EOF\n", b"%%EOF\nmore", "6.1.3"),
    ],
)
def test_the_checker_sees_a_broken_file(before: bytes, after: bytes, clause: str) -> None:
    data = written()
    assert before in data
    assert any(finding.startswith(clause) for finding in violations(data.replace(before, after)))


def _no_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/OutputIntents"]


def _interpolated(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject.I.Interpolate = True


def _other_widths(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.Font.F.DescendantFonts[0].W[1][0] = 999


def _no_glyph(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.Font.F.DescendantFonts[0].CIDToGIDMap.write(bytes(200))


def _device_cmyk(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject.I.ColorSpace = pikepdf.Name.DeviceCMYK


@pytest.mark.parametrize(
    ("spoil", "clause"),
    [
        (_no_intent, "6.2.3"),
        (_interpolated, "6.2.8.1"),
        (_other_widths, "6.2.11.5"),
        (_no_glyph, "6.2.11.8"),
        (_device_cmyk, "6.2.4.3"),
    ],
)
def test_the_checker_sees_a_spoilt_object(spoil: Callable[[pikepdf.Pdf], None], clause: str) -> None:
    with pikepdf.open(io.BytesIO(written())) as pdf:
        spoil(pdf)
        buffer = io.BytesIO()
        pdf.save(buffer)
    assert any(finding.startswith(clause) for finding in violations(buffer.getvalue()))
