"""Round seals (con dấu) in grey scans: found by their ring, and lightened to the brightness of paper.

In a grey scan the red of a seal is a middle grey. Nothing is done where print is no darker than that, because
then seal and print cannot be told apart; nor where the middle grey forms no ring (pictures, patterned
backgrounds, faint print).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, components, percentiles
from scanflow.units import MM_PER_INCH, pixels_per_mm

# A seal's ink lies between these, where 0 is the grey level of print and 1 that of paper. If the two are less
# than LEAST_RANGE grey levels apart, the page has no print. The constants of this module were chosen on
# rendered seals; `RingLimits` and docs/imaging.md say what was measured on other pages.
LIGHTER, DARKER, LEAST_RANGE = 0.15, 0.65, 60
# Millimetres: the edges of letters are as grey as a seal's ink, but print is nearer to them than this.
CORE = 0.65

RING_DPI = 50.0
# Millimetres: seals have diameters of 32 to 42; pieces of a ring are longer and higher than remains of
# letters.
MIN_RADIUS, MAX_RADIUS, LONG_ARC, HIGH_ARC = 13.0, 23.0, 8.0, 1.5
CANDIDATES = 12
# Millimetres: how far a ring may be from the circle that was found, and from a second ring inside it.
OFF, RINGS_APART = 1.0, 4.0

# Millimetres: the margins that are cleaned around the ring and around the seal's strokes; and the shortest
# stroke (hairlines of letters are shorter).
MARGIN, EDGE, STROKE = 2.5, 0.8, 1.5
# Per cent of a seal's ink that may stay darker than paper.
REMAINS = 15


@dataclass(frozen=True, slots=True)
class RingLimits:
    """What a circle must be to count as a seal's ring.

    `near`, `covered`: shares of the circle, with ink near it and with ink on it, at least; `arcs`: share of
    the page that pieces of rings may cover.

    Chosen on rendered seals. Measured on other pages (bench.limits; six real pages made grey, five rendered
    ones with a seal, five with a patterned ground): without the step wrong words 110 for 106, 80 for 16, 5
    for 6 (CER 0.27 for 0.19). With `covered` 0.6 one real seal less is found (111), 0.45 changes nothing.
    Without `near` and `arcs` no result changes: they save the search for circles on pages without a seal.
    """

    near: float = 0.8
    covered: float = 0.52
    arcs: float = 0.03


RING_LIMITS = RingLimits()


@dataclass(frozen=True, slots=True)
class _Tones:
    """Grey levels of a page: of print, of paper, and the range of a seal's ink."""

    print: float
    paper: float

    @property
    def seal(self) -> tuple[float, float]:
        span = self.paper - self.print
        return self.print + LIGHTER * span, self.print + DARKER * span


# Points of a circle of radius 1.
_ANGLES = np.linspace(0, 2 * np.pi, 120, endpoint=False)
_ACROSS, _DOWN = np.cos(_ANGLES), np.sin(_ANGLES)


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle, in pixels: its middle and its radius."""

    x: float
    y: float
    radius: float

    def scaled(self, factor: float) -> "Ring":
        """The same ring on a raster `factor` times as large."""
        return Ring(self.x * factor, self.y * factor, self.radius * factor)

    def covered(self, ink: Raster, further: float = 0.0) -> float:
        """Share of the circle (0 to 1) that has ink in a mask (h, w);

        `further`: pixels added to its radius.
        """
        radius = self.radius + further
        x = np.rint(self.x + radius * _ACROSS).astype(int)
        y = np.rint(self.y + radius * _DOWN).astype(int)
        inside = (x >= 0) & (y >= 0) & (x < ink.shape[1]) & (y < ink.shape[0])
        return float(np.count_nonzero(ink[y[inside], x[inside]]) / _ACROSS.size)


@dataclass(frozen=True, slots=True)
class GreySeals:
    """The rings of a grey page's seals, in its pixels, and what `lighten_grey_seals` needs.

    `darkest` (h, w): the darkest grey level near each pixel; `tones`: the page's grey levels.
    """

    rings: tuple[Ring, ...]
    darkest: Raster
    tones: _Tones


def drop_grey_seals(grey: Raster, dpi: float, limits: RingLimits = RING_LIMITS) -> Raster:
    """A grey page (h, w) with its round seals lightened to paper; the same raster where none is found."""
    found = find_grey_seals(grey, dpi, limits)
    return lighten_grey_seals(grey, dpi, found) if found else grey


def find_grey_seals(grey: Raster, dpi: float, limits: RingLimits = RING_LIMITS) -> GreySeals | None:
    """The round seals of a grey page (h, w); None where there are none."""
    sample = grey[::8, ::8]
    dark, light = percentiles(sample, 1, 80)
    tones = _Tones(float(dark), float(light))
    if light - dark < LEAST_RANGE or not cv2.inRange(sample, *tones.seal).any():
        return None
    darkest = _darkest(grey, dpi)
    step = max(1, int(dpi / RING_DPI))
    rings = find_rings(as_raster(cv2.inRange(darkest[::step, ::step], *tones.seal)), dpi / step, limits)
    return GreySeals(tuple(ring.scaled(step) for ring in rings), darkest, tones) if rings else None


def lighten_grey_seals(grey: Raster, dpi: float, found: GreySeals) -> Raster:
    """A copy of the page with the ink of the seals as light as paper."""
    cleaned = grey.copy()
    for ring in found.rings:
        _lighten(cleaned, found.darkest, ring, dpi, found.tones)
    return cleaned


def _darkest(grey: Raster, dpi: float) -> Raster:
    """The darkest grey level near each pixel: at the edges of letters it is print, not a seal's grey."""
    size = round(CORE * dpi / MM_PER_INCH) | 1
    return as_raster(cv2.erode(grey, np.ones((size, size), np.uint8)))


def find_rings(middle: Raster, dpi: float, limits: RingLimits) -> list[Ring]:
    """The rings of seals in a mask (0 or 255) of a seal's ink, in its pixels."""
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
        if (rough := Ring(*circle)).covered(wide) >= limits.near
        and (ring := _fitted(rough, middle, mm, limits.covered)).covered(middle) >= limits.covered
    ]


def _fitted(rough: Ring, middle: Raster, mm: float, least: float) -> Ring:
    """The best covered circle near a rough one; where a seal has two rings, the outer one."""
    off = range(-round(OFF * mm), round(OFF * mm) + 1)
    larger = range(-round(OFF * mm), round(2 * OFF * mm) + 1)
    near = (Ring(rough.x + x, rough.y + y, rough.radius + r) for x in off for y in off for r in larger)
    best = max(near, key=lambda circle: circle.covered(middle))
    wider = (step for step in range(round(RINGS_APART * mm), 0, -1) if best.covered(middle, step) >= least)
    return replace(best, radius=best.radius + next(wider, 0))


def _arcs(middle: Raster, mm: float) -> Raster:
    """A mask (0 or 255) of the components that may be parts of a ring.

    Remains of letters and dotted lines are smaller or flatter.
    """
    labels, stats = components(middle)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    arcs = (np.maximum(width, height) >= LONG_ARC * mm) & (np.minimum(width, height) >= HIGH_ARC * mm)
    arcs[0] = False
    return as_raster(np.take(arcs.view(np.uint8) * np.uint8(255), labels))


def _lighten(page: Raster, darkest: Raster, ring: Ring, dpi: float, tones: _Tones) -> None:
    """Lighten a seal's ink to paper, in place. Darker levels, the print, keep their order."""
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
        part[zone] = _curve(tones, percentiles(part[seal > 0], REMAINS)[0])[part[zone]]


def _strokes(ink: Raster, mm: float) -> Raster:
    """The components that are long enough for a seal's strokes; shorter ones are hairlines of letters."""
    labels, stats = components(ink)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= STROKE * mm
    long[0] = False
    return as_raster(np.take(long.view(np.uint8), labels))


def _curve(tones: _Tones, seal: float) -> Raster:
    """A table (256,) of new grey levels: print stays, a seal's ink becomes paper, nothing gets darker."""
    levels = np.arange(256)
    risen = tones.print + (levels - tones.print) * (tones.paper - tones.print) / (seal - tones.print)
    return as_raster(np.maximum(np.minimum(risen, tones.paper), levels))
