"""Common operations on rasters: one grey channel, a smaller copy, connected components of ink.

Rasters are uint8, (height, width) grey or (height, width, 3) blue-green-red, 0 black and 255 white.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.model import Box

Raster = NDArray[np.uint8]

# Pages are processed in parallel processes: threads inside a process would compete for the same cores.
cv2.setNumThreads(1)


def to_grey(image: Raster) -> Raster:
    """One channel by luminance; a grey raster is returned as it is, not copied."""
    return image if image.ndim == 2 else as_raster(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def channel_spread(image: Raster) -> Raster:
    """By how many grey levels the channels of each pixel differ, (h, w) for (h, w, 3): 0 for grey pixels."""
    blue, green, red = cv2.split(np.ascontiguousarray(image))
    return as_raster(cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)))


def shrink(grey: Raster, dpi: float, target: float) -> tuple[Raster, float]:
    """The raster halved as often as it keeps at least `target` dpi, and its new dpi.

    Halving is the cheapest reduction: it takes a fifth of the time of a reduction by three.
    """
    while dpi >= 1.98 * target and min(grey.shape[:2]) >= 4:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        even = grey[: height * 2, : width * 2]
        grey, dpi = as_raster(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)), dpi / 2
    return grey, dpi


def cut_out(raster: Raster, place: Box, scale: float) -> Raster:
    """The part of a raster in a box in points, as far as it is on the raster; not copied.

    `scale`: pixels per point.
    """
    left, top, right, bottom = (
        max(0, round(edge * scale)) for edge in (place.left, place.top, place.right, place.bottom)
    )
    return raster[top:bottom, left:right]


def as_raster(array: Any) -> Raster:
    """Give an OpenCV result (untyped) its type; no copy."""
    return np.asarray(array, dtype=np.uint8)


# With more runs than this share of the pixels OpenCV's own statistics take less time: noise has so many.
_MOST_RUNS = 0.05


def components(ink: Raster) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The connected pieces of ink: a label for each pixel, and a row of `cv2.CC_STAT_*` for each label.

    Label 0 is the background, whose row is that of the whole raster but for the area.
    """
    starts, lengths = _runs_of_rows(ink)
    if starts.size > _MOST_RUNS * ink.size:
        _, found, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
        return np.asarray(found, dtype=np.int32), np.asarray(stats, dtype=np.int32)
    count, found = cv2.connectedComponents(ink, connectivity=8, ltype=cv2.CV_32S)
    labels: NDArray[np.int32] = np.asarray(found, dtype=np.int32)
    return labels, _statistics(labels, count, starts, lengths)


def _runs_of_rows(ink: Raster) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Where each run of ink within a row begins, in the flattened raster, and its length."""
    width = ink.shape[1]
    flat = (ink != 0).ravel()
    changes = np.empty(flat.size + 1, np.bool_)
    changes[:1], changes[-1:] = flat[:1], flat[-1:]
    np.not_equal(flat[1:], flat[:-1], out=changes[1:-1])
    edges = np.flatnonzero(changes)
    # What goes on in the next row is another run.
    on = width * (1 + np.flatnonzero(flat[width - 1 : -1 : width] & flat[width::width]))
    if on.size:
        edges = np.sort(np.concatenate([edges, on, on]))
    return edges[::2], (edges[1::2] - edges[::2]).astype(np.int32)


def _statistics(
    labels: NDArray[np.int32], count: int, starts: NDArray[np.intp], lengths: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The rows of `cv2.CC_STAT_*`. OpenCV counts pixel by pixel, the background's too, which on a page takes
    three times as long as labelling: here each run of ink is looked at once.
    """
    height, width = labels.shape
    label = labels.ravel()[starts]
    rows, columns = np.divmod(starts.astype(np.int32), np.int32(max(1, width)))
    top, bottom = np.zeros(count, np.int32), np.zeros(count, np.int32)
    # Runs come row by row, and of several values for one label the last one stays.
    top[label[::-1]] = rows[::-1]
    bottom[label] = rows
    left, right = np.full(count, width, np.int32), np.zeros(count, np.int32)
    np.minimum.at(left, label, columns)
    np.maximum.at(right, label, columns + lengths)
    area = np.bincount(label, lengths, minlength=count).astype(np.int32)
    stats = np.column_stack([left, top, right - left, bottom - top + 1, area])
    stats[0] = 0, 0, width, height, labels.size - int(lengths.sum())
    return stats


def has_two_tones(raster: Raster) -> bool:
    """Whether a raster has no other values than 0 and 255."""
    return cv2.countNonZero(cv2.inRange(raster, 1, 254)) == 0


def percentiles(values: NDArray[Any], *percents: float) -> list[float]:
    """The percentiles of the values (any shape, not empty), interpolated linearly as by `numpy.percentile`.

    Bytes are counted, not sorted. NumPy's own function loads its masked arrays first, which takes longer than
    all else that is done here.
    """
    last = values.size - 1
    places = [percent / 100 * last for percent in percents]
    below = [int(place) for place in places]
    wanted = sorted({index for low in below for index in (low, min(low + 1, last))})
    if values.dtype == np.uint8:
        counts = np.cumsum(np.bincount(values.ravel(), minlength=256))
        ordered = dict(zip(wanted, np.searchsorted(counts, wanted, side="right").tolist(), strict=True))
    else:
        flat = np.partition(values, wanted, axis=None)
        ordered = {index: float(flat[index]) for index in wanted}
    return [
        ordered[low] + (place - low) * (ordered[min(low + 1, last)] - ordered[low])
        for low, place in zip(below, places, strict=True)
    ]


def median(values: NDArray[Any]) -> float:
    """The median, as `numpy.median` has it, which for fractions loads NumPy's masked arrays."""
    middle = (values.size - 1) // 2, values.size // 2
    ordered = np.partition(values, middle, axis=None)
    return (float(ordered[middle[0]]) + float(ordered[middle[1]])) / 2


def distinct(labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """The labels (0 and more) that occur, in ascending order: as `numpy.unique`, but by counting."""
    return np.flatnonzero(np.bincount(labels.ravel())) if labels.size else np.empty(0, dtype=np.intp)


def runs(mask: NDArray[Any]) -> list[tuple[int, int]]:
    """Start and end (not included) of each run of values that are not zero in a mask (n,)."""
    edges = np.flatnonzero(np.diff((mask != 0).astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
