"""The skew of a page: the angle at which the projection of the letters' edges has its highest peaks.

For each angle the upper and lower edges of the letters are projected along it; the sum of the squared
heaps is greatest where lines are seen end on (Postl's idea of 1986, on letter edges instead of grey rows).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster
from scanflow.imaging.textmask import find_text

MAX_SKEW = 15.0
PRECISION = 0.1
WORKING_DPI = 75.0
# On cards and pages with a line or two 0.2° is half a pixel at that: they are worth a closer look.
FEW_PIECES, CLOSER_DPI = 350, 150.0
COARSE_STEP, FINE_STEP = 0.5, 0.05
COARSE_POINTS, FINE_POINTS = 8_000, 40_000
MIN_POINTS = 200
# How far the best heap must stand out of the median one; noise reaches 1.05, a line of text 1.5.
MIN_PEAK = 1.15


@dataclass(frozen=True, slots=True)
class LineAngle:
    """`angle` in degrees, clockwise positive; `peak` is how far it stands out, 1 for not at all."""

    angle: float
    peak: float


def find_skew(grey: Raster, dpi: float) -> float:
    """The skew of a page in degrees as `Geometry.skew` has it, within ±15; 0 where nothing shows it.

    The page must stand or lie on its head, not on its side. An angle below the precision counts as 0, so
    that a straight page is left as it is.
    """
    text = find_text(grey, dpi, WORKING_DPI)
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
    # The middle of the page as origin: heaps then stay within the diagonal at each angle.
    y = rows.astype(np.float32) - mask.shape[0] / 2
    x = columns.astype(np.float32) - mask.shape[1] / 2
    angles = np.arange(-MAX_SKEW, MAX_SKEW + COARSE_STEP / 2, COARSE_STEP)
    thin = max(1, len(x) // COARSE_POINTS)
    heaps = _heaps(x[::thin], y[::thin], angles)
    best = int(heaps.argmax())
    peak = float(heaps[best] / np.median(heaps))
    if not refine:
        return LineAngle(float(angles[best]), peak)
    thin = max(1, len(x) // FINE_POINTS)
    near = angles[best] + np.arange(-COARSE_STEP, COARSE_STEP + FINE_STEP / 2, FINE_STEP)
    return LineAngle(_summit(near, _heaps(x[::thin], y[::thin], near)), peak)


def _heaps(
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


def _summit(angles: NDArray[np.float64], heaps: NDArray[np.float64]) -> float:
    """The highest point, between the steps: the centre of gravity of what rises above half of the peak."""
    rise = np.clip(heaps - (heaps.max() + heaps.min()) / 2, 0, None)
    return float((angles * rise).sum() / rise.sum()) if rise.any() else float(angles[heaps.argmax()])
