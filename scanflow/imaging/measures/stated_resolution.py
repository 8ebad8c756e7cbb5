"""Whether the resolution that a file states can be that of its page (độ phân giải có đáng tin không).

Editors, phones and web pages state 72, 96 or 300 dpi whatever is true. Print is nearly always of the same few
sizes. So where the letters of a page would be far smaller or larger than print, the stated resolution is
wrong.

Two questions are answered apart. The page's size (in the PDF) stays as stated unless that is impossible. What
the page is read at depends on its pixels only: on the paper whose shape it has and on its letters. A stated
value is used for reading where it agrees, so that the same pixels give the same words whatever a file states.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, median
from scanflow.model import CapturedPage
from scanflow.units import MM_PER_INCH

# Pixels: pages with a longer side are reduced before letters are measured (A4 at 220 dpi).
_LARGEST = 2600
# Components of ink that can be letters: their longer side in pixels, short side by long side, share of ink.
_LEAST, _MOST = 5, 120
_THINNEST, _EMPTIEST, _FULLEST = 0.25, 0.15, 0.9
# With fewer letters (a title, a stamp, a drawing) nothing is concluded.
_ENOUGH = 150
# Share of the highest peak from which on a peak of the letters' sizes counts.
_PEAK = 0.5

LETTER_MM = 2.2
"""The height of small letters in print of 13 points. Of 96 pages of known resolution, those that state it
correctly have letters of 0.7 to 1.2 times this height; a few pages in capitals have 1.7 times.
"""

SMALLEST, LARGEST = 0.72, 1.75
"""Range of the letters' height divided by `LETTER_MM`; outside it the stated resolution isn't used."""

IMPOSSIBLE, IMPOSSIBLE_ON_CARD = 0.45, 0.25
"""With smaller letters (print of less than 6 points all over a page, 3 on a card) the stated page size isn't
used either.
"""

# Short and long side in inches. A page that has one of the first three sizes as stated is accepted.
_PAPERS = ((8.27, 11.69), (8.5, 11.0), (11.69, 16.54), (5.83, 8.27))
_USUAL_PAPERS = _PAPERS[:3]
# Identity cards (ID-1) and passports (ID-3), whose print is small.
_CARDS = ((2.13, 3.37), (3.46, 4.92))

PLACEHOLDER_DPI = (72.0, 96.0)
"""Values that programs write where they know no resolution; no supported scanner scans at them."""

# A measured resolution that is so near (as a ratio) to a usual one of scanners is taken for that one: a sheet
# is hardly ever cut to the millimetre.
_SCANNER_DPI = (75.0, 100.0, 150.0, 200.0, 240.0, 300.0, 400.0, 600.0)
_NEAR = 1.04
# Ratios: up to this two resolutions agree; up to this pixels count as square.
_AGREES = 1.06
_SQUARE = 1.1
# Shares by which a page's sides, and the ratio of its sides, may differ from those of a paper.
_SIZE_TOLERANCE, _ASPECT_TOLERANCE = 0.05, 0.03
# A paper is considered only where print on it would be at most so many times larger or smaller than usual.
_PAPER_FACTOR = 1.5
_LEAST_ASPECT, _MOST_ASPECT = 0.58, 1.45
"""A letter's width divided by its height, upright or sideways. Dashes are wider."""


@dataclass(frozen=True, slots=True)
class Letters:
    """The usual letter of a page: its longer side in pixels of the raster, and its width by its height."""

    size: float
    aspect: float


def believable_resolution(page: CapturedPage, grey: Raster) -> tuple[CapturedPage, float | None]:
    """The page with a believable resolution, and the resolution to read it at if that is another one, in dpi.

    `grey` is the decoded raster (h, w), not rotated. A page that is A4, Letter or A3 by its stated or
    measured resolution is accepted without measuring letters. Otherwise letters decide. A page keeps its
    stated size (print may be small or large). But it gets the size of the likeliest paper if its letters
    would be smaller than any print, or if the stated value is a placeholder (`PLACEHOLDER_DPI`). The
    resolution for reading depends on the pixels only, see the module.
    """
    if page.kind == "text":
        return page, None
    placeholder = page.dpi_source == "stated" and _is_placeholder(page.dpi)
    if not placeholder and page.dpi_source != "assumed" and is_usual_paper(page.width, page.height, page.dpi):
        return page, None
    letters = measure_letters(grey)
    if letters is None:
        return page, None
    scale = grey.shape[1] / page.width
    across, along = page.dpi
    as_stated = replace(letters, aspect=letters.aspect * along / across)
    # A fax's pixels aren't square, so that its raster hasn't its paper's shape.
    is_fax = max(page.dpi) > _SQUARE * min(page.dpi) and are_letters(as_stated)
    of_paper = None if is_fax else _paper_dpi(grey.shape[1], grey.shape[0], letters)
    by_pixels = of_paper or _near_scanner_dpi(printed_dpi(letters))
    measured = replace(page, dpi=(by_pixels / scale, by_pixels / scale), dpi_source="measured")
    if not are_letters(as_stated):
        # Either these are no letters, or they have the proportions of letters only where pixels are square.
        return (measured if across != along and are_letters(letters) else page), None
    times = times_usual(letters, max(page.dpi) * scale)
    if _is_impossible(page, times) or (of_paper and (placeholder or page.dpi_source != "stated")):
        return measured, None
    agrees = 1 / _AGREES <= max(page.dpi) * scale / by_pixels <= _AGREES
    as_it_is = agrees or (of_paper is None and SMALLEST <= times <= LARGEST)
    return page, None if as_it_is else by_pixels


def _is_placeholder(dpi: tuple[float, float]) -> bool:
    return dpi[0] == dpi[1] and any(abs(dpi[0] - each) < 1 for each in PLACEHOLDER_DPI)


def _is_impossible(page: CapturedPage, times: float) -> bool:
    """Whether print of `times` the usual height is smaller than any on paper of this size."""
    card = _is_one_of(_CARDS, page.width, page.height, page.dpi)
    return times < (IMPOSSIBLE_ON_CARD if card else IMPOSSIBLE)


def measure_letters(grey: Raster) -> Letters | None:
    """The letters of a grey page (h, w) in any orientation; None where there are too few of them."""
    factor = 1
    while max(grey.shape) // factor > _LARGEST:
        factor *= 2
    if factor > 1:
        size = (grey.shape[1] // factor, grey.shape[0] // factor)
        # A whole number of times: where a column or row is left over, averaging takes ten times as long.
        even = grey[: size[1] * factor, : size[0] * factor]
        grey = as_raster(cv2.resize(even, size, interpolation=cv2.INTER_AREA))
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    stats = components(as_raster(ink))[1][1:].astype(np.int64)
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
    # Weighted by their size, because there are more dots and marks than letters.
    weight = np.convolve(np.bincount(long, minlength=_MOST + 2) * np.arange(_MOST + 2), (0.5, 1, 0.5), "same")
    usual = _first_peak(weight)
    near = np.abs(long - usual) <= max(1, usual // 5)
    aspect = median(width[letters][near] / height[letters][near])
    return Letters(float(usual * factor), aspect)


def _first_peak(weight: NDArray[np.float64]) -> int:
    """The size of small letters: the first high peak; the highest one may be that of capitals."""
    high = _PEAK * weight.max()
    rises = (weight[1:-1] >= weight[:-2]) & (weight[1:-1] >= weight[2:]) & (weight[1:-1] >= high)
    return int(np.flatnonzero(rises)[0]) + 1


def is_usual_paper(width: int, height: int, dpi: tuple[float, float]) -> bool:
    """Whether a page of so many pixels is A4, Letter or A3 at resolutions that are nearly equal."""
    return _is_one_of(_USUAL_PAPERS, width, height, dpi)


def _is_one_of(
    papers: tuple[tuple[float, float], ...], width: int, height: int, dpi: tuple[float, float]
) -> bool:
    if max(dpi) > _SQUARE * min(dpi):
        return False
    short, long = sorted((width / dpi[0], height / dpi[1]))
    return any(
        abs(short / paper_short - 1) <= _SIZE_TOLERANCE and abs(long / paper_long - 1) <= _SIZE_TOLERANCE
        for paper_short, paper_long in papers
    )


def are_letters(letters: Letters) -> bool:
    """Whether they have the proportions of letters."""
    return _LEAST_ASPECT <= letters.aspect <= _MOST_ASPECT


def times_usual(letters: Letters, dpi: float) -> float:
    """The letters' height at a resolution (dpi), divided by that of usual print (`LETTER_MM`)."""
    return letters.size * MM_PER_INCH / dpi / LETTER_MM


def dpi_of_paper(width: int, height: int, letters: Letters) -> float:
    """The likeliest resolution of a page by its pixels: that of a usual paper size on which print is that
    large, else the one at which the letters have the usual size.
    """
    return _paper_dpi(width, height, letters) or _near_scanner_dpi(printed_dpi(letters))


def printed_dpi(letters: Letters) -> float:
    """The resolution (dpi) at which the letters have the size of usual print."""
    return letters.size * MM_PER_INCH / LETTER_MM


def _paper_dpi(width: int, height: int, letters: Letters) -> float | None:
    """The resolution (dpi) at which a page of this shape is a usual paper with usual print, or None."""
    printed = printed_dpi(letters)
    short, long = sorted((width, height))
    for paper_short, paper_long in _PAPERS:
        dpi = long / paper_long
        of_shape = abs((long / short) / (paper_long / paper_short) - 1) <= _ASPECT_TOLERANCE
        if of_shape and 1 / _PAPER_FACTOR <= dpi / printed <= _PAPER_FACTOR:
            return _near_scanner_dpi(dpi)
    return None


def _near_scanner_dpi(dpi: float) -> float:
    nearest = min(_SCANNER_DPI, key=lambda usual: abs(math.log(usual / dpi)))
    return nearest if 1 / _NEAR <= nearest / dpi <= _NEAR else dpi
