"""Removes dot leaders (dòng chấm), the rows of dots to write on, from the engine's copy.

Forms have many of them. Tesseract joins a row of dots, the writing on it and the neighbouring lines into one
line, and misreads all of them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, distinct, runs, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.units import MM_PER_INCH

WORKING_DPI = 150.0  # dots are looked for at this resolution or up to twice of it
# Millimetres, set by judgement: the size of a dot, the space between two dots of a row, and the length of the
# shortest row. An ellipsis is shorter, and dots below letters (ạ, ị) are further apart.
MAX_DOT = 0.75
MAX_SPACE = 2.0
MIN_ROW = 8.0
MARGIN = 0.1  # around a dot that is removed
PAPER = 255


def remove_dot_leaders(copy: Raster, dpi: float) -> Raster:
    """A grey upright page (h, w) without its rows of dots; the same raster if it has none."""
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


def _dots(small: Raster, dpi: float) -> NDArray[np.int32]:
    """Left, top, width and height of each dot in a row of dots, as an (n, 4) array."""
    ink = find_ink(small, dpi)
    # Labelling components takes three times as long as all the rest, so it is done only where dots may be.
    likely = np.asarray(_rows(_specks(ink, dpi), dpi).any(axis=1))
    found = [_dots_between(top, bottom, ink, dpi) for top, bottom in _bands(likely, dpi)]
    return np.concatenate(found) if found else np.empty((0, 4), dtype=np.int32)


def _bands(likely: NDArray[np.bool_], dpi: float) -> list[tuple[int, int]]:
    """Ranges of the page's pixel rows that may have dots, with a margin of two dots."""
    room = 2 * round(MAX_DOT * dpi / MM_PER_INCH) + 1
    wide = cv2.dilate(likely.astype(np.uint8).reshape(-1, 1), _bar(1, 2 * room + 1)).ravel()
    return runs(wide)


def _dots_between(top: int, bottom: int, ink: Raster, dpi: float) -> NDArray[np.int32]:
    """As `_dots`, in the pixel rows from `top` to before `bottom`."""
    labels, stats = components(ink[top:bottom])
    dots = (
        np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= MAX_DOT * dpi / MM_PER_INCH
    )
    dots[0] = False
    mask = np.take(dots.view(np.uint8), labels)
    hit = distinct(labels[(_rows(mask, dpi) & mask).astype(bool)])
    return np.asarray(stats[hit[hit > 0], :4] + (0, top, 0, 0), dtype=np.int32)


def _specks(ink: Raster, dpi: float) -> Raster:
    """A mask of the ink that is neither in nor near a stroke longer than a dot: approximately the dots."""
    stroke = int(MAX_DOT * dpi / MM_PER_INCH) + 1
    strokes = np.maximum(
        as_raster(cv2.morphologyEx(ink, cv2.MORPH_OPEN, _bar(stroke, 1))),
        as_raster(cv2.morphologyEx(ink, cv2.MORPH_OPEN, _bar(1, stroke))),
    )
    near = as_raster(cv2.dilate(strokes, _bar(stroke, stroke)))
    return as_raster(ink & (near == 0))


def _rows(dots: Raster, dpi: float) -> Raster:
    """A mask with 1 along each row of dots, from its first dot to its last, made of a mask of dots."""
    space, row = (round(length * dpi / MM_PER_INCH) for length in (MAX_SPACE, MIN_ROW))
    # Each row of pixels is processed by itself; most have no dots or only one, and are left out.
    there = np.flatnonzero(cv2.reduce(dots, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() > 1)
    found = np.zeros_like(dots)
    if there.size:
        closed = cv2.morphologyEx(dots[there], cv2.MORPH_CLOSE, _bar(space, 1))
        found[there] = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(row, 1))
    return found


def _bar(width: int, height: int) -> Raster:
    return as_raster(cv2.getStructuringElement(cv2.MORPH_RECT, (max(1, width), max(1, height))))
