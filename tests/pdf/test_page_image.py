"""The image data of a written PDF is the captured one."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image, ImageChops, ImageCms

from fixtures.extra import EXTRA
from scanflow.errors import DamagedInputError
from scanflow.model import MediaType
from scanflow.pdf.page_image import find_image
from scanflow.pdf.writer import write_pdf
from tests.capture.samples import interlaced_png, saved
from tests.pdf.makers import (
    METADATA,
    SHEET,
    born_digital_pdf,
    captured,
    ccitt_pdf,
    cmyk_flate_pdf,
    device_n_pdf,
    drawing,
    image_in,
    lzw_pdf,
    page_of,
    pdf_with_image,
)
from tests.pdf.pdfa_check import violations

REAL_PDFS = EXTRA / "real-pdfs"


def written(data: bytes, media_type: MediaType) -> bytes:
    """The file around one page, after the checks that every file must pass."""
    result = write_pdf([page_of(data, media_type)], METADATA)
    assert result.conformance == "PDF/A-2b"
    assert result.recoded == ()
    assert violations(result.data) == []
    return result.data


def rendered(data: bytes, page: int = 0) -> Image.Image:
    with pypdfium2.PdfDocument(data) as document:
        shown: Image.Image = document[page].render(scale=100 / 72).to_pil()
        return shown.convert("RGB")


def looks_like(data: bytes, expected: Image.Image, tolerance: float = 2.0) -> bool:
    """Whether the first page shows `expected`, give or take a mean difference in grey levels."""
    shown = rendered(data).resize(expected.size)
    difference = np.asarray(ImageChops.difference(shown, expected.convert("RGB")))
    return float(difference.mean()) < tolerance


def idat(png: bytes) -> bytes:
    parts, at = [], 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(parts)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_file_is_the_stream(mode: str, progressive: bool) -> None:
    jpeg = saved(drawing(mode), "JPEG", quality=85, progressive=progressive)
    out = written(jpeg, "image/jpeg")
    image = image_in(out)
    assert image.read_raw_bytes() == jpeg
    assert image.Filter == Name.DCTDecode
    assert looks_like(out, drawing("RGB"), 4.0)


def test_a_jpeg_keeps_its_sound_profile_and_loses_a_wrong_one() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    right = image_in(written(saved(drawing("RGB"), "JPEG", icc_profile=profile), "image/jpeg"))
    assert right.ColorSpace[1].read_bytes() == profile
    wrong = image_in(written(saved(drawing("L"), "JPEG", icc_profile=profile), "image/jpeg"))
    assert wrong.ColorSpace == Name.DeviceGray


def test_pages_share_a_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    jpeg = saved(drawing("RGB"), "JPEG", icc_profile=profile)
    out = write_pdf([page_of(jpeg, "image/jpeg")] * 3, METADATA).data
    with pikepdf.open(io.BytesIO(out)) as pdf:
        profiles = {page.Resources.XObject.I.ColorSpace[1].objgen for page in pdf.pages}
    assert len(profiles) == 1


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "I;16"])
def test_a_png_keeps_its_compressed_data(mode: str) -> None:
    sheet = drawing("L" if mode == "I;16" else mode)
    if mode == "I;16":
        sheet = Image.fromarray(np.asarray(sheet).astype(np.uint16) * 257)
    png = saved(sheet, "PNG")
    out = written(png, "image/png")
    image = image_in(out)
    assert image.read_raw_bytes() == idat(png)
    assert int(image.BitsPerComponent) == png[24]
    assert looks_like(out, drawing("L" if mode in ("1", "L", "I;16") else "RGB"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_transparent_png_is_laid_on_white(mode: str) -> None:
    sheet = drawing("RGB").convert(mode)
    sheet.putalpha(ImageChops.invert(drawing("L")).point(lambda v: 255 if v else 0))
    result = write_pdf([page_of(saved(sheet, "PNG"), "image/png")], METADATA)
    assert result.recoded == (1,)
    assert violations(result.data) == []
    assert looks_like(result.data, drawing("L" if mode == "LA" else "RGB"))


def test_a_palette_with_a_transparent_colour_is_laid_on_white() -> None:
    sheet = drawing("RGB").quantize(8)
    black = min(range(8), key=lambda i: sum((sheet.getpalette() or [])[3 * i : 3 * i + 3]))
    result = write_pdf([page_of(saved(sheet, "PNG", transparency=black), "image/png")], METADATA)
    assert result.recoded == (1,)
    without_block = drawing("RGB")
    without_block.paste("white", (40, 60, 161, 91))
    assert looks_like(result.data, without_block)


def test_a_transparent_grey_of_16_bits_becomes_opaque() -> None:
    sheet = Image.fromarray(np.asarray(drawing("L")).astype(np.uint16) * 257)
    result = write_pdf([page_of(saved(sheet, "PNG", transparency=5), "image/png")], METADATA)
    assert result.recoded == (1,)
    assert violations(result.data) == []
    assert looks_like(result.data, drawing("L"))


def test_an_interlaced_png_is_written_anew_without_loss() -> None:
    png = interlaced_png(np.full((8, 8), 77, np.uint8))
    result = write_pdf([page_of(png, "image/png")], METADATA)
    assert result.recoded == (1,)
    assert violations(result.data) == []
    assert image_in(result.data).read_bytes() == bytes([77] * 64)


def source_stream(data: bytes) -> tuple[bytes, str, str]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        image = find_image(pdf.pages[0].obj)
        parameters = image.get("/DecodeParms")
        return image.read_raw_bytes(), str(image.Filter), str(parameters and parameters.unparse())


@pytest.mark.parametrize("make", [ccitt_pdf, cmyk_flate_pdf])
def test_a_stream_from_a_pdf_is_kept(make: Callable[[], bytes]) -> None:
    data = make()
    out = written(data, "application/pdf")
    raw, name, parameters = source_stream(data)
    image = image_in(out)
    assert image.read_raw_bytes() == raw
    assert str(image.Filter) == name
    assert str(image.get("/DecodeParms") and image.DecodeParms.unparse()) == parameters
    assert looks_like(out, drawing("1" if make is ccitt_pdf else "RGB"), 4.0)


@pytest.mark.parametrize("filters", ["flate", "runlength", "ascii flate", "ascii jpeg"])
def test_filters_in_an_array_are_left_alone(filters: str) -> None:
    pixels = drawing("L").tobytes()
    run_length = b"".join(
        bytes([127]) + pixels[at : at + 128] for at in range(0, len(pixels) // 128 * 128, 128)
    )
    flate = zlib.compress(pixels, 1)
    data, names = {
        "flate": (flate, [Name.FlateDecode]),
        "runlength": (run_length + b"\x80", [Name.RunLengthDecode]),
        "ascii flate": (flate.hex().encode() + b">", [Name.ASCIIHexDecode, Name.FlateDecode]),
        "ascii jpeg": (
            saved(drawing("L"), "JPEG").hex().encode() + b">",
            [Name.ASCIIHexDecode, Name.DCTDecode],
        ),
    }[filters]
    entries = {"Filter": names, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 8}
    image = image_in(written(pdf_with_image(data, entries), "application/pdf"))
    assert image.read_raw_bytes() == data
    assert list(image.Filter) == names


def test_lzw_becomes_flate_with_the_same_pixels() -> None:
    result = write_pdf([page_of(lzw_pdf(), "application/pdf")], METADATA)
    assert result.recoded == (1,)
    assert violations(result.data) == []
    assert image_in(result.data).read_bytes() == drawing("L").tobytes()


def test_raw_pixels_are_compressed() -> None:
    raw = drawing("L").tobytes()
    data = pdf_with_image(raw, {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 8})
    result = write_pdf([page_of(data, "application/pdf")], METADATA)
    assert result.recoded == (1,)
    assert len(result.data) < len(raw) / 10
    assert image_in(result.data).read_bytes() == raw


def test_a_stencil_is_painted_black_as_its_decode_array_says() -> None:
    packed = drawing("1").tobytes()
    data = pdf_with_image(
        zlib.compress(packed), {"Filter": Name.FlateDecode, "ImageMask": True, "Decode": [0, 1]}
    )
    assert looks_like(written(data, "application/pdf"), drawing("1"))


def test_entries_that_pdfa_forbids_go_and_the_stream_stays() -> None:
    jpeg = saved(drawing("RGB"), "JPEG")
    with Pdf.new() as pdf:
        entries = {
            "Filter": Name.DCTDecode,
            "ColorSpace": Name.DeviceRGB,
            "BitsPerComponent": 8,
            "Interpolate": True,
            "Intent": Name.Vivid,
            "Alternates": [],
            "OPI": Dictionary(),
            "Metadata": Stream(pdf, b"<x/>"),
        }
        data = pdf_with_image(jpeg, entries)
    assert image_in(written(data, "application/pdf")).read_raw_bytes() == jpeg


def test_jpeg_2000_is_kept_where_pdfa_allows_it() -> None:
    jp2 = saved(drawing("RGB"), "JPEG2000")
    data = pdf_with_image(jp2, {"Filter": Name.JPXDecode})
    assert image_in(written(data, "application/pdf")).read_raw_bytes() == jp2
    # An enumerated colour space of 19 (CIEJab) is what the standard names as forbidden.
    at = jp2.index(b"colr") + 7
    forbidden = jp2[:at] + (19).to_bytes(4, "big") + jp2[at + 4 :]
    data = pdf_with_image(forbidden, {"Filter": Name.JPXDecode, "ColorSpace": Name.DeviceRGB})
    result = write_pdf([page_of(data, "application/pdf")], METADATA)
    assert result.recoded == (1,)
    assert violations(result.data) == []
    assert looks_like(result.data, drawing("RGB"))


def test_what_pdfa_forbids_and_nothing_decodes_is_kept_without_the_claim() -> None:
    data = device_n_pdf()
    result = write_pdf([page_of(data, "application/pdf")], METADATA)
    assert result.conformance is None
    assert image_in(result.data).read_raw_bytes() == source_stream(data)[0]
    assert "6.6.4 no identification" in violations(result.data)


@pytest.mark.parametrize("space", [[Name.ICCBased, 3], [Name.ICCBased], [Name.Indexed], [], 7])
def test_an_image_with_a_broken_colour_space_is_kept_without_the_claim(space: object) -> None:
    jpeg = saved(drawing("RGB"), "JPEG")
    data = pdf_with_image(jpeg, {"Filter": Name.DCTDecode, "ColorSpace": space, "BitsPerComponent": 8})
    result = write_pdf([page_of(data, "application/pdf")], METADATA)
    assert (result.recoded, result.conformance) == ((), None)
    assert image_in(result.data).read_raw_bytes() == jpeg


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", "image/png"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "image/png"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\1" * 40, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"%PDF-1.4 nothing", "application/pdf"),
        (born_digital_pdf(), "application/pdf"),
    ],
)
def test_what_holds_no_image_is_a_clear_error(data: bytes, media_type: MediaType) -> None:
    with pytest.raises(DamagedInputError):
        write_pdf([page_of(data, media_type)], METADATA)


@pytest.mark.shared_data
@pytest.mark.parametrize("path", sorted(REAL_PDFS.glob("*.pdf")), ids=lambda path: path.stem)
def test_real_scans_keep_their_streams(path: Path) -> None:
    with pikepdf.open(path) as pdf, Pdf.new() as single:
        single.pages.append(pdf.pages[0])
        buffer = io.BytesIO()
        single.save(buffer)
        assert captured(buffer.getvalue(), "application/pdf", SHEET)
        image = find_image(single.pages[0].obj)
        out = written(buffer.getvalue(), "application/pdf")
        kept = image_in(out)
        assert kept.read_raw_bytes() == image.read_raw_bytes()
        assert str(kept.Filter) == str(image.Filter)
        if "/JBIG2Globals" in image.get("/DecodeParms", {}):
            globals_ = image.DecodeParms.JBIG2Globals.read_bytes()
            assert kept.DecodeParms.JBIG2Globals.read_bytes() == globals_
