"""Dotted leaders (dòng chấm), taken out of the reader's copy.

Citizen forms are full of them. Tesseract joins a row of dots, and what is written on it, into one line
with its neighbours, and loses all of them.
"""

import cv2
import numpy as np

from scanflow.imaging.raster import MM_PER_INCH, Raster, as_raster, components, shrink
from scanflow.imaging.textmask import find_ink

WORKING_DPI = 150.0
# Millimetres: a dot's size, the space between two of a row, and the shortest row; the three dots of an
# ellipsis are shorter, and dots below letters (ạ, ị) stand further apart.
MAX_DOT = 0.75
MAX_SPACE = 2.0
MIN_ROW = 8.0
MARGIN = 0.1
PAPER = 255


def without_leaders(copy: Raster, dpi: float) -> Raster:
    """A grey upright page (h, w) without its rows of dots; the same raster where it has none."""
    small, small_dpi = shrink(copy, dpi, WORKING_DPI)
    boxes = _dots(small, small_dpi)
    if not len(boxes):
        return copy
    cleaned = copy.copy()
    scale, margin = dpi / small_dpi, MARGIN * dpi / MM_PER_INCH
    edges = np.hstack([boxes[:, :2] * scale - margin, (boxes[:, :2] + boxes[:, 2:]) * scale + margin])
    for left, top, right, bottom in np.maximum(edges, 0).round().astype(int).tolist():
        cleaned[top:bottom, left:right] = PAPER
    return cleaned


def _dots(small: Raster, dpi: float) -> np.typing.NDArray[np.int32]:
    """Left, top, width and height of each dot that stands in a row of them."""
    mm = dpi / MM_PER_INCH
    labels, stats = components(find_ink(small, dpi))
    dots = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= MAX_DOT * mm
    dots[0] = False
    mask = np.take(dots.view(np.uint8), labels)
    space, row = (
        cv2.getStructuringElement(cv2.MORPH_RECT, (round(length * mm), 1)) for length in (MAX_SPACE, MIN_ROW)
    )
    rows = as_raster(cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, space), cv2.MORPH_OPEN, row))
    hit = np.unique(labels[(rows & mask).astype(bool)])
    return np.asarray(stats[hit[hit > 0], :4], dtype=np.int32)
