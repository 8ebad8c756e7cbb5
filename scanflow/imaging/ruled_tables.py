"""Ruled tables (bảng kẻ) on an upright page: their cells, found by the rules around them."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, runs, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box
from scanflow.units import pixels_per_mm, points_per_pixel

WORKING_DPI = 100.0
# Millimetres. Vertical rules are longer than letters, horizontal ones longer than the widest letter of a
# title. What the step that uses them gives on whole pages: docs/benchmarks.md, find_ruled_tables.
MIN_UPRIGHT, MIN_LEVEL = 6.0, 12.0
BROKEN = 1.5  # gaps in a rule up to this are closed: photocopies, thin lines at low resolution
LOOSE = 0.6  # how far a rule may deviate from horizontal or vertical over its length
MIN_CELL = 3.0  # width and height of a cell
RULED = 0.5  # share of a row's width, and of its height, that a rule covers at least
FEWEST = 4  # cells of a table at least
CROSSINGS = 9  # pixels at least in which its rules meet
# Dashed rules inside a frame: a dash is longer than thick, unlike the dots of a leader. Millimetres: the
# length of a dash, its greatest thickness, and the greatest space to the next one.
DASH_DPI = 200.0
SHORTEST, LONGEST, THICKEST, APART = 0.4, 4.0, 0.65, 1.2
MOST_DASHES = 2000  # with more pieces it takes longer to compare them with each other than to draw them all


def find_tables(copy: Raster, dpi: float) -> list[list[Box]]:
    """The cells of each ruled table of a grey upright page (h, w), in points, row by row.

    A row lies between two rules that cross most of the table. A cell that spans two such rows is given as two
    cells, one that spans two columns as one.
    """
    small, small_dpi = shrink(copy, dpi, WORKING_DPI)
    mm, scale = pixels_per_mm(small_dpi), points_per_pixel(small_dpi)
    rules = _rules(find_ink(small, small_dpi), mm)
    if rules is None:
        return []
    level, upright = (
        as_raster(solid | dashed)
        for solid, dashed in zip(rules, _dashed(copy, dpi, small.shape), strict=True)
    )
    _, tables = components(as_raster(level | upright))
    found = []
    for left, top, width, height, _ in tables[1:].tolist():
        part = np.s_[top : top + height, left : left + width]
        cells = [
            Box((left + x0) * scale, (top + y0) * scale, (left + x1) * scale, (top + y1) * scale)
            for x0, y0, x1, y1 in _cells(level[part], upright[part], mm)
        ]
        if len(cells) >= FEWEST and len({cell.left for cell in cells}) > 1:
            found.append(cells)
    return found


def _rules(ink: Raster, mm: float) -> tuple[Raster, Raster] | None:
    """Masks of the long horizontal and vertical strokes, small gaps closed; None where they do not meet."""
    level = _opened(ink, round(MIN_LEVEL * mm), 1)
    if not level.any():
        return None
    upright = _opened(ink, 1, round(MIN_UPRIGHT * mm))
    if np.count_nonzero(as_raster(cv2.dilate(level, _block(3, 3))) & upright) < CROSSINGS:
        return None
    gap, loose = 2 * round(BROKEN * mm) + 1, 2 * round(LOOSE * mm) + 1
    level = as_raster(cv2.morphologyEx(level, cv2.MORPH_CLOSE, _block(gap, 3)))
    upright = as_raster(cv2.morphologyEx(upright, cv2.MORPH_CLOSE, _block(3, gap)))
    return as_raster(cv2.dilate(level, _block(3, loose))), as_raster(cv2.dilate(upright, _block(loose, 3)))


def _dashed(copy: Raster, dpi: float, shape: tuple[int, ...]) -> tuple[Raster, Raster]:
    """Masks of the dashed horizontal and vertical rules in a raster of this shape (h, w).

    Dashes are chained across the spaces between them; letters as thin as a dash (l, I) have no such
    neighbours above and below.
    """
    fine, fine_dpi = shrink(copy, dpi, DASH_DPI)
    mm = pixels_per_mm(fine_dpi)
    labels, stats = components(find_ink(fine, fine_dpi))
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    gap, level_length, upright_length = (round(each * mm) | 1 for each in (APART, MIN_LEVEL, MIN_UPRIGHT))
    found = []
    for along, across, closing, length in (
        (width, height, (gap, 3), (level_length, 1)),
        (height, width, (3, gap), (1, upright_length)),
    ):
        dashes = (along >= SHORTEST * mm) & (along <= LONGEST * mm) & (across <= THICKEST * mm)
        dashes &= along > across
        dashes[0] = False
        chosen = _chained(np.flatnonzero(dashes), stats, closing, length)
        if not len(chosen):
            found.append(np.zeros(shape, np.uint8))
            continue
        mask = np.zeros(labels.shape, np.uint8)
        for label in chosen.tolist():
            left, top, piece_width, piece_height, _ = stats[label].tolist()
            part = np.s_[top : top + piece_height, left : left + piece_width]
            mask[part] |= labels[part] == label
        chained = as_raster(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _block(*closing)))
        rules = cv2.dilate(_opened(chained, *length), _block(5, 5))
        found.append(as_raster(cv2.resize(rules, shape[::-1], interpolation=cv2.INTER_NEAREST)))
    return found[0], found[1]


def _chained(
    labels: NDArray[np.intp],
    stats: NDArray[np.int32],
    space: tuple[int, int],
    length: tuple[int, int],
) -> NDArray[np.intp]:
    """Of these pieces those in a chain, at most `space` pixels from each other, that has a rule's `length`.

    Both are (across, down), in pixels. Most pages have no chain, only single pieces such as marks above
    letters: then no morphology over the whole page is needed.
    """
    if len(labels) > MOST_DASHES:
        return labels
    left, top, width, height = (stats[labels, column] for column in range(4))
    right, bottom = left + width, top + height
    near = np.maximum(left[:, None], left) - np.minimum(right[:, None], right) <= space[0]
    near &= np.maximum(top[:, None], top) - np.minimum(bottom[:, None], bottom) <= space[1]
    # The number of each piece's chain: the lowest number of a piece in it.
    chain, before = np.arange(len(labels)), None
    while before is None or (chain != before).any():
        before, chain = chain, np.where(near, chain, len(chain)).min(axis=1, initial=len(chain))
    page_width, page_height = stats[0, 2:4].tolist()
    long_enough = np.ones(len(labels), np.bool_)
    for low, high, side, least, apart in (
        (left, right, page_width, length[0], space[0]),
        (top, bottom, page_height, length[1], space[1]),
    ):
        first, last = -_greatest(chain, -low), _greatest(chain, high)
        # The closing that follows takes what is beyond the page's edge for ink: there half the length is
        # enough.
        at_edge = (first <= apart) | (last >= side - apart)
        long_enough &= (last - first >= np.where(at_edge, least // 2 - apart, least))[chain]
    kept: NDArray[np.intp] = labels[long_enough]
    return kept


def _greatest(chain: NDArray[np.intp], edges: NDArray[np.int32]) -> NDArray[np.int32]:
    """The greatest of the edges of each chain's pieces, by the chain's number."""
    greatest = np.full(len(chain), np.iinfo(np.int32).min // 2, np.int32)
    np.maximum.at(greatest, chain, edges)
    return greatest


def _opened(ink: Raster, width: int, height: int) -> Raster:
    return as_raster(cv2.morphologyEx(ink, cv2.MORPH_OPEN, _block(width, height)))


def _block(width: int, height: int) -> Raster:
    return np.ones((height, width), np.uint8)


def _cells(level: Raster, upright: Raster, mm: float) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of each cell."""
    least = MIN_CELL * mm
    found = []
    for top, bottom in pairwise(_middles(level.mean(axis=1) > RULED)):
        if bottom - top < least:
            continue
        ruled = upright[top:bottom].mean(axis=0) > RULED
        ruled[[0, -1]] = True  # the table's own sides may be broken or cut
        edges = _middles(ruled)
        found += [(left, top, right, bottom) for left, right in pairwise(edges) if right - left >= least]
    return found


def _middles(ruled: NDArray[np.bool_]) -> list[int]:
    """The middle of each run of true values."""
    return [(start + end) // 2 for start, end in runs(ruled)]
