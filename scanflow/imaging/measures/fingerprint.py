"""A perceptual fingerprint of a page (dấu vân ảnh): few bits differ between scans of one page."""

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, median, shrink

# Pixels of the reduced page's side, and of the square of its lowest frequencies.
SIDE = 64
KEPT = 16


def fingerprint(grey: Raster) -> str:
    """256 bits of a grey page (h, w) as 64 hexadecimal digits.

    Each bit says whether one of the 16 × 16 lowest DCT coefficients is above their median.
    """
    reduced, _ = shrink(grey, min(grey.shape), 2 * SIDE)
    small = cv2.resize(reduced, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    frequencies = np.asarray(cv2.dct(small))[:KEPT, :KEPT].ravel()
    frequencies[0] = 0
    return np.packbits(frequencies > median(frequencies)).tobytes().hex()
