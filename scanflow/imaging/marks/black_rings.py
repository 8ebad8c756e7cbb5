"""Rings of round seals (con dấu) in scans of two tones, where a seal is as black as print: removed as lines.

There only the shape tells a seal's ink from print. Around its middle a ring is unrolled (by polar
coordinates) into a straight line of one width. Where that line is wider, a letter crosses it; there the ink
is kept. So a name under a ring can be read. The seal's own letters and its star are kept, too.

Of 155 real pages a ring was removed from 24, on each of them a seal's (docs/imaging.md). Where a constant has
no evidence beside it, no measurement is recorded for it.
"""

from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.marks.grey_seals import RING_DPI, Ring, RingLimits, find_rings
from scanflow.imaging.raster import Raster, as_raster, components, median, percentiles, shrink
from scanflow.units import pixels_per_mm

# A page has two tones where at most this share of its pixels is between these shares of the range from print
# to paper, and the range is at least LEAST_RANGE grey levels.
MOST_BETWEEN, BETWEEN, LEAST_RANGE = 0.03, (0.3, 0.7), 100
# The resolution at which pieces of ink are measured: letters are still separate pieces.
PIECES_DPI = 100.0
# Millimetres: a piece of a ring is higher and wider than LOWEST, longer than LONGEST (a line of print is
# lower), and with a signature that touches it still not larger than LARGEST (a table is).
LOWEST, LONGEST, LARGEST = 5.0, 10.0, 110.0
# All of such pieces may be parts of rings.
PIECES_LIMITS = RingLimits(arcs=1.0)

# Share of all angles at which a ring's line has ink, at least. Millimetres: how far it may be from the circle
# that was found at RING_DPI, and from the curve that was fitted to it.
COVERED, OFF, BESIDE = 0.45, 1.2, 0.25
# How far inside the outermost ring others may be, as a share of its radius. Millimetres: the greatest width
# of a ring's line; the wreath of an emblem is wider.
INSIDE, BROADEST = 0.35, 2.0
# A letter crosses a ring where its line is wider than BROADER times its usual width and SLACK pixels, over at
# least STROKE millimetres; what is shorter is roughness of the line.
BROADER, SLACK, STROKE = 1.1, 1.0, 0.25
_FITS = 3
# Strokes on both sides of a removed line are joined again over a gap of up to BRIDGED times the widest line's
# width. At more than LEVEL radii above or below its middle a ring is more horizontal than vertical.
BRIDGED, LEVEL = 1.7, 0.5
_NEAREST = cv2.INTER_NEAREST | cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The part of a page around a ring, in pixels.

    `place`: its rows and columns on the page; `ink` (h, w): its ink, 0 or 255; `middle`: the ring's in the
    part, x and y. `unrolled` (angles, distances): the ink in polar coordinates, a row for each angle and a
    column for each pixel of distance from the middle, up to `reach`.
    """

    place: tuple[slice, slice]
    ink: Raster
    middle: tuple[float, float]
    radius: float
    reach: float
    unrolled: Flags


def drop_black_rings(grey: Raster, dpi: float) -> Raster:
    """A grey page (h, w) of two tones without the rings of its round seals.

    The same raster where none is found, or where the page has more tones.
    """
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
    """The pieces of ink that may be parts of rings, with what touches them; 0 or 255."""
    labels, stats = components(ink)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    smaller, larger = np.minimum(width, height), np.maximum(width, height)
    large = (smaller >= LOWEST * mm) & (larger >= LONGEST * mm) & (larger <= LARGEST * mm)
    large[0] = False
    return as_raster(np.take(large.view(np.uint8) * np.uint8(255), labels))


def _drop(page: Raster, ink: Raster, ring: Ring, mm: float, paper: int) -> None:
    """Give a ring's lines the grey level of paper, in place, except where something crosses them."""
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
    """The outermost ring's distance from the middle at each angle, in whole pixels.

    A Fourier series of two waves is fitted: a circle or ellipse whose middle may be somewhat beside the one
    that was found. None where the ring has ink at too few angles.
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
    """The ink of one unrolled line (columns `places`) where nothing crosses it; its usual width in pixels."""
    beside = round(BESIDE * mm)
    first, last = max(0, places[0] - beside), min(straight.shape[1], places[-1] + 1 + beside)
    within = straight[:, first:last]
    breadth = within.sum(axis=1) + _reach(straight, first, -1) + _reach(straight, last - 1, 1)
    usual = median(breadth[within.any(axis=1)])
    crossed = _long_runs(breadth > BROADER * usual + SLACK, max(2, round(STROKE * mm)))
    found = np.zeros_like(straight)
    found[:, first:last] = within & ~crossed[:, None]
    return found, usual


def _long_runs(flags: Flags, least: int) -> Flags:
    """The runs of at least `least` true flags, each with one more at both ends; shorter runs become false."""
    column = as_raster(flags)[:, None]
    held = cv2.morphologyEx(column, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    return cv2.dilate(held, np.ones((3, 1), np.uint8))[:, 0] > 0


def _reach(straight: Flags, start: int, step: int) -> NDArray[np.int_]:
    """How many pixels of ink follow column `start` without a gap, in direction `step`, at each angle."""
    going = straight[:, start].copy()
    count = np.zeros(len(straight), np.int_)
    place = start + step
    while 0 <= place < straight.shape[1] and going.any():
        going &= straight[:, place]
        count += going
        place += step
    return count


def _rolled_up(around: _Surroundings, unrolled: Flags, breadth: float) -> Flags:
    """What is marked in the unrolled ring, as a mask of the part (h, w), but for pixels that join strokes."""
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
