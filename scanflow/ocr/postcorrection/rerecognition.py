"""Uncertain lines are recognized again, each by itself; of each word the more confident reading is kept.

Reading a page, the engine cuts the uppermost marks off some lines; given the line's picture it sees them.
Its errors in the two readings are partly independent. Only lines of print in which some words are in doubt
are worth it.
"""

from collections.abc import Iterator, Sequence
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

# Measured on real pages (docs/reading.md).
MOST = 0.25  # share of a page's lines that are read again at most: what the CPU budget allows
MARGIN = 3.0  # points beside the line; above and below it others begin
LOWEST = 8  # pixels: less holds no letters
IMPLAUSIBLE = 0.5  # what an implausible word's confidence counts against a plausible one's
OVERLAP = 0.3  # words that share more of their width than this are readings of one place


def rerecognize_uncertain_lines(
    words: Sequence[Word], copy: NDArray[np.uint8], dpi: float, engine: LineEngine
) -> list[Word]:
    """The words read from `copy`; in doubtful lines, those of a second reading where it is surer."""
    lines = _by_line(words)
    again = {id(line) for line in _worth_it(lines, engine.scale)}
    result: list[Word] = []
    for line in lines:
        result += _merge(line, _read(line, copy, dpi, engine)) if id(line) in again else line
    return result


def _by_line(words: Sequence[Word]) -> list[list[Word]]:
    return [list(line) for _, line in groupby(words, key=lambda word: (word.block, word.line))]


def _worth_it(lines: Sequence[list[Word]], scale: ConfidenceScale) -> list[list[Word]]:
    """The doubtful lines, the best of them first, as many as we may read again."""
    doubtful = [
        line
        for line in lines
        if min(word.confidence for word in line) < scale.uncertain_word
        and mean_confidence(line) >= scale.printed_line
    ]
    return sorted(doubtful, key=mean_confidence, reverse=True)[: max(1, int(MOST * len(lines)))]


def _read(line: list[Word], copy: NDArray[np.uint8], dpi: float, engine: LineEngine) -> list[Word]:
    """The line cut out and read; its words in the page's points and under the line's numbers."""
    scale = pixels_per_point(dpi)
    left = max(0, int((min(word.box.left for word in line) - MARGIN) * scale))
    upper = max(0, int(min(word.box.top for word in line) * scale))
    right = int((max(word.box.right for word in line) + MARGIN) * scale)
    lower = int(max(word.box.bottom for word in line) * scale)
    part = np.ascontiguousarray(copy[upper:lower, left:right])
    if min(part.shape) < LOWEST:
        return []
    return [
        replace(word, box=word.box.moved(left / scale, upper / scale), block=line[0].block, line=line[0].line)
        for word in engine.recognize_line(part, dpi)
    ]


def _merge(first: list[Word], second: list[Word]) -> list[Word]:
    """Of each place on the line the reading with the higher value; the first's words are never lost."""
    merged: list[Word] = []
    for place in _places([*first, *second]):
        one, other = ([word for word in source if word in place] for source in (first, second))
        merged += _at_places_of(one, other) if one and _value(other) > _value(one) else one
    return merged


def _at_places_of(first: Sequence[Word], second: Sequence[Word]) -> list[Word]:
    """The second reading's words, at the places of the first where that had as many.

    In a single line's reading a word's box may begin where the word before it ends.
    """
    if len(first) != len(second):
        return list(second)
    return [replace(new, box=old.box) for old, new in zip(first, second, strict=True)]


def _places(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words that stand over each other, left to right."""
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
    """Mean confidence of the letters, that of implausible words discounted."""
    counted = (
        len(word.text) * word.confidence * (1.0 if is_plausible(word.text) else IMPLAUSIBLE) for word in words
    )
    return sum(counted) / max(1, count_letters(words))
