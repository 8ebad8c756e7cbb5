"""A fingerprint of a page's look (dấu vân ảnh): near for two scans of one page, far for two pages."""

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, shrink

SIDE = 64
KEPT = 16

SAME = 40
"""Up to this distance two pages may be one sheet scanned twice: rescans differ in up to 40 bits of 256.

A reason to compare their texts, no proof: one form filled in for two people differs in 20 bits or more, other
pages in 43 or more (of 12,000 pairs).
"""


def fingerprint(grey: Raster) -> str:
    """256 bits as 64 hexadecimal digits: the signs of the page's lowest cosine frequencies."""
    reduced, _ = shrink(grey, min(grey.shape), 2 * SIDE)
    small = cv2.resize(reduced, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    frequencies = np.asarray(cv2.dct(small))[:KEPT, :KEPT].ravel()
    frequencies[0] = 0
    return np.packbits(frequencies > np.median(frequencies)).tobytes().hex()


def distance(a: str, b: str) -> int:
    """In how many bits two fingerprints differ: 0 for equal pictures, about 128 for unrelated ones."""
    return (int(a, 16) ^ int(b, 16)).bit_count()
