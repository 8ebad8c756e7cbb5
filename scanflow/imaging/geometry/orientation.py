"""The orientation of a page, measured on its text lines without reading them.

Sideways or not: the axis along which the letters form lines decides. Upright or upside down: in Vietnamese
text marks (â ơ ế ỗ …), ascenders and capitals are above the body of a line, and there is little ink below it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.geometry.skew import is_clear, line_angle
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import Raster, as_raster, percentiles
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text
from scanflow.model import Geometry
from scanflow.units import pixels_per_mm

MIN_PIECES = 30
MIN_LINES = 2
# With fewer pieces of ink the specks along a photocopy's edge may look like the longest line: then the
# confidence is at most this (docs/imaging.md, Which way up).
FEW_PIECES, UNSURE = 160, 0.9
# Millimetres: heights of text lines.
MIN_LINE, MAX_LINE = 1.5, 12.0

# Slopes of the two logistic curves from evidence to probability, fitted to 1,600 whole pages and parts of
# pages in all four orientations, sharp and blurred: docs/imaging.md has the table.
AXIS_SLOPE, UP_SLOPE = 45.0, 5.5

SURE = 0.98
"""At this confidence or above no tested page was rotated wrongly; below it the engine is asked."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """`rotation` is the clockwise quarter turn (0, 90, 180, 270) that makes the page upright.

    `confidence` is the measured probability that it does; 0 where the page has too little text.
    """

    rotation: int
    confidence: float


def find_rotation(grey: Raster, dpi: float, text: TextMask | None = None) -> Orientation:
    """The quarter turn that makes a grey page (h, w) upright; (0, 0.0) where it has too little text.

    `text`: the page's letters at `PAGE_DPI`, where they have been found already.
    """
    text = text or find_text(grey, dpi, PAGE_DPI)
    if text.pieces < MIN_PIECES:
        return Orientation(0, 0.0)
    on_its_side = as_raster(cv2.rotate(text.pixels, cv2.ROTATE_90_CLOCKWISE))
    level, upended = line_angle(text.pixels, refine=False), line_angle(on_its_side, refine=False)
    far = not (is_clear(level) or is_clear(upended))
    if far:
        level = line_angle(text.pixels, refine=False, far=True)
        upended = line_angle(on_its_side, refine=False, far=True)
    rotation, lines = (0, level) if level.peak >= upended.peak else (90, upended)
    straight = to_upright(text.pixels, Geometry(rotation=rotation, skew=lines.angle), background=0)
    up = _uprightness(straight, text.dpi)
    confidence = _probability(AXIS_SLOPE * abs(math.log(level.peak / upended.peak))) * _probability(
        UP_SLOPE * abs(up)
    )
    if far or text.pieces < FEW_PIECES:
        confidence = min(confidence, UNSURE)
    return Orientation(rotation if up >= 0 else rotation + 180, confidence)


def _probability(evidence: float) -> float:
    return 1 / (1 + math.exp(-evidence))


def _uprightness(mask: Raster, dpi: float) -> float:
    """Evidence that level text lines are upright (positive) or upside down (negative).

    Each line votes with its evidence, longer lines with more weight; votes for both sides reduce the result.
    """
    profile = mask.sum(axis=1, dtype=np.float64)
    lines = [profile[start:end] for start, end in _lines(profile, pixels_per_mm(dpi))]
    if len(lines) < MIN_LINES:
        return 0.0
    ink = np.array([line.sum() for line in lines])
    votes = np.array([_line_evidence(line) for line in lines]) * np.sqrt(ink / ink.max())
    # Adding 0.5 keeps two or three lines that agree from counting as certain.
    return float(votes.sum() / np.sqrt((votes**2).sum() + 0.5))


def _lines(profile: NDArray[np.float64], mm: float) -> list[tuple[int, int]]:
    """First row, and the row after the last, of each text line: where the profile is above 8 % of its top."""
    if not profile.any():
        return []
    inside = np.concatenate([[False], profile > 0.08 * percentiles(profile[profile > 0], 90)[0], [False]])
    steps = np.flatnonzero(inside[1:] != inside[:-1])
    bounds = zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True)
    return [(a, b) for a, b in bounds if MIN_LINE * mm <= b - a <= MAX_LINE * mm]


def _line_evidence(line: NDArray[np.float64]) -> float:
    """From -1 to 1: how much more ink is above the body of a line than below it."""
    body = np.flatnonzero(line > 0.5 * line.max())
    above, below = line[: body[0]].sum(), line[body[-1] + 1 :].sum()
    return float((above - below) / (above + below + 0.2 * line.sum()))
