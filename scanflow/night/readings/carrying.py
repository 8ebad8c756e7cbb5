"""Applies people's corrections to a new reading: their words at their places, and no word where they removed
one.

The two readings divide the same print into different words with different boxes. So places are compared row
by row: how much of a word's width is covered by words that a person typed or removed, and how much by words
that the person left unchanged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from rapidfuzz.distance import Indel

from scanflow.model import Box, Word
from scanflow.night.readings.people import PersonsPage
from scanflow.ocr.layout.placement import insert_words
from scanflow.text.folding import fold

_MOST = 0.5
"""A word of which more than this is covered is at that place."""
_SCRAP = 0.25
"""A box that covers less than this share of a word is not a reading of it, even at its middle, but dirt."""
_LARGER = 2.5
"""A box that exceeds a word's height by this factor, and is as many of its heights wide, is no word of its
row, but a seal or a frame that was read.
"""
_NEXT = 2.0
"""Greatest distance of two neighbouring words of a line, in heights of the line."""
_CORRECTED = 0.8
"""From this similarity on, words of a line were corrected; below it the whole line was typed anew."""


def carried_over(words: Sequence[Word], page: PersonsPage) -> tuple[Word, ...]:
    """The words of a new reading with what people corrected: their words instead of those at the same
    place, and nothing where they removed something.
    """
    made = without_removed(words, page)
    for _, line in groupby(page.words, key=lambda word: (word.block, word.line)):
        made = _with_line(made, list(line), page.left)
    return tuple(made)


def without_removed(words: Sequence[Word], page: PersonsPage) -> list[Word]:
    """The words of a reading without those at places where a person removed something."""
    removed = [*page.emptied, *_gaps(page.emptied, page.left)]
    return [word for word in words if word.by_person or not _was_removed(word.box, removed, page.left)]


def _with_line(words: Sequence[Word], line: Sequence[Word], left: Sequence[Box]) -> list[Word]:
    """The words with a person's words of one line instead of those at their place; `left`: words that the
    person left unchanged.
    """
    boxes = [word.box for word in line]
    room = [*boxes, *_gaps(boxes, left)]
    there = {index for index, word in enumerate(words) if not word.by_person and _is_at(word.box, room, left)}
    there |= _beyond(words, line, there, left)
    rest = [word for index, word in enumerate(words) if index not in there]
    if not there:
        return insert_words(rest, line) if rest else list(line)
    # Where most of what they replace stands: on its line, in reading order.
    first = min(there)
    host = words[first]
    return [
        *rest[:first],
        *(replace(word, block=host.block, line=host.line) for word in line),
        *rest[first:],
    ]


def _beyond(words: Sequence[Word], line: Sequence[Word], there: set[int], left: Sequence[Box]) -> set[int]:
    """Words that the new reading has further along a line which a person typed: the older reading had
    stopped before them.

    A line that was typed anew is complete. If only words of a line were corrected, it is not known whether
    the person looked further: words beyond it stay, unless the line has them already.
    """
    numbers = {(words[index].block, words[index].line) for index in there}
    said = {fold(word.text) for word in line}
    anew = _is_typed_anew(line)
    found: set[int] = set()
    for forward in (True, False):
        indices = sorted(
            (i for i, word in enumerate(words) if (word.block, word.line) in numbers),
            key=lambda i: words[i].box.left,
            reverse=not forward,
        )
        last: Word | None = None
        for index in indices:
            word = words[index]
            if index in there:
                last = word
            elif last is not None:
                if word.by_person or _is_far(last.box, word.box) or _covered(word.box, left) > _MOST:
                    last = None
                    continue
                if anew or fold(word.text) in said:
                    found.add(index)
                last = word
    return found


def _is_typed_anew(line: Sequence[Word]) -> bool:
    """Whether a line has a text that differs from what was read there, or is much longer."""
    typed = "".join(fold(word.text) for word in line)
    read = "".join(fold(word.text if word.raw is None else word.raw) for word in line)
    likeness = Indel.normalized_similarity(typed.replace(" ", ""), read.replace(" ", ""))
    return likeness < _CORRECTED


def _was_removed(box: Box, removed: Sequence[Box], left: Sequence[Box]) -> bool:
    largest = _LARGER * box.height
    return _is_at(box, [each for each in removed if min(each.height, each.width) <= largest], left)


def _is_at(box: Box, places: Sequence[Box], left: Sequence[Box]) -> bool:
    """Whether a word is at some of these places, and less at words that the person left unchanged."""
    share = _covered(box, places)
    if share <= _SCRAP or share <= _covered(box, left):
        return False
    return share > _MOST or any(each.holds(box) for each in places)


def _gaps(boxes: Sequence[Box], left: Sequence[Box]) -> list[Box]:
    """The gaps between boxes of one row. Print in a gap was missed by the older reading, and is replaced or
    removed together with them.

    Left out are gaps wider than everything on the row, and gaps with a word that the person left unchanged.
    """
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda each: each.left):
        # By its last word: a row may rise or fall over the page.
        row = next((each for each in rows if each[-1].is_on_row_of(box)), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    gaps: list[Box] = []
    for row in rows:
        width = sum(each.width for each in row)
        for one, other in pairwise(row):
            gap = Box(one.right, max(one.top, other.top), other.left, min(one.bottom, other.bottom))
            if 0 < gap.width < width and not any(gap.holds(each) for each in left):
                gaps.append(gap)
    return gaps


def _covered(box: Box, others: Iterable[Box]) -> float:
    """The share of a box's width that others on its row cover, 0 to 1."""
    spans = sorted(
        (max(box.left, other.left), min(box.right, other.right))
        for other in others
        if box.is_on_row_of(other)
    )
    covered, end = 0.0, box.left
    for first, last in spans:
        covered += max(0.0, last - max(first, end))
        end = max(end, last)
    return covered / box.width if box.width > 0 else 0.0


def _is_far(one: Box, other: Box) -> bool:
    return -one.shared_width(other) > _NEXT * min(one.height, other.height)
