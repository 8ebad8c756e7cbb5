"""Reads lines that the engine's layout analysis left out: names below a signature, print near a seal.

Near seals, signatures and drawings the engine takes print for a picture, or ends a line at the seal's ring.
Where ink of a letter's size forms a row and nothing was read, the row is read separately. Words of high
confidence are inserted at their places. List numbers (`2.`), which the engine takes for a column of their
own, are read together with the words that follow them.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, components, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.confidence import count_letters
from scanflow.ocr.engines.base import LineEngine
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.ocr.layout.placement import insert_words
from scanflow.text.folding import fold
from scanflow.text.plausibility import is_machine_readable, is_plausible
from scanflow.text.surnames import restored_surname
from scanflow.units import pixels_per_point

WORKING_DPI = 100.0  # rows are looked for at this resolution or up to twice of it
MOST = 8  # rows of a page that are read, since a page of drawings has hundreds
MOST_NUMBERS = 16  # list numbers of a page that are read
# The following were set by judgement; docs/decisions/0016-what-reading-tried.md has what the whole gives.
# Multiples of the height of the page's words.
# Least height, greatest height and greatest width of components that may be letters, also joined ones.
_LOW, _HIGH, _WIDE = 0.45, 1.7, 15.0
_GAP = 0.7  # letters closer than this are in one row
_SHORT = 1.4  # a narrower row has no word, but may be a list number
_NARROW, _BEFORE = 0.2, 1.5  # least width of a list number; its greatest distance from the line
_WITH = 4.0  # the width that is read with it
_AROUND = 0.35  # margin around a row that is read, for the marks above the letters
_FLAT = 0.25  # the boxes of words are higher

_SHARED = 0.3  # words that share more than this part of the smaller one's width and height are at one place
_TOUCHING = 0.5  # of a word's height: a wider space is between two words
_FEWEST_FOREIGN = 2  # least number of letters of a foreign word


def recover_missed_lines(words: Sequence[Word], copy: Raster, dpi: float, engine: LineEngine) -> list[Word]:
    """The words read from `copy` (grey, h, w), with those of rows that were left out at their places.

    Boxes are in points of the copy.
    """
    if not words:
        return []
    height = median(word.box.height for word in words)
    result = list(words)
    for row in _rows(words, height, copy, dpi, engine.scale):
        found = [
            word
            for word in _read(row, height, copy, dpi, engine)
            if not _was_read(word, result, engine.scale)
        ]
        if found:
            rest = [
                word
                for word in result
                if not any(_replaces(new, word, height, engine.scale) for new in found)
            ]
            result = insert_words(rest, found)
    return result


def _rows(
    words: Sequence[Word], height: float, copy: Raster, dpi: float, scale: ConfidenceScale
) -> list[Box]:
    """Rows of ink of a letter's size where no believable word was read.

    The longest come first, then list numbers with the words after them.
    """
    read = [word for word in words if _is_believable(word, scale)]
    left_out = _left_out(read, height, copy, dpi)
    long = sorted((row for row in left_out if row.width >= _SHORT * height), key=lambda row: -row.width)
    short = (_with_line(row, read, height) for row in left_out if row.width < _SHORT * height)
    return [*long[:MOST], *[row for row in short if row is not None][:MOST_NUMBERS]]


def _left_out(read: Sequence[Word], height: float, copy: Raster, dpi: float) -> list[Box]:
    """The boxes, in points, of rows of letters outside of all words that were read."""
    small, small_dpi = shrink(copy, dpi, WORKING_DPI)
    scale = pixels_per_point(small_dpi)
    ink = find_ink(small, small_dpi)
    for word in read:
        _wipe(ink, word.box, scale, _AROUND * height)
    labels, stats = components(ink)
    high, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    unit = height * scale
    letters = (high >= _LOW * unit) & (high <= _HIGH * unit) & (wide <= _WIDE * unit)
    letters[0] = False
    if not letters.any():
        return []
    mask = np.take(letters.view(np.uint8), labels)
    gap = cv2.getStructuringElement(cv2.MORPH_RECT, (max(1, round(_GAP * unit)) | 1, 1))
    _, found = components(as_raster(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, gap)))
    return [
        Box(left / scale, top / scale, (left + across) / scale, (top + along) / scale)
        for left, top, across, along, _ in found[1:].tolist()
        if _LOW * unit <= along <= 2 * _HIGH * unit
    ]


def _with_line(row: Box, read: Sequence[Word], height: float) -> Box | None:
    """A short row, widened by the next words, from which an engine can tell the letters' size.

    None if the row is not just before a line, as a list number is.
    """
    line = [word.box for word in read if word.box.top < row.centre_y < word.box.bottom]
    first = min((box.left for box in line), default=row.left)
    if row.width < _NARROW * height or not 0 <= first - row.right <= _BEFORE * height:
        return None
    ends = sorted(box.right for box in line)
    far = next((end for end in ends if end - row.left >= _WITH * height), ends[-1])
    return Box(row.left, row.top, far, row.bottom)


def _wipe(ink: Raster, box: Box, scale: float, around: float) -> None:
    """Remove the ink in a box with a margin (points) from a mask, at `scale` pixels per point."""
    left, top = (max(0, round((edge - around) * scale)) for edge in (box.left, box.top))
    right, bottom = (round((edge + around) * scale) for edge in (box.right, box.bottom))
    ink[top:bottom, left:right] = 0


def _read(row: Box, height: float, copy: Raster, dpi: float, engine: LineEngine) -> list[Word]:
    """The row's accepted words, in points of the copy; none if less than half of its letters is accepted."""
    scale, around = pixels_per_point(dpi), _AROUND * height
    left, top = (max(0, round((edge - around) * scale)) for edge in (row.left, row.top))
    right, bottom = (round((edge + around) * scale) for edge in (row.right, row.bottom))
    read = engine.recognize_line(np.ascontiguousarray(copy[top:bottom, left:right]), dpi)
    accepted = [word for word in read if _is_accepted(word, engine.scale)]
    if 2 * count_letters(accepted) < count_letters(read):  # a word of handwriting may look like print
        return []
    return [replace(word, box=word.box.moved(left / scale, top / scale)) for word in accepted]


def _is_accepted(word: Word, scale: ConfidenceScale) -> bool:
    """Whether a word is surely print. Words of unmistakable form need less confidence."""
    # Machine-readable zones of cards: models have not learnt such lines, so their confidence is low.
    if is_machine_readable(word.text):
        return word.confidence >= scale.unlikely
    # A family name whose first letter was read as strokes because a seal's ring runs through it.
    if not is_plausible(word.text) and restored_surname(word.text):
        return word.confidence >= scale.noise
    foreign = (
        word.text.isalpha() and len(word.text) >= _FEWEST_FOREIGN and word.confidence >= scale.sure_foreign
    )
    return foreign or (word.confidence >= scale.sure_word and is_plausible(word.text))


def _is_believable(word: Word, scale: ConfidenceScale) -> bool:
    """Whether it may be print with a letter or digit: the engine may read only the full stop of `2.`."""
    return word.confidence >= scale.unlikely and any(map(str.isalnum, word.text))


def _was_read(word: Word, words: Sequence[Word], scale: ConfidenceScale) -> bool:
    """Whether one of `words` is believable and at the place of `word`."""
    return any(
        _is_believable(other, scale) and (_same_place(word, other) or _is_rest(word, other))
        for other in words
    )


def _is_rest(word: Word, other: Word) -> bool:
    """Whether the word is the end of the word before it, whose box is too short: ĐỒNG, and then ÔNG."""
    space = word.box.left - other.box.right
    level = word.box.shared_height(other.box) > _SHARED * other.box.height
    close = abs(space) < _TOUCHING * other.box.height and level
    return close and fold(other.text).endswith(fold(word.text))


def _replaces(new: Word, old: Word, height: float, scale: ConfidenceScale) -> bool:
    """Whether the new word is at the place of the old one, or is the same word and the old one's box is too
    low for its letters.
    """
    flat = old.text == new.text and old.box.height < _FLAT * height and old.confidence < scale.sure_word
    return flat or _same_place(new, old)


def _same_place(one: Word, other: Word) -> bool:
    width, height = one.box.shared_width(other.box), one.box.shared_height(other.box)
    return width > _SHARED * min(one.box.width, other.box.width) and height > _SHARED * min(
        one.box.height, other.box.height
    )
