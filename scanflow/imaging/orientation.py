"""Which way up a page lies, from the look of its lines alone.

Sideways or not: along which axis the letters pile up into lines. Up or down: Vietnamese carries its marks
(â ơ ế ỗ …), ascenders and capitals above the body of the line and little below it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import MM_PER_INCH, Raster, as_raster
from scanflow.imaging.skew import LineAngle, line_angle
from scanflow.imaging.textmask import find_text
from scanflow.imaging.upright import to_upright
from scanflow.model import Geometry

WORKING_DPI = 150.0
MIN_PIECES = 30

SURE = 0.9
"""From this confidence on no page of those tried was turned wrongly; below it ask the reader."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """`rotation` is the clockwise quarter turn that makes the page upright; `confidence` from 0 to 1."""

    rotation: int
    confidence: float


def find_rotation(grey: Raster, dpi: float) -> Orientation:
    """The quarter turn that makes a captured page upright; (0, 0.0) where too little is on it to say."""
    text = find_text(grey, dpi, WORKING_DPI)
    if text.pieces < MIN_PIECES:
        return Orientation(0, 0.0)
    lying, standing = (
        line_angle(text.pixels),
        line_angle(as_raster(cv2.rotate(text.pixels, cv2.ROTATE_90_CLOCKWISE))),
    )
    turn, lines = (0, lying) if lying.peak >= standing.peak else (90, standing)
    straight = to_upright(text.pixels, Geometry(rotation=turn, skew=lines.angle), background=0)
    up = _uprightness(straight, text.dpi)
    certainty = min(_axis_certainty(lying, standing), _tanh(abs(up)))
    return Orientation(turn if up >= 0 else turn + 180, certainty)


def _axis_certainty(lying: LineAngle, standing: LineAngle) -> float:
    low, high = sorted((lying.peak, standing.peak))
    return float(np.clip((high / low - 1) / 0.3, 0, 1))


def _tanh(value: float) -> float:
    return float(np.tanh(value / 4))


def _uprightness(mask: Raster, dpi: float) -> float:
    """How surely straight lines stand upright (positive) or on their heads (negative), as a t value."""
    profile = mask.sum(axis=1, dtype=np.float64)
    evidence = [_line_evidence(profile[a:b]) for a, b in _lines(profile, dpi / MM_PER_INCH)]
    if len(evidence) < 3:
        return 0.0
    values = np.array(evidence)
    return float(values.mean() / (values.std() + 0.05) * np.sqrt(len(values)))


def _lines(profile: NDArray[np.float64], mm: float) -> list[tuple[int, int]]:
    """Rows from–to of each text line: where the profile rises above a tenth of what full lines have."""
    if not profile.any():
        return []
    level = 0.08 * np.percentile(profile[profile > 0], 90)
    inside = np.concatenate([[False], profile > level, [False]])
    steps = np.flatnonzero(inside[1:] != inside[:-1])
    return [
        (int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True) if 1.5 * mm <= b - a <= 12 * mm
    ]


def _line_evidence(line: NDArray[np.float64]) -> float:
    """From -1 to 1: how much more ink stands above the body of a line than hangs below it."""
    body = np.flatnonzero(line > 0.5 * line.max())
    above, below = line[: body[0]].sum(), line[body[-1] + 1 :].sum()
    return float((above - below) / (above + below + 0.05 * line.sum()))
