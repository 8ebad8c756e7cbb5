"""The same pixels are the same page, whatever resolution the file states and in whatever form."""

import io
import struct
from collections.abc import Callable
from dataclasses import replace

import cv2
import img2pdf
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.measures.stated_resolution import believable_resolution
from scanflow.imaging.raster import to_grey
from scanflow.model import CapturedPage
from scanflow.settings import LimitSettings
from tests.ocr.pages import DPI, HEIGHT, WIDTH, as_captured, official_page

LIMITS = LimitSettings()
A4 = (8.27, 11.69)
STATED = (None, 1, 72, 96, 300, 600, 1200)


def jpeg_jfif(image: Image.Image, dpi: int | None) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90, **({"dpi": (dpi, dpi)} if dpi else {}))
    return target.getvalue()


def jpeg_exif(image: Image.Image, dpi: int | None) -> bytes:
    """An EXIF block instead of JFIF's density, as cameras write it."""
    exif = Image.Exif()
    if dpi:
        exif[282] = exif[283] = float(dpi)
        exif[296] = 2
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90, exif=exif)
    data = target.getvalue()
    (length,) = struct.unpack(">H", data[4:6])
    return data[:2] + data[4 + length :] if data[2:4] == b"\xff\xe0" else data


def png_phys(image: Image.Image, dpi: int | None) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", **({"dpi": (dpi, dpi)} if dpi else {}))
    return target.getvalue()


def tiff(image: Image.Image, dpi: int | None) -> bytes:
    target = io.BytesIO()
    image.save(target, "TIFF", compression="tiff_lzw", **({"dpi": (dpi, dpi)} if dpi else {}))
    return target.getvalue()


def pdf_user_unit(image: Image.Image, dpi: int | None) -> bytes:
    """A PDF whose page is so large as the resolution says, in units of a twelfth of an inch."""
    layout = img2pdf.get_fixed_dpi_layout_fun((dpi or 72, dpi or 72))
    content = img2pdf.convert(png_phys(image, None), layout_fun=layout, engine=img2pdf.Engine.pikepdf)
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        page = pdf.pages[0]
        width, height = (float(side) / 6 for side in page.mediabox[2:])
        page.obj.UserUnit = 6
        page.obj.MediaBox = pikepdf.Array([0, 0, width, height])
        page.contents_coalesce()
        scaled = f"{1 / 6:.8f} 0 0 {1 / 6:.8f} 0 0 cm\n".encode() + page.Contents.read_bytes()
        page.obj.Contents = pdf.make_stream(scaled)
        pdf.save(target)
    return target.getvalue()


FORMS: dict[str, Callable[[Image.Image, int | None], bytes]] = {
    "jfif": jpeg_jfif,
    "exif": jpeg_exif,
    "phys": png_phys,
    "tiff": tiff,
    "user unit": pdf_user_unit,
}


@pytest.fixture(scope="module")
def pages() -> dict[int, Image.Image]:
    """The same A4 page at resolutions as they come: of a scanner, of a chat program, of a preview."""
    page = official_page()
    return {dpi: Image.fromarray(_at(page, dpi)) for dpi in (200, 150, 103, 84)}


def _at(page: NDArray[np.uint8], dpi: int) -> NDArray[np.uint8]:
    size = (round(WIDTH * dpi / DPI), round(HEIGHT * dpi / DPI))
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def taken(data: bytes) -> tuple[CapturedPage, float]:
    """The page with a believable resolution, and what it is read at."""
    (captured,) = unpack(data, "test", LIMITS, 0.7).pages
    page, read_at = believable_resolution(captured, to_grey(decode(captured, LIMITS)))
    return page, read_at or max(page.dpi)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("true", [200, 150, 103, 84])
def test_pixels_tell_what_a_page_is_read_at(pages: dict[int, Image.Image], form: str, true: int) -> None:
    found = {dpi: taken(FORMS[form](pages[true], dpi)) for dpi in STATED}
    assert {dpi: at for dpi, (_, at) in found.items()} == pytest.approx(dict.fromkeys(STATED, true), rel=0.04)
    assert len({round(at) for _, at in found.values()}) == 1


@pytest.mark.parametrize("stated", [None, 1, 72, 96, 600, 1200])
def test_a_size_that_cannot_be_is_corrected_and_what_was_stated_is_kept(
    pages: dict[int, Image.Image], stated: int | None
) -> None:
    page, _ = taken(jpeg_jfif(pages[150], stated))
    inches = page.width / page.dpi[0], page.height / page.dpi[1]
    assert inches == pytest.approx(A4, rel=0.05)
    assert page.dpi_source == "measured"
    assert page.stated_dpi == (None if stated is None else (stated, stated))


def test_a_true_resolution_is_believed(pages: dict[int, Image.Image]) -> None:
    page, read_at = taken(png_phys(pages[150], 150))
    assert page.dpi == pytest.approx((150, 150), rel=0.001)
    assert page.dpi_source == "stated"
    assert read_at == pytest.approx(150, rel=0.001)


def test_small_print_on_a_card_is_believed() -> None:
    """A card at 600 dpi, whose print would be that of a usual slip at 300."""
    page = _at(official_page(), 300)[:1275, :2025]
    card = replace(as_captured(page), dpi=(600.0, 600.0))
    found, read_at = believable_resolution(card, page)
    assert found.dpi == (600.0, 600.0)
    assert read_at == pytest.approx(300, rel=0.1)
