"""Round seals (con dấu) in scans without colours: found by their ring, and lightened to paper.

A seal's red is a middle grey there. Where print is no darker than that nothing can be told apart and nothing
is done, nor where what is of a middle grey makes no single ring (pictures, patterned grounds, faint print).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.units import MM_PER_INCH, pixels_per_mm

# Of the way from print to paper: a seal's ink lies between these. With less range there is no print.
LIGHTER, DARKER, LEAST_RANGE = 0.15, 0.65, 60
# Millimetres: the edges of print are as grey as a seal's ink, but have print nearer than this.
CORE = 0.65

RING_DPI = 50.0
# Millimetres: seals are 32 to 42 across; pieces of a ring are longer and higher than what is left of letters.
MIN_RADIUS, MAX_RADIUS, LONG_ARC, HIGH_ARC = 13.0, 23.0, 8.0, 1.5
CANDIDATES = 12
# Millimetres: how far a ring may be from where it is looked for, and from one within.
OFF, RINGS_APART = 1.0, 4.0

# Millimetres: what is cleaned around the ring, and around the seal's strokes; hairlines are shorter.
MARGIN, EDGE, STROKE = 2.5, 0.8, 1.5
# Per cent of a seal's ink that may stay darker than paper.
REMAINS = 15


@dataclass(frozen=True, slots=True)
class RingLimits:
    """What a circle must be to count as a seal's ring.

    `near`, `covered`: shares of the circle, with ink near it and with ink on it, at least; `arcs`: share of
    the page that pieces of rings may cover.

    Chosen on rendered seals. On other pages (bench.limits; six real pages made grey, five rendered ones with
    a seal, five with a patterned ground): without the step wrong words 110 for 106, 80 for 16, 5 for 6 (CER
    0.27 for 0.19). With `covered` 0.6 one real seal less is found (111), 0.45 changes nothing. Without `near`
    and `arcs` nothing changes: they spare the search for circles where there is nothing to find.
    """

    near: float = 0.8
    covered: float = 0.52
    arcs: float = 0.03


RING_LIMITS = RingLimits()


@dataclass(frozen=True, slots=True)
class _Tones:
    """Grey levels of a page: print, paper, and between which a seal's ink lies."""

    print: float
    paper: float

    @property
    def seal(self) -> tuple[float, float]:
        span = self.paper - self.print
        return self.print + LIGHTER * span, self.print + DARKER * span


@dataclass(frozen=True, slots=True)
class _Circle:
    x: float
    y: float
    radius: float

    def scaled(self, factor: float) -> "_Circle":
        return _Circle(self.x * factor, self.y * factor, self.radius * factor)

    def covered(self, ink: Raster, further: float = 0.0) -> float:
        """Share of the circle, or of one so much `further` out, that has ink."""
        angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        radius = self.radius + further
        x = np.rint(self.x + radius * np.cos(angles)).astype(int)
        y = np.rint(self.y + radius * np.sin(angles)).astype(int)
        inside = (x >= 0) & (y >= 0) & (x < ink.shape[1]) & (y < ink.shape[0])
        return float(np.count_nonzero(ink[y[inside], x[inside]]) / angles.size)


def drop_grey_seals(grey: Raster, dpi: float, limits: RingLimits = RING_LIMITS) -> Raster:
    """The page with its round seals lightened to paper, or untouched where none is found."""
    sample = grey[::8, ::8]
    dark, light = np.percentile(sample, (1, 80))
    tones = _Tones(float(dark), float(light))
    if light - dark < LEAST_RANGE or not cv2.inRange(sample, *tones.seal).any():
        return grey
    darkest = _darkest(grey, dpi)
    step = max(1, int(dpi / RING_DPI))
    rings = _find_rings(as_raster(cv2.inRange(darkest[::step, ::step], *tones.seal)), dpi / step, limits)
    if not rings:
        return grey
    cleaned = grey.copy()
    for ring in rings:
        _lighten(cleaned, darkest, ring.scaled(step), dpi, tones)
    return cleaned


def _darkest(grey: Raster, dpi: float) -> Raster:
    """What is darkest around: print at the edges of print, that would pass for a seal's grey."""
    size = round(CORE * dpi / MM_PER_INCH) | 1
    return as_raster(cv2.erode(grey, np.ones((size, size), np.uint8)))


def _find_rings(middle: Raster, dpi: float, limits: RingLimits) -> list[_Circle]:
    """The rings of seals among what is of a middle grey."""
    mm = pixels_per_mm(dpi)
    arcs = _arcs(middle, mm)
    if not 0 < cv2.countNonZero(arcs) <= limits.arcs * arcs.size:
        return []
    found = cv2.HoughCircles(
        cv2.GaussianBlur(arcs, (3, 3), 0),
        cv2.HOUGH_GRADIENT,
        dp=2,
        minDist=10 * mm,
        param1=100,
        param2=18,
        minRadius=int(MIN_RADIUS * mm),
        maxRadius=int(MAX_RADIUS * mm) + 1,
    )
    if found is None:
        return []
    near = round(2 * OFF * mm) | 1
    wide = as_raster(cv2.dilate(middle, np.ones((near, near), np.uint8)))
    return [
        ring
        for circle in found[0, :CANDIDATES].tolist()
        if (rough := _Circle(*circle)).covered(wide) >= limits.near
        and (ring := _fitted(rough, middle, mm, limits.covered)).covered(middle) >= limits.covered
    ]


def _fitted(rough: _Circle, middle: Raster, mm: float, least: float) -> _Circle:
    """The circle near a rough one that is best covered, or the outer one of its rings."""
    off = range(-round(OFF * mm), round(OFF * mm) + 1)
    larger = range(-round(OFF * mm), round(2 * OFF * mm) + 1)
    near = (_Circle(rough.x + x, rough.y + y, rough.radius + r) for x in off for y in off for r in larger)
    best = max(near, key=lambda circle: circle.covered(middle))
    wider = (step for step in range(round(RINGS_APART * mm), 0, -1) if best.covered(middle, step) >= least)
    return replace(best, radius=best.radius + next(wider, 0))


def _arcs(middle: Raster, mm: float) -> Raster:
    """The pieces that may be of a ring: what is left of letters and of dotted lines is smaller or flat."""
    labels, stats = components(middle)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    arcs = (np.maximum(width, height) >= LONG_ARC * mm) & (np.minimum(width, height) >= HIGH_ARC * mm)
    arcs[0] = False
    return as_raster(np.take(arcs.view(np.uint8) * np.uint8(255), labels))


def _lighten(page: Raster, darkest: Raster, ring: _Circle, dpi: float, tones: _Tones) -> None:
    """Bring the seal's ink in a page to paper; what is darker, the print, keeps its order."""
    mm = pixels_per_mm(dpi)
    reach = ring.radius + MARGIN * mm
    top, left = max(0, int(ring.y - reach)), max(0, int(ring.x - reach))
    place = slice(top, int(ring.y + reach)), slice(left, int(ring.x + reach))
    part = page[place]
    disc = np.zeros(part.shape, np.uint8)
    cv2.circle(disc, (int(ring.x) - left, int(ring.y) - top), int(reach), 255, -1)
    near, there = (as_raster(cv2.inRange(grey, *tones.seal)) for grey in (darkest[place], part))
    seal = _strokes(disc & near & there, mm)
    if seal.any():
        edge = round(2 * EDGE * mm) | 1
        zone = cv2.dilate(seal, np.ones((edge, edge), np.uint8)) > 0
        part[zone] = _curve(tones, float(np.percentile(part[seal > 0], REMAINS)))[part[zone]]


def _strokes(ink: Raster, mm: float) -> Raster:
    """The longer pieces: the shorter are hairlines of letters."""
    labels, stats = components(ink)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= STROKE * mm
    long[0] = False
    return as_raster(np.take(long.view(np.uint8), labels))


def _curve(tones: _Tones, seal: float) -> Raster:
    """For each grey level what it becomes: print stays, the seal's becomes paper, nothing gets darker."""
    levels = np.arange(256)
    risen = tones.print + (levels - tones.print) * (tones.paper - tones.print) / (seal - tones.print)
    return as_raster(np.maximum(np.minimum(risen, tones.paper), levels))
