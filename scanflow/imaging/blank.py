"""Whether anything is written on a page (trang trắng: nothing is)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import MM_PER_INCH, Raster, as_raster, components, shrink

WORKING_DPI = 75.0
# Print shows through paper by less than this many grey levels; faint print differs by more.
SHOW_THROUGH = 45
# Millimetres.
MIN_MARK = 1.5
HOLE_ZONE, HOLE_MIN, HOLE_MAX = 25.0, 3.0, 9.0
EDGE = 6.0
STREAK_LENGTH, STREAK_WIDTH = 40.0, 0.8


def is_blank(grey: Raster, dpi: float) -> bool:
    """True where nothing is left once show-through, shadows, holes, streaks and dust are taken away.

    A stamp, a short note or a page number is something: where in doubt the page is kept.
    """
    return ink_share(grey, dpi) == 0.0


def ink_share(grey: Raster, dpi: float) -> float:
    """The share of the sheet that is covered by marks that a person or a press made, from 0 to 1."""
    small, small_dpi = shrink(grey, dpi, WORKING_DPI)
    mm = small_dpi / MM_PER_INCH
    paper = as_raster(
        cv2.medianBlur(
            as_raster(cv2.resize(small, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)), 21
        )
    )
    level = as_raster(cv2.resize(paper, small.shape[::-1], interpolation=cv2.INTER_LINEAR))
    ink = as_raster(cv2.subtract(level, small) > SHOW_THROUGH)
    _, stats = components(ink)
    marks = _marks(stats[1:], mm, small.shape)
    return float(stats[1:, cv2.CC_STAT_AREA][marks].sum() / small.size)


def _marks(stats: NDArray[np.int32], mm: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    left, top, width, height, area = stats.T
    long, short = np.maximum(width, height), np.minimum(width, height)
    from_edge = np.minimum.reduce([left, top, shape[1] - left - width, shape[0] - top - height])
    fill = area / (width * height)
    streak = (long > STREAK_LENGTH * mm) & (short < STREAK_WIDTH * mm)
    hole = (
        (from_edge < HOLE_ZONE * mm)
        & (short > HOLE_MIN * mm)
        & (long < HOLE_MAX * mm)
        & (long < 1.3 * short)
        & (fill > 0.65)
    )
    shadow = (from_edge <= 1) & ((short < EDGE * mm) | (fill > 0.4)) & (area < 0.3 * shape[0] * shape[1])
    return np.asarray((long >= MIN_MARK * mm) & ~streak & ~hole & ~shadow, dtype=np.bool_)
