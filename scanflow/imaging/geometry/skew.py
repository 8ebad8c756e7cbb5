"""The skew of a page: the angle at which the projection profile of the letters' edges has the highest energy.

For each angle the upper and lower edges of the letters are projected along it. The energy, the sum of the
squared profile, is greatest along the text lines (Postl 1986, here with letter edges instead of grey rows).

Nearly all pages lie within 15°; for them no further angles are tried. Where no angle there is clear, as of a
page or card that was laid on the glass at any angle, angles up to 45° are tried, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, median
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text

NEAR_SKEW, MAX_SKEW = 15.0, 45.0
# Degrees: so many more are tried, so that each angle has others on both sides. A peak so near to the end of
# the smaller range may be the slope of a higher one beyond it.
_BEYOND, _SLOPE = 2.0, 1.0
# A peak is clear from here on: 49 pages had 1.58 or more at their angle, and up to 1.6 at the end of the
# range where their own angle was beyond.
CLEAR_PEAK = 1.5
# Degrees at each side of an angle that its energy is compared with. The outline of the whole text block also
# has an energy, which is higher where the block is narrower in projection.
_AROUND = 8.0
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
    """The skew of a grey page (h, w) in degrees, as in `Geometry.skew`, within ±45; 0 where it can't be
    found.

    The page must be upright or upside down, not sideways. An angle below the precision counts as 0, so
    that a straight page is left as it is. `text`: the page's letters at `PAGE_DPI`, where they are known.
    """
    text = text or find_text(grey, dpi, PAGE_DPI)
    if text.pieces < FEW_PIECES:
        text = find_text(grey, dpi, CLOSER_DPI)
    found = line_angle(text.pixels)
    if not is_clear(found):
        far = line_angle(text.pixels, far=True)
        if _at_the_end(found) or far.peak > found.peak:
            found = far
    if found.peak < MIN_PEAK or abs(found.angle) < PRECISION:
        return 0.0
    return round(found.angle, 2)


def is_clear(found: LineAngle) -> bool:
    """Whether the lines of a page are at this angle beyond doubt."""
    return found.peak >= CLEAR_PEAK and not _at_the_end(found)


def _at_the_end(found: LineAngle) -> bool:
    """Whether the angle is so near to the end of the smaller range that it may belong to a peak beyond."""
    return abs(found.angle) > NEAR_SKEW - _SLOPE


def line_angle(mask: Raster, *, refine: bool = True, far: bool = False) -> LineAngle:
    """The angle of the lines in a mask of letters (1 on ink); to half a degree without `refine`.

    Within ±15°; with `far` within ±45°, where a peak is compared with the angles around it.
    """
    rows, columns = np.nonzero(mask[1:] != mask[:-1])
    if len(rows) < MIN_POINTS:
        return LineAngle(0.0, 1.0)
    # With the middle of the page as origin the profile stays within the diagonal at each angle.
    y = rows.astype(np.float32) - mask.shape[0] / 2
    x = columns.astype(np.float32) - mask.shape[1] / 2
    if far:
        x, y = _off_the_grid(x, y)
    thin = max(1, len(x) // COARSE_POINTS)
    reach = MAX_SKEW + _BEYOND if far else NEAR_SKEW
    angles = np.arange(-reach, reach + COARSE_STEP / 2, COARSE_STEP)
    energies = _energies(x[::thin], y[::thin], angles)
    energies /= _local_medians(energies, round(_AROUND / COARSE_STEP)) if far else median(energies)
    energies[np.abs(angles) > (MAX_SKEW if far else NEAR_SKEW)] = 0
    best = int(energies.argmax())
    peak = float(energies[best])
    if not refine:
        return LineAngle(float(angles[best]), peak)
    thin = max(1, len(x) // FINE_POINTS)
    near = angles[best] + np.arange(-COARSE_STEP, COARSE_STEP + FINE_STEP / 2, FINE_STEP)
    return LineAngle(_peak_angle(near, _energies(x[::thin], y[::thin], near)), peak)


def _off_the_grid(
    x: NDArray[np.float32], y: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The points, each at a random place in its pixel: at 45° pixel centres hit only every other row."""
    places = np.random.default_rng(0).random((2, len(x)), dtype=np.float32) - np.float32(0.5)
    return x + places[0], y + places[1]


def _local_medians(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The median of the values around each, `reach` to both sides where there are so many."""
    padded = np.pad(values, reach, mode="reflect")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)


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
