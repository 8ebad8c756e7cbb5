"""Sheets to scan: pages that can be told apart in what comes out, and a dossier of the fixtures."""

import io
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

from tests.e2e.conftest import DOSSIERS

DPI = 150
_SIZE = (1240, 1754)  # A4
_BAR = 60
DOSSIER = "H13.42-260804-0017"


def marked_page(number: int, mode: str = "RGB") -> bytes:
    """An A4 page of 150 dpi as a JPEG, with so many black bars across it."""
    pixels = np.full((_SIZE[1], _SIZE[0]), 255, np.uint8)
    for bar in range(number):
        top = _BAR * (2 * bar + 1)
        pixels[top : top + _BAR, 100:-100] = 0
    target = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(target, "JPEG", quality=90, dpi=(DPI, DPI))
    return target.getvalue()


def marked_pages(count: int) -> list[bytes]:
    return [marked_page(number) for number in range(1, count + 1)]


def number_on(path: Path) -> int:
    """The number of bars on a scanned page."""
    with Image.open(path) as image:
        column = np.asarray(image.convert("L"))[:, image.width // 2] < 128
    return int(np.count_nonzero(column[1:] & ~column[:-1]))


def dossier_pages() -> list[bytes]:
    """The six sides of the fixtures' birth registration, as JPEGs of 200 dpi."""
    with pikepdf.open(DOSSIERS / DOSSIER / "scan0001.pdf") as pdf:
        streams = [next(iter(page.obj.Resources.XObject.values())) for page in pdf.pages]
        return [stream.read_raw_bytes() for stream in streams]
