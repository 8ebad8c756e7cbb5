"""Whether anything is written on a page (trang trắng: nothing is)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, shrink
from scanflow.units import pixels_per_mm

# No measurement is recorded for the constants below.
WORKING_DPI = 75.0
# Grey levels: print on the back shows through paper by less than this; faint print differs by more.
SHOW_THROUGH = 45
# Grey level: what is darker is no paper, but the scanner's lid, a photograph or a folder.
DARKEST_PAPER = 120
# Millimetres: marks nearer to the edge of the sheet than the rim don't count (no printer prints there, but
# shadows, lids and staples reach it), nor do marks shorter than MIN_MARK.
RIM, MIN_MARK = 4.0, 1.5
RIM_PART = 10  # the rim is at most this part of the short side: small slips have print near their edge
# Millimetres: punch holes are so near to the edge, and between these in diameter.
HOLE_ZONE, HOLE_MIN, HOLE_MAX = 22.0, 3.0, 9.0
# Millimetres: the width of a shadow along the edge; the least length and greatest width of a feeder's streak.
SHADOW_WIDTH = 3.0
STREAK_LENGTH, STREAK_WIDTH = 40.0, 0.8


def is_blank(grey: Raster, dpi: float) -> bool:
    """True where only show-through, shadows, punch holes, streaks and dust are on a grey page (h, w).

    A page with a stamp, a short note or a page number is not blank. In doubt a page is not blank.
    """
    return ink_share(grey, dpi) == 0.0


def ink_share(grey: Raster, dpi: float) -> float:
    """The share of the sheet that print, stamps and writing cover, from 0 to 1; `grey` is (h, w)."""
    small, small_dpi = shrink(grey, dpi, WORKING_DPI)
    mm = pixels_per_mm(small_dpi)
    ink = as_raster(cv2.subtract(_paper(small, mm), small) > SHOW_THROUGH)
    rim = min(round(RIM * mm), min(ink.shape) // RIM_PART)
    _, stats = components(ink[rim : ink.shape[0] - rim, rim : ink.shape[1] - rim])
    marks = _marks(stats[1:], mm, ink.shape, rim)
    return float(stats[1:, cv2.CC_STAT_AREA][marks].sum() / small.size)


def _paper(small: Raster, mm: float) -> Raster:
    """The brightness of the paper at each pixel.

    What is far darker than the rest of the sheet is not paper.
    """
    size = [max(1, round(side / (2 * mm))) for side in small.shape[::-1]]
    coarse = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    local = as_raster(cv2.medianBlur(coarse, 21))
    floor = max(DARKEST_PAPER, 0.6 * float(np.median(coarse)))
    level = np.maximum(local, np.uint8(floor))
    return as_raster(cv2.resize(level, small.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _marks(stats: NDArray[np.int32], mm: float, shape: tuple[int, ...], rim: int) -> NDArray[np.bool_]:
    """Which components inside the rim are marks, and not dirt, punch holes, streaks or shadows."""
    left, top, width, height, area = stats.T
    long, short = np.maximum(width, height), np.minimum(width, height)
    right, bottom = shape[1] - 2 * rim - left - width, shape[0] - 2 * rim - top - height
    inwards = np.minimum.reduce([left, top, right, bottom])
    fill = area / (width * height)
    streak = (long > STREAK_LENGTH * mm) & (short < STREAK_WIDTH * mm)
    round_and_full = (long < 1.3 * short) & (fill > 0.65)
    hole = round_and_full & (inwards < HOLE_ZONE * mm) & (short > HOLE_MIN * mm) & (long < HOLE_MAX * mm)
    shadow = (
        (inwards == 0) & ((short < SHADOW_WIDTH * mm) | (fill > 0.4)) & (area < 0.3 * shape[0] * shape[1])
    )
    return np.asarray((long >= MIN_MARK * mm) & ~streak & ~hole & ~shadow, dtype=np.bool_)
