"""Which pixels of a page are letters: components of ink of a letter's size, in a reduced copy.

Rules, frames, rings of seals, photographs and black scanner edges are larger, dust is smaller. Any of them
could have more pixels than the text, so they are left out.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, percentiles, shrink
from scanflow.units import MM_PER_INCH, pixels_per_mm

# Millimetres: letters of 6 to 36 point, and words whose letters run together in the reduced copy.
MIN_LETTER, MAX_LETTER_HEIGHT, MAX_WORD_WIDTH = 0.7, 12.0, 30.0
# Millimetres: the window whose mean is the background. Grey levels by which ink is darker, within these
# limits.
BACKGROUND_WINDOW = 8.0
MIN_INK_DEPTH, MAX_INK_DEPTH = 12, 60
PAGE_DPI = 75.0
"""The least resolution at which the lines of a page are looked at as a whole."""


@dataclass(frozen=True, slots=True)
class TextMask:
    """`pixels` (h, w) is 1 on letters, else 0, at `dpi`; `pieces` counts the letter-sized pieces of ink.

    `ink` (h, w) is 1 on all ink; `stats` (n, 5) has a row of `cv2.CC_STAT_*` for each piece of it, the first
    row is the background's.
    """

    pixels: Raster = field(repr=False)
    dpi: float
    pieces: int
    ink: Raster = field(repr=False)
    stats: NDArray[np.int32] = field(repr=False)


def find_ink(small: Raster, dpi: float) -> Raster:
    """1 where a reduced grey page (h, w) is darker than its surroundings, else 0.

    The threshold depends on the page's own range, so that faint print counts and paper grain does not.
    """
    light, dark = percentiles(small[::4, ::4], 80, 1)
    depth = float(np.clip(0.25 * (light - dark), MIN_INK_DEPTH, MAX_INK_DEPTH))
    window = int(BACKGROUND_WINDOW * dpi / MM_PER_INCH) | 1
    return as_raster(
        cv2.adaptiveThreshold(
            small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, max(window, 3), depth
        )
    )


def find_text(grey: Raster, dpi: float, target: float) -> TextMask:
    """The letters of a grey page, in a copy reduced to about `target` dpi."""
    small, small_dpi = shrink(grey, dpi, target)
    ink = find_ink(small, small_dpi)
    labels, stats = components(ink)
    letters = letter_sized(stats, pixels_per_mm(small_dpi))
    pixels = np.take(letters.view(np.uint8), labels)
    return TextMask(pixels, small_dpi, int(letters.sum()), ink, stats)


def letter_sized(stats: NDArray[np.int32], mm: float) -> NDArray[np.bool_]:
    """Which components have a letter's size, at `mm` pixels per millimetre; never label 0, the background."""
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    long, short = np.maximum(width, height), np.minimum(width, height)
    letters = (long >= MIN_LETTER * mm) & (short <= MAX_LETTER_HEIGHT * mm) & (long <= MAX_WORD_WIDTH * mm)
    # Parts of rules and of dotted lines are long and thin; a word is at least as high as a letter.
    letters &= (short >= MIN_LETTER * mm) | (long <= 3 * MIN_LETTER * mm)
    letters[0] = False
    return letters
