"""Print that is cut at the edge of the raster (bị cắt mép), found by the letters that touch the edge."""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.textmask import MIN_LETTER, letter_sized
from scanflow.units import pixels_per_mm

# Of 154 real pages cut through their text on the left or right 151 and 152 are found,
# and of the same pages whole none (docs/imaging.md, Quality).
# Millimetres: how near to the edge counts as cut, and how far the next letter of a line may be.
REACH, NEXT_LETTER = 0.5, 3.0
# A left or right side is cut from so many lines on that end in a letter which touches it; a top or bottom
# side from so many letters on that touch it side by side.
MIN_CUT_LINES, MIN_CUT_LETTERS = 3, 8


def cut_edges(shape: tuple[int, ...], stats: NDArray[np.int32], dpi: float) -> tuple[str, ...]:
    """The sides of an upright page at which print is cut, in the order left, top, right, bottom.

    `shape` is the page's height and width in pixels at `dpi` (75 to 150); `stats` (n, 5) are the rows of its
    pieces of ink, as `components` gives them. Shadows, scanner edges and dust at the edge don't count: a cut
    letter has a letter's size and another letter next to it.
    """
    mm = pixels_per_mm(dpi)
    letters = stats[letter_sized(stats, mm)]
    left, top = letters[:, cv2.CC_STAT_LEFT], letters[:, cv2.CC_STAT_TOP]
    right, bottom = left + letters[:, cv2.CC_STAT_WIDTH], top + letters[:, cv2.CC_STAT_HEIGHT]
    height, width = shape[:2]
    # For each side: the distances of each letter's near and far edge from it, and its start and end along it.
    sides = {
        "left": (left, right, top, bottom),
        "top": (top, bottom, left, right),
        "right": (width - right, width - left, top, bottom),
        "bottom": (height - bottom, height - top, left, right),
    }
    return tuple(
        side
        for side, spans in sides.items()
        if (_cut_lines if side in ("left", "right") else _cut_letters)(*spans, mm=mm)
    )


Spans = NDArray[np.int32]


def _cut_lines(near: Spans, far: Spans, start: Spans, end: Spans, *, mm: float) -> bool:
    """Whether several lines end in a letter that touches this side and has a neighbour further in."""
    lines = 0
    last = -np.inf
    for i in _touching(near, far, start, mm):
        beside = (near >= far[i] - 1) & (near <= far[i] + NEXT_LETTER * mm)
        level = np.minimum(end, end[i]) - np.maximum(start, start[i]) > 0.5 * (end[i] - start[i])
        if start[i] >= last and (beside & level).any():
            lines, last = lines + 1, end[i]
    return lines >= MIN_CUT_LINES


def _cut_letters(near: Spans, far: Spans, start: Spans, end: Spans, *, mm: float) -> bool:
    """Whether a line along this side is cut lengthwise: many letters side by side touch the side."""
    touching = _touching(near, far, start, mm)
    gaps = start[touching][1:] - end[touching][:-1]
    return int((gaps <= NEXT_LETTER * mm).sum()) >= MIN_CUT_LETTERS


def _touching(near: Spans, far: Spans, start: Spans, mm: float) -> NDArray[np.intp]:
    """The letters that touch the side, in order along it.

    Specks of a shadow's border are too shallow to count.
    """
    touching = np.flatnonzero((near <= REACH * mm) & (far - near >= MIN_LETTER * mm))
    return touching[np.argsort(start[touching])]
