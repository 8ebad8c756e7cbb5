"""Merges two readings of a page: the lines of the new one, with words of the old one where those are
likelier.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from scanflow.model import Word, union
from scanflow.night.readings.score import Comparison, WordDifference
from scanflow.ocr.layout.placement import insert_words

_NEAR = 3.0
"""Greatest distance of a word to the next one on its line, in heights of the word."""


def merged(old: Sequence[Word], new: Sequence[Word], comparison: Comparison) -> tuple[Word, ...]:
    """The new reading's words; at places that are not `taken`, those of the old reading.

    `comparison` is that of these two readings. Each word of the result is from one of them.
    """
    kept = [each for each in comparison.places if not each.taken]
    replaced = {index: each for each in kept for index in _where(each)}
    made: list[Word] = []
    back: list[list[Word]] = []
    done: set[int] = set()
    for index, word in enumerate(new):
        place = replaced.get(index)
        if place is None:
            made.append(word)
        elif id(place) not in done:
            done.add(id(place))
            words = _old_words(old, [place])
            if words and _is_one_row([*words, word]):
                made += [replace(each, block=word.block, line=word.line) for each in words]
            else:
                back += _runs(old, [place])
    back += _runs(old, [each for each in kept if not each.new])
    for words in back:
        made = _inserted(made, words)
    return tuple(made)


def _where(place: WordDifference) -> list[int]:
    return [read.index for read in place.new]


def _old_words(old: Sequence[Word], places: Iterable[WordDifference]) -> list[Word]:
    return [old[index] for index in sorted(read.index for each in places for read in each.old)]


def _runs(old: Sequence[Word], places: Iterable[WordDifference]) -> list[list[Word]]:
    """The old words of places, those together that follow each other on a line."""
    indices = sorted(read.index for each in places for read in each.old)
    numbered = [(index - no, old[index].block, old[index].line, index) for no, index in enumerate(indices)]
    return [[old[each[3]] for each in run] for _, run in groupby(numbered, key=lambda each: each[:3])]


def _inserted(words: Sequence[Word], run: Sequence[Word]) -> list[Word]:
    """The words with a run of others at its place: on the line where it stands, else as a line of its own."""
    box = union([each.box for each in run])
    row = [
        (abs(word.box.centre_x - box.centre_x), index)
        for index, word in enumerate(words)
        if word.box.is_on_row_of(box)
        and -word.box.shared_width(box) <= _NEAR * min(word.box.height, box.height)
    ]
    if not row:
        return insert_words(words, run)
    index = min(row)[1]
    beside = words[index]
    place = index + (beside.box.centre_x < box.centre_x)
    lined = [replace(each, block=beside.block, line=beside.line) for each in run]
    return [*words[:place], *lined, *words[place:]]


def _is_one_row(words: Sequence[Word]) -> bool:
    return all(words[0].box.is_on_row_of(each.box) for each in words[1:])
