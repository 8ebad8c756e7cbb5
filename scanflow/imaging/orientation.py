"""Which way up a page lies, from the look of its lines alone.

Sideways or not: along which axis the letters pile up into lines. Up or down: Vietnamese carries its marks
(â ơ ế ỗ …), ascenders and capitals above the body of the line and little below it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster
from scanflow.imaging.skew import line_angle
from scanflow.imaging.textmask import find_text
from scanflow.imaging.upright import to_upright
from scanflow.model import Geometry
from scanflow.units import pixels_per_mm

WORKING_DPI = 75.0
MIN_PIECES = 30
MIN_LINES = 2
# With fewer pieces the specks along a photocopy's edge may pass for the longest line.
FEW_PIECES, UNSURE = 160, 0.9
# Millimetres.
MIN_LINE, MAX_LINE = 1.5, 12.0

# Slopes of the two logistic curves from evidence to chance, fitted to 1,600 whole and cut-up pages in all
# four turns, sharp and blurred: docs/imaging.md has the table.
AXIS_SLOPE, UP_SLOPE = 45.0, 5.5

SURE = 0.98
"""From this confidence on no page of those tried was turned wrongly; below it ask the engine."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """`rotation` is the clockwise quarter turn (0, 90, 180, 270) that makes the page upright.

    `confidence` is the chance that it does, as measured; 0 where too little is on the page to say.
    """

    rotation: int
    confidence: float


def find_rotation(grey: Raster, dpi: float) -> Orientation:
    """The quarter turn that makes a captured page upright; (0, 0.0) where too little is on it to say."""
    text = find_text(grey, dpi, WORKING_DPI)
    if text.pieces < MIN_PIECES:
        return Orientation(0, 0.0)
    on_its_side = as_raster(cv2.rotate(text.pixels, cv2.ROTATE_90_CLOCKWISE))
    level, upended = line_angle(text.pixels, refine=False), line_angle(on_its_side, refine=False)
    rotation, lines = (0, level) if level.peak >= upended.peak else (90, upended)
    straight = to_upright(text.pixels, Geometry(rotation=rotation, skew=lines.angle), background=0)
    up = _uprightness(straight, text.dpi)
    confidence = _chance(AXIS_SLOPE * abs(math.log(level.peak / upended.peak))) * _chance(UP_SLOPE * abs(up))
    if text.pieces < FEW_PIECES:
        confidence = min(confidence, UNSURE)
    return Orientation(rotation if up >= 0 else rotation + 180, confidence)


def _chance(evidence: float) -> float:
    return 1 / (1 + math.exp(-evidence))


def _uprightness(mask: Raster, dpi: float) -> float:
    """How surely straight lines stand upright (positive) or on their heads (negative).

    Each line votes by its evidence, the longer ones more; lines that disagree take each other's weight.
    """
    profile = mask.sum(axis=1, dtype=np.float64)
    lines = [profile[start:end] for start, end in _lines(profile, pixels_per_mm(dpi))]
    if len(lines) < MIN_LINES:
        return 0.0
    ink = np.array([line.sum() for line in lines])
    votes = np.array([_line_evidence(line) for line in lines]) * np.sqrt(ink / ink.max())
    # The half keeps two or three lines of one mind from counting for certainty.
    return float(votes.sum() / np.sqrt((votes**2).sum() + 0.5))


def _lines(profile: NDArray[np.float64], mm: float) -> list[tuple[int, int]]:
    """Rows from–to of each text line: where the profile rises above a twelfth of what full lines have."""
    if not profile.any():
        return []
    inside = np.concatenate([[False], profile > 0.08 * np.percentile(profile[profile > 0], 90), [False]])
    steps = np.flatnonzero(inside[1:] != inside[:-1])
    bounds = zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True)
    return [(a, b) for a, b in bounds if MIN_LINE * mm <= b - a <= MAX_LINE * mm]


def _line_evidence(line: NDArray[np.float64]) -> float:
    """From -1 to 1: how much more ink stands above the body of a line than hangs below it."""
    body = np.flatnonzero(line > 0.5 * line.max())
    above, below = line[: body[0]].sum(), line[body[-1] + 1 :].sum()
    return float((above - below) / (above + below + 0.2 * line.sum()))
