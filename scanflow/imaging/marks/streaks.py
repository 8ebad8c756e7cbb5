"""Streaks of a feeder scanner: dirt on its glass draws a thin dark line down the whole sheet.

The engine takes such lines for the edges of columns, and cuts words and lines at them. Folds and the lines of
squared paper are removed like them where they are straight. A streak runs from edge to edge of the raster as
it was captured, straight along its columns; sheets that are fed sideways and turned afterwards have it along
the rows. A table's rules end at the margins. What was measured: docs/imaging.md, Streaks.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, has_two_tones
from scanflow.units import MM_PER_INCH

_BESIDE = 0.7  # millimetres to the paper on each side that a streak is compared with: more than it is wide
_DARKER = 10  # grey levels by which a streak is darker than the paper on both sides
_BANDS = 24  # parts of the raster's length
_MARGIN = 0.02  # share of the length at each end, where there is no print
# Least shares of rows in which a streak is darker than both sides: in the margins, in each band, in all.
# Beside print it is not darker. Of a row of print a quarter is darker than what is above and below it.
_IN_MARGIN, _IN_BAND, _IN_ALL = 0.7, 0.25, 0.5
_LEAST_BANDS = 0.9  # share of the bands in which it is seen
_MOST = 0.2  # greatest share of the width that streaks cover together; what covers more is no line on paper
_SOME = 16  # every 16th row is searched for greys
_OPAQUE = 0.25  # a streak that lets less light through hides the print under it


def drop_streaks(grey: Raster, dpi: float) -> Raster:
    """The raster (h, w) without streaks; the same object where it has none."""
    for turned in (False, True):
        lying = as_raster(grey.T) if turned else grey
        found = find_streaks(lying, dpi)
        if found:
            cleaned = _without(lying, dpi, found)
            grey = np.ascontiguousarray(cleaned.T) if turned else cleaned
    return grey


def find_streaks(grey: Raster, dpi: float) -> list[tuple[int, int]]:
    """The columns of each streak that runs down the raster (h, w): the first, and the one after the last."""
    beside = _distance(dpi)
    height, width = grey.shape
    margin = round(_MARGIN * height)
    if margin < 2 or width <= 4 * beside:
        return []
    ends = [_share_darker(part, beside) >= _IN_MARGIN for part in (grey[:margin], grey[-margin:])]
    columns = np.flatnonzero(ends[0] & ends[1])
    if not columns.size:
        return []
    seen = np.array([_share_darker(band, beside)[columns] for band in np.array_split(grey, _BANDS)])
    in_bands = np.mean(seen >= _IN_BAND, axis=0) >= _LEAST_BANDS
    whole = columns[in_bands & (seen.mean(axis=0) >= _IN_ALL)]
    streaks = [
        (int(run[0]), int(run[-1]) + 1)
        for run in np.split(whole, 1 + np.flatnonzero(np.diff(whole) > 1))
        if run.size
    ]
    narrow = [streak for streak in streaks if streak[1] - streak[0] < beside]
    return narrow if sum(end - first for first, end in narrow) <= _MOST * width else []


def _distance(dpi: float) -> int:
    return max(3, round(_BESIDE * dpi / MM_PER_INCH))


def _share_darker(band: Raster, beside: int) -> NDArray[np.float64]:
    """For each column the share of the band's rows in which it is darker than both its sides."""
    inner = band[:, beside:-beside]
    lighter_side = np.minimum(band[:, : -2 * beside], band[:, 2 * beside :])
    share = np.zeros(band.shape[1])
    share[beside:-beside] = (lighter_side.astype(np.int16) - _DARKER >= inner).mean(axis=0)
    return share


def _without(grey: Raster, dpi: float, streaks: Sequence[tuple[int, int]]) -> Raster:
    """A copy in which each streak is as light as the paper beside it."""
    result = grey.copy()
    for first, end, left, right in _with_sides(grey, dpi, streaks):
        paper = (left + right) / 2
        empty = np.minimum(left, right) >= np.median(paper) - _DARKER
        columns = grey[:, first:end].astype(np.float32)
        shares = columns[empty] / np.maximum(paper[empty], 1)[:, None]
        let_through = np.median(shares, axis=0) if len(shares) else np.zeros(end - first)
        across = (np.arange(first, end) - first + 1) / (end - first + 1)
        bridged = left[:, None] * (1 - across) + right[:, None] * across
        lighter = np.where(let_through > _OPAQUE, columns / np.maximum(let_through, _OPAQUE), bridged)
        result[:, first:end] = np.clip(lighter, 0, 255)
    return result


def _with_sides(
    grey: Raster, dpi: float, streaks: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, NDArray[np.float32], NDArray[np.float32]]]:
    """Each streak with its soft edges, and the grey of the column on its left and on its right."""
    width = grey.shape[1]
    soft = 0 if has_two_tones(grey[::_SOME]) else max(1, _distance(dpi) // 4)
    for narrow_first, narrow_end in streaks:
        first, end = max(1, narrow_first - soft), min(width - 1, narrow_end + soft)
        yield first, end, grey[:, first - 1].astype(np.float32), grey[:, end].astype(np.float32)
