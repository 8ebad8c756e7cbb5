"""Rings of round seals (con dấu) in scans of two tones, where a seal is as black as print: removed as lines.

Nothing tells a seal's ink from print there but its shape. A ring that is unrolled around its middle is a
straight line of one breadth; where it is broader, a letter crosses it, and stays. So a name that a ring runs
through can be read. The seal's own letters and its star stay too.
"""

from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.grey_seals import RING_DPI, Ring, RingLimits, find_rings
from scanflow.imaging.raster import Raster, as_raster, components, percentiles, shrink
from scanflow.units import pixels_per_mm

# Where so few pixels lie between print and paper, a page has two tones; LEAST_RANGE grey levels are between.
MOST_BETWEEN, BETWEEN, LEAST_RANGE = 0.03, (0.3, 0.7), 100
# The resolution at which pieces of ink are looked at: letters are still apart from each other.
PIECES_DPI = 100.0
# Millimetres: pieces of a ring are higher than a line of print, and a signature may hang on one; a table is
# larger.
LOWEST, LONGEST, LARGEST = 5.0, 10.0, 110.0
# Within such pieces all may be parts of rings.
PIECES_LIMITS = RingLimits(arcs=1.0)

# Share of the curve around that a ring's line covers at least. Millimetres: how far it may be from the circle
# that was found at RING_DPI, and from its fitted curve.
COVERED, OFF, BESIDE = 0.45, 1.2, 0.25
# How far further rings may be inside the outermost, as a share of its radius; and millimetres: the greatest
# breadth of a line, an emblem's wreath is broader.
INSIDE, BROADEST = 0.35, 2.0
# Times the usual breadth of a ring's line, and pixels: from there on a letter crosses it, if that lasts so
# many millimetres long; less is roughness of the line.
BROADER, SLACK, STROKE = 1.1, 1.0, 0.25
_FITS = 3
# Times the breadth of the broadest line: over so long a gap strokes on both sides of it are joined again.
# From this share of the radius above or below the middle on, a ring is more level than upright.
BRIDGED, LEVEL = 1.7, 0.5
_NEAREST = cv2.INTER_NEAREST | cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The part of a page around a ring: its ink, as it lies and unrolled.

    `unrolled` has a row for each angle, a column for each pixel outwards from the middle, `reach` in all.
    """

    place: tuple[slice, slice]
    ink: Raster
    middle: tuple[float, float]
    radius: float
    reach: float
    unrolled: Flags


def drop_black_rings(grey: Raster, dpi: float) -> Raster:
    """A grey page (h, w) of two tones without the rings of its round seals; the same raster without any."""
    dark, light = percentiles(grey[::8, ::8], 0.1, 80)
    if light - dark < LEAST_RANGE or not _has_few_greys(grey, dark, light):
        return grey
    ink = as_raster(cv2.inRange(grey, 0, int((dark + light) / 2)))
    rings = _rings(ink, dpi)
    if not rings:
        return grey
    cleaned = grey.copy()
    for ring in rings:
        _drop(cleaned, ink, ring, pixels_per_mm(dpi), round(light))
    return cleaned


def _has_few_greys(grey: Raster, dark: float, light: float) -> bool:
    low, high = (dark + share * (light - dark) for share in BETWEEN)
    sample = grey[::4, ::4]
    return cv2.countNonZero(cv2.inRange(sample, low, high)) <= MOST_BETWEEN * sample.size


def _rings(ink: Raster, dpi: float) -> list[Ring]:
    """The rings on a page, in its pixels, each once."""
    small, small_dpi = shrink(ink, dpi, PIECES_DPI)
    pieces = _large_pieces(as_raster(cv2.inRange(small, 128, 255)), pixels_per_mm(small_dpi))
    if not pieces.any():
        return []
    smaller, ring_dpi = shrink(pieces, small_dpi, RING_DPI)
    found = find_rings(as_raster(cv2.inRange(smaller, 60, 255)), ring_dpi, PIECES_LIMITS)
    rings = [ring.scaled(dpi / ring_dpi) for ring in found]
    kept: list[Ring] = []
    for ring in rings:
        if all(np.hypot(ring.x - other.x, ring.y - other.y) > other.radius / 2 for other in kept):
            kept.append(ring)
    return kept


def _large_pieces(ink: Raster, mm: float) -> Raster:
    """The pieces of ink that may be parts of rings, with what hangs on them."""
    labels, stats = components(ink)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    smaller, larger = np.minimum(width, height), np.maximum(width, height)
    large = (smaller >= LOWEST * mm) & (larger >= LONGEST * mm) & (larger <= LARGEST * mm)
    large[0] = False
    return as_raster(np.take(large.view(np.uint8) * np.uint8(255), labels))


def _drop(page: Raster, ink: Raster, ring: Ring, mm: float, paper: int) -> None:
    """Make a ring's lines paper, in place, but for what crosses them."""
    around = _look_around(ink, ring, mm)
    curve = _fitted_curve(around, mm)
    if curve is None:
        return
    rows = np.arange(len(curve))[:, None]
    offsets = np.arange(-round(INSIDE * ring.radius), round(OFF * mm))
    columns = np.clip(curve[:, None] + offsets, 0, around.unrolled.shape[1] - 1)
    straight = around.unrolled[rows, columns]
    lines, broadest = np.zeros_like(straight), 0.0
    covered = straight.mean(axis=0) >= COVERED
    for is_covered, group in groupby(range(len(offsets)), key=lambda place: bool(covered[place])):
        places = list(group)
        if is_covered and len(places) <= BROADEST * mm:
            line, breadth = _line(straight, places, mm)
            lines, broadest = lines | line, max(broadest, breadth)
    unrolled = np.zeros_like(around.unrolled)
    unrolled[np.broadcast_to(rows, columns.shape)[lines], columns[lines]] = True
    page[around.place][_rolled_up(around, unrolled, broadest)] = paper


def _look_around(ink: Raster, ring: Ring, mm: float) -> _Surroundings:
    reach = ring.radius + 2 * OFF * mm
    top, left = max(0, int(ring.y - reach)), max(0, int(ring.x - reach))
    place = slice(top, int(ring.y + reach) + 1), slice(left, int(ring.x + reach) + 1)
    part, middle = ink[place], (ring.x - left, ring.y - top)
    unrolled = cv2.warpPolar(part, (int(reach), int(2 * np.pi * reach)), middle, reach, _NEAREST)
    return _Surroundings(place, part, middle, ring.radius, reach, unrolled > 0)


def _fitted_curve(around: _Surroundings, mm: float) -> NDArray[np.int_] | None:
    """How far from the middle the outermost ring's line is at each angle: nearly a circle or an ellipse,
    whose middle may lie somewhat beside; None where it is covered too little.
    """
    count = len(around.unrolled)
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    waves = np.column_stack(
        [np.ones(count), np.cos(angles), np.sin(angles), np.cos(2 * angles), np.sin(2 * angles)]
    )
    curve = np.full(count, around.radius)
    off = OFF * mm
    for _ in range(_FITS):
        middles = _line_middles(around.unrolled, curve, off)
        there = ~np.isnan(middles)
        if there.mean() < COVERED:
            return None
        weights, *_ = np.linalg.lstsq(waves[there], middles[there], rcond=None)
        curve, off = waves @ weights, max(BESIDE * mm, off / 2)
    return np.asarray(np.rint(curve), dtype=np.int_)


def _line_middles(ink: Flags, curve: NDArray[np.float64], off: float) -> NDArray[np.float64]:
    """The middle of the ink within `off` pixels of a curve, at each angle; NaN where there is none."""
    far = np.arange(ink.shape[1])[None, :]
    near = ink & (np.abs(far - curve[:, None]) <= off)
    counts = near.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, (near * far).sum(axis=1) / counts, np.nan)


def _line(straight: Flags, places: list[int], mm: float) -> tuple[Flags, float]:
    """The ink of one straight line, at each angle the run of ink at its places unless that is broader; and
    its breadth.
    """
    beside = round(BESIDE * mm)
    first, last = max(0, places[0] - beside), min(straight.shape[1], places[-1] + 1 + beside)
    within = straight[:, first:last]
    breadth = within.sum(axis=1) + _reach(straight, first, -1) + _reach(straight, last - 1, 1)
    usual = float(np.median(breadth[within.any(axis=1)]))
    crossed = _long_runs(breadth > BROADER * usual + SLACK, max(2, round(STROKE * mm)))
    found = np.zeros_like(straight)
    found[:, first:last] = within & ~crossed[:, None]
    return found, usual


def _long_runs(flags: Flags, least: int) -> Flags:
    """The flags that hold for so many angles one behind the other, and those beside them."""
    column = as_raster(flags)[:, None]
    held = cv2.morphologyEx(column, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    return cv2.dilate(held, np.ones((3, 1), np.uint8))[:, 0] > 0


def _reach(straight: Flags, start: int, step: int) -> NDArray[np.int_]:
    """How many pixels of ink follow without a gap behind a column that has ink, at each angle."""
    going = straight[:, start].copy()
    count = np.zeros(len(straight), np.int_)
    place = start + step
    while 0 <= place < straight.shape[1] and going.any():
        going &= straight[:, place]
        count += going
        place += step
    return count


def _rolled_up(around: _Surroundings, unrolled: Flags, breadth: float) -> Flags:
    """What is marked in the unrolled ring, as it lies; not what joins strokes that it would part."""
    height, width = around.ink.shape
    rolled = cv2.warpPolar(
        as_raster(unrolled) * np.uint8(255),
        (width, height),
        around.middle,
        around.reach,
        _NEAREST | cv2.WARP_INVERSE_MAP,
    )
    marked = as_raster(cv2.dilate(rolled, np.ones((3, 3), np.uint8))) & around.ink
    gap = round(BRIDGED * breadth) | 1
    rest = around.ink & ~marked
    down = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8))
    across = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    level = np.abs(np.arange(height) - around.middle[1])[:, None] >= LEVEL * around.radius
    joined = np.where(level, down, across) > 0
    return np.asarray((marked > 0) & ~joined, dtype=np.bool_)
