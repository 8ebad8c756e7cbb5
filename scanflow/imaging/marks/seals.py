"""Seals and stamps (con dấu) that were pressed on a page: where they are, their shape, and their colour.

Round ones are known by their ring, rectangular ones by their frame. What is neither (a signature, a stamped
name, a red title) is not reported as a seal, although its ink may be removed for reading. Evidence:
docs/imaging.md, Seals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.marks.grey_seals import Ring, RingLimits, find_rings
from scanflow.imaging.raster import Raster, as_raster, components, percentiles
from scanflow.model import SealColour, SealShape
from scanflow.units import pixels_per_mm

# The resolution at which coloured ink is looked for.
INK_DPI = 75.0
# By how many grey levels the channel of a seal's colour is above the two others in its ink.
SEAL_COLOUR = 40
# The background of a certificate may be as red. So a seal must be MORE_THAN_GROUND grey levels redder than
# this percentile of the sheet; bluer if it is blue.
GROUND_PERCENTILE, MORE_THAN_GROUND = 92, 30
# Millimetres: a seal or stamp is larger than a line of red print and smaller than a red frame. Gaps in it of
# up to SEAL_GAP are closed.
MIN_SEAL, MAX_SEAL, SEAL_GAP = 12.0, 80.0, 1.5
# All of a patch of a seal's ink may be parts of rings.
PATCH_LIMITS = RingLimits(arcs=1.0)

# Millimetres: the least height and width of a framed stamp, and how far inside its outermost ink a frame's
# line may be. Shares of a side: a line covers STRAIGHT of it; letters cover less in any one row. On one side
# the line may be worn, down to WORN.
LOWEST, NARROWEST, FRAME_BAND, STRAIGHT, WORN = 14.0, 25.0, 2.5, 0.7, 0.35

COLOURS: tuple[SealColour, SealColour] = ("red", "blue")
"""The colours of ink that are looked for. Only red seals are removed for reading: removing blue did harm."""
_CHANNELS: dict[SealColour, int] = {"blue": 0, "red": 2}


@dataclass(frozen=True, slots=True)
class PressedSeal:
    """A seal on a raster: the edges of its box in pixels of the raster as captured, not yet upright."""

    left: float
    top: float
    right: float
    bottom: float
    shape: SealShape
    colour: SealColour


@dataclass(frozen=True)
class ColouredInk:
    """The ink of one colour on a page: a mask (h, w) of every `step`-th pixel, at `dpi`.

    `patches`: left, top, right, bottom of each piece of a seal's size, in pixels of the mask.
    """

    colour: SealColour
    mask: Raster
    dpi: float
    step: int
    patches: tuple[tuple[int, int, int, int], ...]


def coloured_inks(image: Raster, dpi: float, colours: Sequence[SealColour]) -> list[ColouredInk]:
    """The inks of these colours on a page in colour (h, w, 3), in the same order."""
    step = max(1, round(dpi / INK_DPI))
    channels = cv2.split(np.ascontiguousarray(image[::step, ::step]))
    found = []
    for colour in colours:
        wanted = _CHANNELS[colour]
        others = [channel for no, channel in enumerate(channels) if no != wanted]
        excess = as_raster(cv2.subtract(channels[wanted], cv2.max(*others)))
        mask = as_raster(excess > max(SEAL_COLOUR, _ground(excess) + MORE_THAN_GROUND))
        found.append(ColouredInk(colour, mask, dpi / step, step, tuple(_patches(mask, dpi / step))))
    return found


def coloured_seals(inks: Iterable[ColouredInk]) -> tuple[PressedSeal, ...]:
    """The round and rectangular seals of such inks, from the top down."""
    found = [seal for ink in inks for patch in ink.patches for seal in _seals_of(ink, patch)]
    return tuple(sorted(found, key=lambda seal: seal.top))


def ring_seals(rings: Sequence[Ring], colour: SealColour, step: int = 1) -> list[PressedSeal]:
    """Rings as seals, each once. `step`: how many pixels of the raster one pixel of the rings stands for."""
    kept: list[Ring] = []
    for ring in rings:
        if all(np.hypot(ring.x - other.x, ring.y - other.y) > other.radius for other in kept):
            kept.append(ring)
    return [
        PressedSeal(
            (ring.x - ring.radius) * step,
            (ring.y - ring.radius) * step,
            (ring.x + ring.radius) * step,
            (ring.y + ring.radius) * step,
            "round",
            colour,
        )
        for ring in kept
    ]


def _patches(mask: Raster, dpi: float) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of each patch of a seal's size."""
    if not mask.any():
        return []
    mm = pixels_per_mm(dpi)
    gap = max(3, round(SEAL_GAP * mm)) | 1
    closed = as_raster(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)))
    _, stats = components(closed)
    return [
        (left, top, left + width, top + height)
        for left, top, width, height, _ in stats[1:].tolist()
        if MIN_SEAL * mm <= min(width, height) and max(width, height) <= MAX_SEAL * mm
    ]


def _ground(excess: Raster) -> float:
    """The excess of this colour in the background: the median of the sheet's quarters.

    On a card a seal may fill one quarter.
    """
    halves = np.array_split(excess[::2, ::2], 2)
    quarters = [quarter for half in halves for quarter in np.array_split(half, 2, axis=1) if quarter.size]
    return median(percentiles(quarter, GROUND_PERCENTILE)[0] for quarter in quarters)


def _seals_of(ink: ColouredInk, patch: tuple[int, int, int, int]) -> list[PressedSeal]:
    """The round seals in a patch; without any, the patch itself where it has a frame."""
    margin = round(2 * pixels_per_mm(ink.dpi))
    x, y = max(0, patch[0] - margin), max(0, patch[1] - margin)
    part = as_raster(ink.mask[y : patch[3] + margin, x : patch[2] + margin] * np.uint8(255))
    rings = [Ring(each.x + x, each.y + y, each.radius) for each in find_rings(part, ink.dpi, PATCH_LIMITS)]
    if rings:
        return ring_seals(rings, ink.colour, ink.step)
    if _has_frame(part, pixels_per_mm(ink.dpi)):
        left, top, right, bottom = (float(edge * ink.step) for edge in patch)
        return [PressedSeal(left, top, right, bottom, "rectangular", ink.colour)]
    return []


def _has_frame(part: Raster, mm: float) -> bool:
    """Whether ink (0 or 255) has a straight line along each of its four sides; one of them may be worn."""
    points = cv2.findNonZero(part)
    if points is None:
        return False
    (x, y), (width, height), angle = cv2.minAreaRect(points)
    if min(width, height) < LOWEST * mm or max(width, height) < NARROWEST * mm:
        return False
    turn = np.asarray(cv2.getRotationMatrix2D((x, y), angle, 1.0), dtype=np.float64)
    turn[:, 2] += np.array([width / 2 - x, height / 2 - y])
    level = as_raster(cv2.warpAffine(part, turn, (round(width), round(height)))) > 0
    band = max(2, round(FRAME_BAND * mm))
    sides = (level[:band], level[-band:], level[:, :band].T, level[:, -band:].T)
    covered = sorted(_straightest(side) for side in sides)
    return covered[0] >= WORN and covered[1] >= STRAIGHT


def _straightest(side: NDArray[np.bool_]) -> float:
    """The greatest share (0 to 1) of a side's length that two neighbouring rows of it cover."""
    pairs = side[:-1] | side[1:]
    return float(pairs.mean(axis=1).max()) if pairs.size else 0.0
