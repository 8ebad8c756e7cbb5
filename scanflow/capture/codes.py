"""Barcodes and QR codes on a page, and dossier numbers (mã hồ sơ) in any text.

Grammars of dossier numbers are settings; a group named `date` in one must be a real yymmdd date. A number is
only ever taken whole: a piece of a longer run of letters, digits and dots is no number, since what is cut off
may be the part that tells two dossiers apart.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanflow.errors import UsageError
from scanflow.model import Code

# What receipts and citizen cards carry. Each further symbology would cost as much again on every page.
_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Code128,Code39")
QUICK_SIDE = 1800  # pixels of the longer side: A4 at about 150 dpi, where a module of a receipt's QR has 3
# Dashes that word processors and input methods put for the hyphen.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-")


def read_codes(grey: NDArray[np.uint8]) -> tuple[Code, ...]:
    """Read the codes of a page, given as grey pixels (height, width), whichever way it lies.

    A reduced copy is looked at first; the full raster only where that finds nothing.
    """
    height, width = grey.shape
    factor = round(max(height, width) / QUICK_SIDE)  # whole, as that is many times faster to average
    if factor <= 1:
        return _read(grey, try_downscale=True)
    size = max(1, width // factor), max(1, height // factor)
    grey = grey[: size[1] * factor, : size[0] * factor]
    reduced = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _read(reduced, try_downscale=True) or _read(grey, try_downscale=False)


def _read(grey: NDArray[np.uint8], *, try_downscale: bool) -> tuple[Code, ...]:
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS, try_invert=False, try_downscale=try_downscale)
    codes = (Code(unicodedata.normalize("NFC", c.text), c.format.name) for c in found if c.valid and c.text)
    return tuple(dict.fromkeys(codes))


def find_dossier_number(text: str, grammars: Sequence[str]) -> str | None:
    """Give the first dossier number in a text (a code's payload, also a link; a page's words), None if none.

    It comes in capitals, with plain hyphens.
    """
    return next(iter(find_dossier_numbers(text, grammars)), None)


def find_dossier_numbers(text: str, grammars: Sequence[str]) -> list[str]:
    """Give all dossier numbers in a text in their order, each once, in capitals, with plain hyphens."""
    plain = _plain(unquote(text))
    found = [
        match for grammar in grammars for match in _pattern(grammar).finditer(plain) if _has_real_date(match)
    ]
    return list(dict.fromkeys(match.group() for match in sorted(found, key=lambda match: match.start())))


def normalise_dossier_number(typed: str, grammars: Sequence[str]) -> str:
    """Give the dossier number that a clerk typed, or a folder is named, in its one spelling.

    Raises UsageError where it fits no grammar: nothing is guessed.
    """
    plain = re.sub(r"\s+", "", _plain(typed))
    for grammar in grammars:
        match = _pattern(grammar).fullmatch(plain)
        if match and _has_real_date(match):
            return match.group()
    raise UsageError(
        "the dossier number fits no known form, or its date is not a real one",
        "Mã hồ sơ chưa đúng dạng hoặc ngày trong mã không có thật. Mã đúng có dạng: H57.132-260804-0583.",
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).translate(_DASHES).upper()


@lru_cache(maxsize=64)
def _pattern(grammar: str) -> re.Pattern[str]:
    """The grammar with its borders: nothing that could be a further part of the number touches it.

    A single dot before it could be; a row of dots is the form's own line.
    """
    return re.compile(rf"(?<![^\W_])(?<!(?<!\.)[.-])(?:{grammar})(?![^\W_]|[./-]\d)")


def _has_real_date(match: re.Match[str]) -> bool:
    digits = match.groupdict().get("date")
    if digits is None:
        return True
    try:
        datetime.strptime(digits, "%y%m%d")  # only asked whether there is such a day
    except ValueError:
        return False
    return True
