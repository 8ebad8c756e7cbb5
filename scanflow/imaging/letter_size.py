"""How large the letters of a page are in pixels, and what that says of a stated resolution.

Files state any resolution: editors, phones and web pages write 72, 96 or 300 whatever the truth. Print is
nearly always of the same few sizes, so letters far smaller or larger than print at the stated resolution tell
that it isn't the page's.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster
from scanflow.units import MM_PER_INCH

# Pixels of the longer side that letters are looked for in: A4 at 220 dpi.
_LARGEST = 2600
# Of pieces of ink that can be letters: pixels, and parts of their boxes that are ink.
_LEAST, _MOST = 5, 120
_THINNEST, _EMPTIEST, _FULLEST = 0.25, 0.15, 0.9
# With fewer letters nothing is said: a title, a stamp, a drawing.
_ENOUGH = 150
_PEAK = 0.5

LETTER_MM = 2.2
"""The height of small letters in print of 13 points. Of 96 pages of known resolution those that state it
right have letters of 0.7 to 1.2 times that, and a few, of capitals, of 1.7 times.
"""

SMALLEST, LARGEST = 0.72, 1.75
"""How many times `LETTER_MM` letters may seem to be; else the page isn't read at the stated resolution."""

IMPOSSIBLE = 0.45
"""Letters that seem so small (print of less than 6 points all over the page): nothing stated is believed."""

# Short and long side in inches; a page that is one of the first three as stated is believed.
_PAPERS = ((8.27, 11.69), (8.5, 11.0), (11.69, 16.54), (5.83, 8.27))
_USUAL_PAPERS = _PAPERS[:3]
_SQUARE = 1.1
_SIZE_TOLERANCE, _ASPECT_TOLERANCE = 0.05, 0.03
_PAPER_FACTOR = 1.5
_LEAST_ASPECT, _MOST_ASPECT = 0.58, 1.45
"""A letter's width by its height, upright or on its side. Dashes are wider."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters of a page in pixels of its raster: the usual longer side, and the usual width by height."""

    size: float
    aspect: float


def measure_letters(grey: Raster) -> Letters | None:
    """The letters of a page, whichever way it lies; None where there are too few of them."""
    factor = 1
    while max(grey.shape) // factor > _LARGEST:
        factor *= 2
    if factor > 1:
        size = (grey.shape[1] // factor, grey.shape[0] // factor)
        grey = as_raster(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    stats = np.asarray(cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:], dtype=np.int64)
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    long, short = np.maximum(width, height), np.minimum(width, height)
    full = area / (width * height)
    letters = (
        (long >= _LEAST)
        & (long <= _MOST)
        & (short >= _THINNEST * long)
        & (full >= _EMPTIEST)
        & (full <= _FULLEST)
    )
    if np.count_nonzero(letters) < _ENOUGH:
        return None
    long = long[letters]
    # Weighted by their size, as dots and marks are more numerous than letters.
    weight = np.convolve(np.bincount(long, minlength=_MOST + 2) * np.arange(_MOST + 2), (0.5, 1, 0.5), "same")
    usual = _first_peak(weight)
    near = np.abs(long - usual) <= max(1, usual // 5)
    aspect = float(np.median(width[letters][near] / height[letters][near]))
    return Letters(float(usual * factor), aspect)


def _first_peak(weight: NDArray[np.float64]) -> int:
    """The small letters' size: the first peak that is not far below the highest, which capitals may be."""
    high = _PEAK * weight.max()
    rises = (weight[1:-1] >= weight[:-2]) & (weight[1:-1] >= weight[2:]) & (weight[1:-1] >= high)
    return int(np.flatnonzero(rises)[0]) + 1


def is_usual_paper(width: int, height: int, dpi: tuple[float, float]) -> bool:
    """Whether a page of so many pixels is A4, Letter or A3 at resolutions that are nearly equal."""
    if max(dpi) > _SQUARE * min(dpi):
        return False
    short, long = sorted((width / dpi[0], height / dpi[1]))
    return any(
        abs(short / paper_short - 1) <= _SIZE_TOLERANCE and abs(long / paper_long - 1) <= _SIZE_TOLERANCE
        for paper_short, paper_long in _USUAL_PAPERS
    )


def are_letters(letters: Letters) -> bool:
    """Whether they have letters' proportions."""
    return _LEAST_ASPECT <= letters.aspect <= _MOST_ASPECT


def times_usual(letters: Letters, dpi: float) -> float:
    """How many times as large as usual print the letters are at a resolution."""
    return letters.size * MM_PER_INCH / dpi / LETTER_MM


def dpi_of_paper(width: int, height: int, letters: Letters) -> float:
    """The resolution of a page whose stated one isn't believed: of the likeliest paper on which print is that
    large, else the one at which the letters have the usual size.
    """
    printed = letters.size * MM_PER_INCH / LETTER_MM
    short, long = sorted((width, height))
    for paper_short, paper_long in _PAPERS:
        dpi = long / paper_long
        of_shape = abs((long / short) / (paper_long / paper_short) - 1) <= _ASPECT_TOLERANCE
        if of_shape and 1 / _PAPER_FACTOR <= dpi / printed <= _PAPER_FACTOR:
            return dpi
    return printed
