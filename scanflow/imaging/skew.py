"""The skew of a page: the angle at which the projection profile of the letters' edges has the highest energy.

For each angle the upper and lower edges of the letters are projected along it. The energy, the sum of the
squared profile, is greatest along the text lines (Postl 1986, here with letter edges instead of grey rows).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text

MAX_SKEW = 15.0
PRECISION = 0.1
# On cards and pages with one or two lines 0.2° is half a pixel at PAGE_DPI: they are measured at CLOSER_DPI.
FEW_PIECES, CLOSER_DPI = 350, 150.0
COARSE_STEP, FINE_STEP = 0.5, 0.05
COARSE_POINTS, FINE_POINTS = 8_000, 40_000
MIN_POINTS = 200
# The highest energy divided by the median must be at least this; noise reaches 1.05, a line of text 1.5.
MIN_PEAK = 1.15


@dataclass(frozen=True, slots=True)
class LineAngle:
    """`angle` in degrees, clockwise positive; `peak`: its energy divided by the median, 1 for no peak."""

    angle: float
    peak: float


def find_skew(grey: Raster, dpi: float, text: TextMask | None = None) -> float:
    """The skew of a grey page (h, w) in degrees, as in `Geometry.skew`, within ±15; 0 where it can't be
    found.

    The page must be upright or upside down, not sideways. An angle below the precision counts as 0, so
    that a straight page is left as it is. `text`: the page's letters at `PAGE_DPI`, where they are known.
    """
    text = text or find_text(grey, dpi, PAGE_DPI)
    if text.pieces < FEW_PIECES:
        text = find_text(grey, dpi, CLOSER_DPI)
    found = line_angle(text.pixels)
    if found.peak < MIN_PEAK or abs(found.angle) < PRECISION:
        return 0.0
    return round(found.angle, 2)


def line_angle(mask: Raster, *, refine: bool = True) -> LineAngle:
    """The angle of the lines in a mask of letters (1 on ink); to half a degree without `refine`."""
    rows, columns = np.nonzero(mask[1:] != mask[:-1])
    if len(rows) < MIN_POINTS:
        return LineAngle(0.0, 1.0)
    # With the middle of the page as origin the profile stays within the diagonal at each angle.
    y = rows.astype(np.float32) - mask.shape[0] / 2
    x = columns.astype(np.float32) - mask.shape[1] / 2
    angles = np.arange(-MAX_SKEW, MAX_SKEW + COARSE_STEP / 2, COARSE_STEP)
    thin = max(1, len(x) // COARSE_POINTS)
    energies = _energies(x[::thin], y[::thin], angles)
    best = int(energies.argmax())
    peak = float(energies[best] / np.median(energies))
    if not refine:
        return LineAngle(float(angles[best]), peak)
    thin = max(1, len(x) // FINE_POINTS)
    near = angles[best] + np.arange(-COARSE_STEP, COARSE_STEP + FINE_STEP / 2, FINE_STEP)
    return LineAngle(_peak_angle(near, _energies(x[::thin], y[::thin], near)), peak)


def _energies(
    x: NDArray[np.float32], y: NDArray[np.float32], angles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each angle the sum of squares of the points' histogram across the lines."""
    reach = int(np.hypot(np.abs(x).max(), np.abs(y).max())) + 2
    sums = np.empty(len(angles))
    for i, radians in enumerate(np.radians(angles).astype(np.float32)):
        across = (y * np.cos(radians) - x * np.sin(radians) + np.float32(reach)).astype(np.int32)
        counts = np.bincount(across, minlength=2 * reach).astype(np.float64)
        sums[i] = counts @ counts
    return sums


def _peak_angle(angles: NDArray[np.float64], energies: NDArray[np.float64]) -> float:
    """The angle of the peak between the steps: the centroid of what is above half of the peak's height."""
    rise = np.clip(energies - (energies.max() + energies.min()) / 2, 0, None)
    return float((angles * rise).sum() / rise.sum()) if rise.any() else float(angles[energies.argmax()])
