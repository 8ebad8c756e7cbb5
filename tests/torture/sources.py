"""Deliveries made from a seed: small batches that are read quickly, each page different from all others."""

import os
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Literal

import img2pdf
from PIL import Image, ImageDraw, ImageFont

_SIZE = (600, 300)
_DPI = (200, 200)

_SHEET = (1240, 1754)
"""A4 at 150 dpi, as the scanner is set."""
_TOLERANCE = 12
_FIRST_BAR, _BAR, _BITS = 300, 40, 16

Way = Literal["inbox", "counter"]

_ODD = 0.15
"""The share of deliveries whose files have odd names."""
_LONGEST = 255
_STEMS = (
    b"\xff\xfe qu\xe9t",
    b"\xed\xa0\x80",
    b"two\nlines\r",
    b"\x1b[31mred\x07",
    "gpj.\u202egnp".encode(),
    "\u2066\u200b\u2069".encode(),
    b"x" * _LONGEST,
    b"\x80" * _LONGEST,
    b" back\\slash '; %00 [bold]",
)
_TWINS = tuple(unicodedata.normalize(form, "đơn số").encode() for form in ("NFC", "NFD"))
"""Two different names that look the same."""


@dataclass(frozen=True)
class Source:
    """A file, and the digests of the pages that are to come out of it; a broken one has none."""

    name: str
    data: bytes = field(repr=False)
    pages: tuple[str, ...]
    is_odd: bool = False

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Delivery:
    """Files that come together. `folder` is its dossier's number, or a name that says nothing."""

    folder: str
    number: str | None
    way: Way
    sources: tuple[Source, ...]


def digest(image: Image.Image) -> str:
    """What tells a page from all others, however it is packed: its pixels; of a scanned sheet, its bars."""
    if all(abs(size - wanted) <= _TOLERANCE for size, wanted in zip(image.size, _SHEET, strict=True)):
        return f"sheet {_number_on(image.convert('L'))}"
    grey = image.convert("L")
    return sha256(repr(grey.size).encode() + grey.tobytes()).hexdigest()


def delivery(seed: int, no: int) -> Delivery:
    """The `no`-th delivery of a seed."""
    dice = random.Random(f"{seed}/{no}")  # noqa: S311  no secret
    number = (
        f"H13.42-26{dice.randint(1, 12):02}{dice.randint(1, 28):02}-{no:04}" if dice.random() < 0.85 else None
    )
    way: Way = "counter" if dice.random() < 0.2 else "inbox"
    count = dice.randint(1, 4)
    sources = [_source(dice, f"{no:05}{index:02}", index) for index in range(count)]
    if dice.random() < _ODD:
        sources = [_oddly_named(dice, source, index) for index, source in enumerate(sources)]
    return Delivery(number or f"xap {no}", number, way, tuple(sources))


def stack(seed: int, no: int) -> Delivery:
    """The `no`-th stack of sheets for a scanner, of a seed; a clerk can't file without a number."""
    dice = random.Random(f"{seed}/{no}")  # noqa: S311  no secret
    number = f"H13.42-26{dice.randint(1, 12):02}{dice.randint(1, 28):02}-{no:04}"
    sheets = [_sheet(no * 4 + index) for index in range(dice.randint(1, 3))]
    sources = tuple(
        Source(f"{index}.jpg", data, (mark,)) for index, (mark, data) in enumerate(sheets, start=1)
    )
    return Delivery(number, number, "counter", sources)


def _sheet(number: int) -> tuple[str, bytes]:
    """An A4 page as a scanner holds it, with its number in black bars."""
    page = Image.new("L", _SHEET, 255)
    draw = ImageDraw.Draw(page)
    draw.text((200, 150), f"TRANG {number:06}", font=_font(), fill=0)
    for bit in range(_BITS):
        if number >> bit & 1:
            top = _FIRST_BAR + bit * 2 * _BAR
            draw.rectangle((150, top, _SHEET[0] - 150, top + _BAR), fill=0)
    return f"sheet {number}", _encoded(page.convert("RGB"), "JPEG", quality=90)


def _number_on(page: Image.Image) -> int:
    middle = page.width // 2
    bars = [_FIRST_BAR + bit * 2 * _BAR + _BAR // 2 for bit in range(_BITS)]
    return sum((_shade(page, middle, y) < 128) << bit for bit, y in enumerate(bars))


def _shade(page: Image.Image, x: int, y: int) -> int:
    shade = page.getpixel((x, y))
    assert isinstance(shade, int)  # a grey page
    return shade


def _source(dice: random.Random, mark: str, index: int) -> Source:
    kind = dice.choices(("png", "jpg", "tif", "pdf", "broken"), (4, 3, 3, 4, 1))[0]
    count = dice.randint(1, 3) if kind in ("tif", "pdf") else 1
    pages = [_page(dice, f"{mark}{n}") for n in range(count)]
    name = f"scan{index + 1}.{kind}"
    match kind:
        case "png":
            data = _encoded(pages[0], "PNG")
        case "jpg":
            data = _encoded(pages[0], "JPEG", quality=90)
            pages = [Image.open(BytesIO(data))]
        case "tif":
            pages = [page.convert("1") for page in pages]
            data = _encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
        case "pdf":
            data, pages = _pdf(dice, pages)
        case _:
            data = _broken(dice, mark, pages[0])
            return Source(f"scan{index + 1}.{dice.choice(('pdf', 'png'))}", data, ())
    return Source(name, data, tuple(digest(page) for page in pages))


def _oddly_named(dice: random.Random, source: Source, index: int) -> Source:
    """The same under an odd name; two that follow each other may have names that look alike."""
    suffix = b"." + source.name.rpartition(".")[2].encode()
    stem = _TWINS[index % 2] if dice.random() < _ODD else dice.choice(_STEMS)
    name = str(index).encode() + stem if stem not in _TWINS else stem + str(index // 2).encode()
    return replace(source, name=os.fsdecode(name[: _LONGEST - len(suffix)] + suffix), is_odd=True)


def _pdf(dice: random.Random, pages: Sequence[Image.Image]) -> tuple[bytes, list[Image.Image]]:
    if dice.random() < 0.5:
        inner = [_encoded(page, "JPEG", quality=90) for page in pages]
    else:
        inner = [_encoded(page.convert("1"), "TIFF", compression="group4") for page in pages]
    return img2pdf.convert(inner, nodate=True), [Image.open(BytesIO(data)) for data in inner]


def _broken(dice: random.Random, mark: str, page: Image.Image) -> bytes:
    if dice.random() < 0.5:
        return f"%PDF-1.4\n% nothing follows {mark}\n".encode()
    data = _encoded(page, "PNG")
    return data[: len(data) // 2]


def _page(dice: random.Random, mark: str) -> Image.Image:
    """A page with its mark on it; a blank one has nothing but a size that no other blank one has."""
    if dice.random() < 0.1:
        return Image.new("L", (400 + int(mark) % 997, 300 + int(mark) // 997 % 613), 255)
    page = Image.new("L", _SIZE, 255)
    ImageDraw.Draw(page).text((120, 100), f"TRANG {mark}", font=_font(), fill=0)
    return page


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(40)


def _encoded(page: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    page.save(file, kind, dpi=_DPI, **options)
    return file.getvalue()
