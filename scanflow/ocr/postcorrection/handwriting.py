"""Handwritten words (chữ viết tay), told from print by measures of their strokes.

An engine made for print reads handwriting as noise, or as a word. Of the words that it doubts, those are
marked whose strokes are a pen's: print has upright stems and level serifs, the width of its strokes varies
between stem and hairline, its letters stand apart; a pen's strokes lean every way, are of one width and
run together, and often stand on a dotted line. Nothing that the engine is sure of is ever marked.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.model import Box, Word
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.plausibility import is_plausible
from scanflow.units import pixels_per_point

FEWEST = 8  # of those, or nothing is known about the print
SAMPLE = 24  # of those that are measured
MARGIN = 1.0  # points around a word
DOTS_MARGIN = 2.0
LOWEST = 6  # pixels: less has no strokes
FULLEST = 0.6  # share of ink: more is a picture or a bar
UPRIGHT = 12.0  # degrees by which an edge may lean and still be a stem's or a serif's
BINS = 18
LETTER = 0.3  # of the word's height: smaller pieces are marks and dirt
SMALLEST = 0.5  # of the print's height: less is dirt

# How the signs of a pen weigh, as `Look` has them, and what they must come to: for a legal syllable more
# than for a number or for what is no word. Fitted on 1,600 doubtful words of four pens on rendered forms and
# 700 of print, most of them real: python -m bench.handwriting --fit.
_WEIGHTS = (1.96, -22.86, -5.19, -18.92, -15.64, -3.62, 0.58, 3.68)
_BASE = 15.53
_ENOUGH, _ENOUGH_FOR_SYLLABLE = 0.6, 2.5


@dataclass(frozen=True, slots=True)
class Look:
    """What is measured of a word's strokes.

    `stroke`: their width, the page's print being 1; `slim`: the same, of the word's height; `spread`: how
    much it varies; `stems`, `serifs`, `disorder`: shares of edges upright and level, and the entropy of
    all directions; `joined`: how wide the widest piece is, the word's height being 1; `on_dots`: 1 where
    it stands on a dotted leader.
    """

    stroke: float
    slim: float
    spread: float
    stems: float
    serifs: float
    disorder: float
    joined: float
    on_dots: float


def mark_handwriting(
    words: Sequence[Word], copy: Raster, dotted: Raster, dpi: float, scale: ConfidenceScale
) -> list[Word]:
    """The words, those of a pen marked (`Word.kind`); their confidences are the engine's own.

    `copy` is the raster that they were read from, their boxes in its points; `dotted` is the same before
    its leaders were taken out.
    """
    doubtful = [
        index
        for index, word in enumerate(words)
        if word.confidence < scale.maybe_handwriting and any(map(str.isalnum, word.text))
    ]
    if not doubtful:
        return list(words)
    usual = usual_print(words, copy, dpi, scale)
    if usual is None:
        return list(words)
    marked = list(words)
    for index in doubtful:
        look = look_at(words[index], copy, dotted, dpi, usual)
        if look is not None and _is_a_pen_s(look, words[index]):
            marked[index] = replace(words[index], kind="handwriting")
    return marked


def _is_a_pen_s(look: Look, word: Word) -> bool:
    """Whether the signs suffice; a syllable of letters has the benefit of the doubt, and a lone letter."""
    evidence = _BASE + math.fsum(map(math.prod, zip(_WEIGHTS, astuple(look), strict=True)))
    letters = sum(map(str.isalpha, word.text))
    print_like = letters == 1 or is_plausible(word.text)
    digits = any(map(str.isdigit, word.text))
    return evidence > (_ENOUGH_FOR_SYLLABLE if print_like and not digits else _ENOUGH)


# --- measuring -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usual:
    """The page's print: the height of its words in points, the width of its strokes in pixels."""

    height: float
    stroke: float


def usual_print(words: Sequence[Word], copy: Raster, dpi: float, scale: ConfidenceScale) -> Usual | None:
    """From words of which the engine is sure, evenly over the page; None where they are too few."""
    sure = [word for word in words if word.confidence >= scale.typical_print and len(word.text) > 2]
    if len(sure) < FEWEST:
        return None
    sample = sure[:: math.ceil(len(sure) / SAMPLE)]
    inks = (_ink(_cut(copy, word.box, dpi, MARGIN)) for word in sample)
    widths = [_widths(ink) for ink in inks if ink is not None]
    means = [float(width.mean()) for width in widths if width.size]
    height = float(np.median([word.box.height for word in sure]))
    return Usual(height, float(np.median(means))) if means else None


def look_at(word: Word, copy: Raster, dotted: Raster, dpi: float, usual: Usual) -> Look | None:
    """A word's strokes, measured; None where it is too small or no strokes can be seen."""
    if word.box.height < SMALLEST * usual.height:
        return None
    part = _cut(copy, word.box, dpi, MARGIN)
    ink = _ink(part)
    widths = _widths(ink) if ink is not None else np.empty(0)
    if ink is None or not widths.size:
        return None
    stems, serifs, disorder = _directions(part)
    before, after = (_cut(raster, word.box, dpi, DOTS_MARGIN) for raster in (dotted, copy))
    return Look(
        stroke=float(widths.mean()) / usual.stroke,
        slim=float(widths.mean()) / ink.shape[0],
        spread=float(widths.std() / widths.mean()),
        stems=stems,
        serifs=serifs,
        disorder=disorder,
        joined=_widest(ink) / ink.shape[0],
        on_dots=float(copy is not dotted and bool((before != after).any())),
    )


def _cut(raster: Raster, box: Box, dpi: float, margin: float) -> Raster:
    """A word's place in a raster."""
    scale = pixels_per_point(dpi)
    left, top = (max(0, int((edge - margin) * scale)) for edge in (box.left, box.top))
    right, bottom = (max(0, int((edge + margin) * scale) + 1) for edge in (box.right, box.bottom))
    return raster[top:bottom, left:right]


def _ink(part: Raster) -> Raster | None:
    """1 on ink; None where there is too little of the picture, or too much ink for strokes."""
    if min(part.shape) < LOWEST:
        return None
    _, ink = cv2.threshold(part, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    return as_raster(ink) if 0 < ink.mean() <= FULLEST else None


def _widths(ink: Raster) -> NDArray[np.float64]:
    """The strokes' width in pixels, at each point of their middle."""
    framed = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 3)
    middle = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (framed > 0)
    return 2.0 * np.asarray(depth[middle], dtype=np.float64)


def _directions(part: Raster) -> tuple[float, float, float]:
    """Shares of the edges that are upright and level, and the entropy of their directions."""
    across, down = (cv2.Sobel(part, cv2.CV_32F, *step, ksize=3) for step in ((1, 0), (0, 1)))
    strength, angle = cv2.cartToPolar(across, down, angleInDegrees=True)
    angle %= 180
    total = float(strength.sum()) or 1.0
    upright = float(strength[(angle < UPRIGHT) | (angle > 180 - UPRIGHT)].sum()) / total
    level = float(strength[np.abs(angle - 90) < UPRIGHT].sum()) / total
    counts, _ = np.histogram(angle, bins=BINS, range=(0, 180), weights=strength)
    shares = counts[counts > 0] / total
    return upright, level, float(-(shares * np.log(shares)).sum())


def _widest(ink: Raster) -> float:
    """The width in pixels of the widest piece that is as high as a letter."""
    _, stats = components(ink)
    letters = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] > LETTER * ink.shape[0]]
    return float(letters[:, cv2.CC_STAT_WIDTH].max()) if len(letters) else 0.0
