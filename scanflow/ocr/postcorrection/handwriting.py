"""Marks handwritten words (chữ viết tay), found by measuring their strokes.

An engine for print reads handwriting as noise or as wrong words. Of the words with low confidence those are
marked whose strokes are handwritten. Print has vertical stems and horizontal serifs, strokes of different
widths, and separate letters. Handwriting has strokes of all directions and of one width, joined letters, and
is often on a dotted line. Words with a high confidence are never marked.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.model import Box, Word
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.plausibility import is_plausible, is_shortened
from scanflow.units import pixels_per_point

FEWEST = 8  # least number of sure words; with fewer the page's print is unknown
SAMPLE = 24  # greatest number of sure words that are measured
MARGIN = 1.0  # points around a word
DOTS_MARGIN = 2.0  # points around a word in which a removed dot leader is looked for
LOWEST = 6  # pixels: the least height and width of a word whose strokes can be measured
FULLEST = 0.6  # greatest share of ink; what has more is a picture or a bar
UPRIGHT = 12.0  # degrees: edges of stems and serifs deviate by less from vertical and horizontal
BINS = 18  # of the histogram of directions
LETTER = 0.3  # of the word's height: lower pieces are marks and dirt
SMALLEST = 0.5  # of the print's height: lower words are dirt

# A logistic regression: the weights of `StrokeFeatures` in its order, the constant, and the least sum for
# handwriting, which is higher for a legal syllable than for a number or another word. Fitted on 1,600
# uncertain words in four script typefaces on rendered forms and 700 printed words, most of them real:
# python -m bench.handwriting --fit.
_WEIGHTS = (1.96, -22.86, -5.19, -18.92, -15.64, -3.62, 0.58, 3.68)
_BASE = 15.53
_ENOUGH, _ENOUGH_FOR_SYLLABLE = 0.6, 2.5


@dataclass(frozen=True, slots=True)
class StrokeFeatures:
    """Features of a word's strokes.

    `stroke`: their width divided by that of the page's print; `slim`: their width divided by the word's
    height; `spread`: the relative standard deviation of the width; `stems`, `serifs`: shares of vertical and
    of horizontal edges; `disorder`: the entropy of the edges' directions; `joined`: the width of the widest
    component divided by the word's height; `on_dots`: 1 on a dotted leader, else 0.
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
    """The words, with the kind `handwriting` for handwritten ones; confidences are not changed.

    `copy` is the grey raster (h, w) that they were read from, with their boxes in its points; `dotted` is the
    same raster before dot leaders were removed.
    """
    doubtful = [
        index
        for index, word in enumerate(words)
        # The slanted strokes of `ph/h` look like handwriting, but handwriting is hardly read as such a form.
        if word.confidence < scale.maybe_handwriting
        and any(map(str.isalnum, word.text))
        and not is_shortened(word.text)
    ]
    if not doubtful:
        return list(words)
    usual = measure_print(words, copy, dpi, scale)
    if usual is None:
        return list(words)
    marked = list(words)
    for index in doubtful:
        features = measure_strokes(words[index], copy, dotted, dpi, usual)
        if features is not None and _is_handwritten(features, words[index]):
            marked[index] = replace(words[index], kind="handwriting")
    return marked


def _is_handwritten(features: StrokeFeatures, word: Word) -> bool:
    """Whether a word is handwritten. Plausible words and single letters need stronger evidence."""
    evidence = _BASE + math.fsum(map(math.prod, zip(_WEIGHTS, astuple(features), strict=True)))
    letters = sum(map(str.isalpha, word.text))
    print_like = letters == 1 or is_plausible(word.text)
    digits = any(map(str.isdigit, word.text))
    return evidence > (_ENOUGH_FOR_SYLLABLE if print_like and not digits else _ENOUGH)


# --- measuring -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrintMeasures:
    """Typical measures of a page's print: the height of words in points, the width of strokes in pixels."""

    height: float
    stroke: float


def measure_print(
    words: Sequence[Word], copy: Raster, dpi: float, scale: ConfidenceScale
) -> PrintMeasures | None:
    """Measures of words with high confidence from all parts of the page; None where there are too few."""
    sure = [word for word in words if word.confidence >= scale.typical_print and len(word.text) > 2]
    if len(sure) < FEWEST:
        return None
    sample = sure[:: math.ceil(len(sure) / SAMPLE)]
    inks = (_ink(_cut(copy, word.box, dpi, MARGIN)) for word in sample)
    widths = [_widths(ink) for ink in inks if ink is not None]
    means = [float(width.mean()) for width in widths if width.size]
    height = median(word.box.height for word in sure)
    return PrintMeasures(height, median(means)) if means else None


def measure_strokes(
    word: Word, copy: Raster, dotted: Raster, dpi: float, usual: PrintMeasures
) -> StrokeFeatures | None:
    """The features of a word's strokes; None where it is too small or has no visible strokes."""
    if word.box.height < SMALLEST * usual.height:
        return None
    part = _cut(copy, word.box, dpi, MARGIN)
    ink = _ink(part)
    widths = _widths(ink) if ink is not None else np.empty(0)
    if ink is None or not widths.size:
        return None
    stems, serifs, disorder = _directions(part)
    before, after = (_cut(raster, word.box, dpi, DOTS_MARGIN) for raster in (dotted, copy))
    return StrokeFeatures(
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
    """The part of a raster that a box (points) with a margin (points) touches; not copied."""
    scale = pixels_per_point(dpi)
    left, top = (max(0, int((edge - margin) * scale)) for edge in (box.left, box.top))
    right, bottom = (max(0, int((edge + margin) * scale) + 1) for edge in (box.right, box.bottom))
    return raster[top:bottom, left:right]


def _ink(part: Raster) -> Raster | None:
    """A mask with 1 on ink; None if the part is too small or has too much ink for strokes."""
    if min(part.shape) < LOWEST:
        return None
    _, ink = cv2.threshold(part, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    return as_raster(ink) if 0 < ink.mean() <= FULLEST else None


def _widths(ink: Raster) -> NDArray[np.float64]:
    """The widths of the strokes in pixels, at each point of their middle lines."""
    framed = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 3)
    middle = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (framed > 0)
    return 2.0 * np.asarray(depth[middle], dtype=np.float64)


def _directions(part: Raster) -> tuple[float, float, float]:
    """Shares of vertical and of horizontal edges, and the entropy of all directions."""
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
    """The width in pixels of the widest component that is as high as a letter."""
    _, stats = components(ink)
    letters = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] > LETTER * ink.shape[0]]
    return float(letters[:, cv2.CC_STAT_WIDTH].max()) if len(letters) else 0.0
