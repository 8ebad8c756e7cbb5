"""Barcodes and QR codes on a page."""

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanflow.model import Code
from scanflow.text.normalization import nfc

# The symbologies of receipts and citizen cards. Each further one would take as much time again on every page.
_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,Code128,Code39")
# Pixels of the longer side: A4 at about 150 dpi, where a module of a receipt's QR code has 3 pixels.
QUICK_SIDE = 1800


def read_codes(grey: NDArray[np.uint8], *, two_tones: bool = False) -> tuple[Code, ...]:
    """Read the codes of a page, given as grey pixels (h, w), in any orientation.

    A reduced copy is searched first, and the full raster only if nothing is found. `two_tones`: whether there
    are no greys, so that the full raster needs no threshold by the surroundings.
    """
    height, width = grey.shape
    # A whole number, because averaging is then many times faster.
    factor = round(max(height, width) / QUICK_SIDE)
    if factor <= 1:
        return _read(grey, try_downscale=True)
    size = max(1, width // factor), max(1, height // factor)
    grey = grey[: size[1] * factor, : size[0] * factor]
    reduced = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Thresholds by the surroundings take as long as searching.
    known = zxingcpp.Binarizer.FixedThreshold if two_tones else zxingcpp.Binarizer.LocalAverage
    return _read(reduced, try_downscale=True) or _read(grey, known, try_downscale=False)


def _read(
    grey: NDArray[np.uint8],
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    *,
    try_downscale: bool,
) -> tuple[Code, ...]:
    found = zxingcpp.read_barcodes(
        grey, formats=_FORMATS, binarizer=binarizer, try_invert=False, try_downscale=try_downscale
    )
    # A code may contain any bytes, but databases do not accept NUL.
    texts = ((nfc(c.text.replace("\0", "\ufffd")), c) for c in found if c.valid)
    codes = (Code(text, code.format.name) for text, code in texts if text)
    return tuple(dict.fromkeys(codes))
