"""Sheets for the counter's scanner: dossiers of the fixtures as JPEGs of 200 dpi."""

import functools
import io

import pikepdf
from PIL import Image, ImageFilter, ImageOps

from tests.e2e.conftest import DOSSIERS
from tests.scanner.sheets import dossier_pages

BIRTH = "H13.42-260804-0017"
"""The dossier of `birth()`."""

WEDDING, LAND = "H13.42-260806-0031", "H13.57-260818-0108"
"""The numbers on the two receipts."""


@functools.cache
def birth() -> list[bytes]:
    """A birth registration: form, certificate of birth, two identity cards, as one-sided sheets."""
    return [page for page in dossier_pages() if not _is_blank(page)]


@functools.cache
def wedding() -> list[bytes]:
    """A receipt and the form that belongs to it."""
    folder = DOSSIERS / "quay-1"
    return [_jpeg(Image.open(folder / name)) for name in ("anh1.jpg", "anh2.tif")]


@functools.cache
def land() -> list[bytes]:
    """Another receipt and its form."""
    folder = DOSSIERS / "quay-2"
    with pikepdf.open(folder / "1_don.pdf") as pdf:
        image = next(iter(pdf.pages[0].obj.Resources.XObject.values()))
        assert isinstance(image, pikepdf.Stream)
        form = pikepdf.PdfImage(image).as_pil_image()
        turn = int(pdf.pages[0].obj.get("/Rotate", 0))
    return [_jpeg(Image.open(folder / "0_phieu.png")), _jpeg(form.rotate(-turn, expand=True))]


def blurred(page: bytes) -> bytes:
    """A sheet that slipped while it was scanned."""
    return _jpeg(Image.open(io.BytesIO(page)).filter(ImageFilter.GaussianBlur(5)))


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    ImageOps.exif_transpose(image).convert("RGB").save(target, "JPEG", quality=85, dpi=(200, 200))
    return target.getvalue()


def _is_blank(page: bytes) -> bool:
    grey = Image.open(io.BytesIO(page)).convert("L").resize((200, 280))
    return sum(grey.histogram()[:150]) < 20
