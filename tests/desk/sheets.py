"""Sheets as a scanner sends them: the fixtures' pages as JPEGs of one size, with their resolution in them."""

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from io import BytesIO
from typing import overload

from PIL import Image

from tests.fixtures.committed_set import TRUTHS, data, pictures

DPI = 150


class Sheets(Sequence[bytes]):
    """A list of pages that are rendered when one of them is first needed."""

    def __init__(self, render: Callable[[], tuple[bytes, ...]]) -> None:
        self._render = render

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        return self._rendered[index]

    def __len__(self) -> int:
        return len(self._rendered)

    @cached_property
    def _rendered(self) -> tuple[bytes, ...]:
        return self._render()


@cache
def sheets(batch: str) -> Sheets:
    """All pages of one of the fixtures' batches that are filed, in their order, each once."""
    return Sheets(lambda: tuple(jpeg(page) for page in _pages(batch)))


@cache
def upper_halves(batch: str) -> Sheets:
    """The same pages with empty lower halves: they are read faster, and most as the same types."""
    return Sheets(lambda: tuple(jpeg(_upper_half(page)) for page in _pages(batch)))


def _pages(batch: str) -> list[Image.Image]:
    files = [file for file in TRUTHS[batch]["files"] if file["outcome"] == "filed"]
    return [page for file in files for page in pictures(data(batch, file), DPI)]


def _upper_half(page: Image.Image) -> Image.Image:
    shown = page.copy()
    shown.paste(255, (0, page.height // 2, page.width, page.height))
    return shown


def jpeg(page: Image.Image) -> bytes:
    """A page as a scanner's JPEG."""
    out = BytesIO()
    page.save(out, "JPEG", quality=85, dpi=(DPI, DPI))
    return out.getvalue()


def turned(sheet: bytes, degrees: int) -> bytes:
    """A sheet that lay turned on the glass, clockwise."""
    with Image.open(BytesIO(sheet)) as page:
        return jpeg(page.rotate(-degrees, expand=True))


def blank() -> bytes:
    """The back of a sheet that is printed on one side."""
    return jpeg(Image.new("L", (1240, 1754), 250))
