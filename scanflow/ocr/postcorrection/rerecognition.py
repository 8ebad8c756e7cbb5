"""Recognizes uncertain lines again from pictures of single lines, and keeps the better reading of each word.

When the engine reads a whole page, it cuts off the highest marks of some lines; in the picture of a line it
sees them. Besides, the errors of two readings are partly independent. Only printed lines with uncertain words
are read again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from scanflow.model import Word
from scanflow.ocr.confidence import count_letters, mean_confidence
from scanflow.ocr.engines.base import LineEngine
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.plausibility import is_plausible
from scanflow.units import pixels_per_point

ReadLines = Callable[[Sequence[NDArray[np.uint8]], float], list[list[Word]]]
"""As `BatchEngine.recognize_lines`."""

# Measured (docs/decisions/0016-what-reading-tried.md): MOST and the missing margin above and below; the other
# values were set by judgement.
# Greatest share of a page's lines that are read again. With a fifth or a seventh 899 wrong words of five sets
# become 910 or 914, for 10 or 25 % less CPU of this step; all lines take 0.6 s more a page.
MOST = 0.25
# Points left and right of a line. Above and below there is none: with one or two points 75 and 84 words are
# wrong instead of 68.
MARGIN = 3.0
LOWEST = 8  # pixels: least height and width of a line's picture
IMPLAUSIBLE = 0.5  # factor for the confidence of implausible words
OVERLAP = 0.3  # words that share more than this part of the narrower one's width are at the same place


def rerecognize_uncertain_lines(
    words: Sequence[Word],
    copy: NDArray[np.uint8],
    dpi: float,
    engine: LineEngine,
    read_lines: ReadLines | None = None,
) -> list[Word]:
    """The words read from `copy` (grey, h, w), in uncertain lines those of a second reading if it is better.

    Boxes are in points of the copy. `read_lines` reads all these lines at once; without it the engine reads
    them one by one.
    """
    lines = _by_line(words)
    again = [
        (line, part)
        for line in _uncertain_lines(lines, engine.scale)
        if min((part := _picture(line, copy, dpi))[1].shape) >= LOWEST
    ]
    pictures = [picture for _, (_, picture) in again]
    read = (
        read_lines(pictures, dpi)
        if read_lines
        else [engine.recognize_line(picture, dpi) for picture in pictures]
    )
    second = {
        id(line): [
            replace(word, box=word.box.moved(*corner), block=line[0].block, line=line[0].line)
            for word in of_line
        ]
        for (line, (corner, _)), of_line in zip(again, read, strict=True)
    }
    result: list[Word] = []
    for line in lines:
        result += _merge(line, second[id(line)]) if id(line) in second else line
    return result


def _by_line(words: Sequence[Word]) -> list[list[Word]]:
    return [list(line) for _, line in groupby(words, key=lambda word: (word.block, word.line))]


def _uncertain_lines(lines: Sequence[list[Word]], scale: ConfidenceScale) -> list[list[Word]]:
    """The lines to read again, the highest mean confidence first; at most `MOST` of all lines, or one."""
    doubtful = [
        line
        for line in lines
        if min(word.confidence for word in line) < scale.uncertain_word
        and mean_confidence(line) >= scale.printed_line
    ]
    return sorted(doubtful, key=mean_confidence, reverse=True)[: max(1, int(MOST * len(lines)))]


def _picture(
    line: list[Word], copy: NDArray[np.uint8], dpi: float
) -> tuple[tuple[float, float], NDArray[np.uint8]]:
    """The upper left corner of the line's picture in points of the copy, and the picture (grey, h, w)."""
    scale = pixels_per_point(dpi)
    left = max(0, int((min(word.box.left for word in line) - MARGIN) * scale))
    upper = max(0, int(min(word.box.top for word in line) * scale))
    right = int((max(word.box.right for word in line) + MARGIN) * scale)
    lower = int(max(word.box.bottom for word in line) * scale)
    return (left / scale, upper / scale), np.ascontiguousarray(copy[upper:lower, left:right])


def _merge(first: list[Word], second: list[Word]) -> list[Word]:
    """For each place on the line the reading with the higher value.

    Words at places where the first reading has none are not taken.
    """
    merged: list[Word] = []
    for place in _places([*first, *second]):
        one, other = ([word for word in source if word in place] for source in (first, second))
        merged += _at_places_of(one, other) if one and _value(other) > _value(one) else one
    return merged


def _at_places_of(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """The second reading's words, with the boxes of the first reading if both have as many words.

    In the reading of a single line a word's box may be too wide: it may begin where the previous word ends.
    """
    if len(first) != len(second):
        return list(second)
    return [replace(new, box=old.box) for old, new in zip(first, second, strict=True)]


def _places(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Groups of words that overlap horizontally, left to right."""
    place: list[Word] = []
    for word in sorted(words, key=lambda word: word.box.left):
        edge = max((other.box.right for other in place), default=0.0)
        narrower = min([word.box.width, *(other.box.width for other in place)])
        if place and edge - word.box.left <= OVERLAP * narrower:
            yield place
            place = []
        place.append(word)
    if place:
        yield place


def _value(words: Sequence[Word]) -> float:
    """The mean confidence, weighted by characters, and reduced for implausible words."""
    counted = (
        len(word.text) * word.confidence * (1.0 if is_plausible(word.text) else IMPLAUSIBLE) for word in words
    )
    return sum(counted) / max(1, count_letters(words))
