"""Puts the words of a reading into the truth's order, for a character error rate that ignores the order.

In which order the blocks of a head, two signatures or a form's columns are read is often one choice among
several good ones. A truth has one of them, and a moved block counts twice in the character error rate: as
missing and as inserted. Here every word that was read right is moved to its place in the truth, and the words
between two such words stay between them.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import LCSseq

AROUND = " .,;:!?()[]{}<>\"'“”‘’«»…-–—_=*|/\\"
LEADERS = re.compile(r"[.…_]{4,}|(?=[.…]*…)[.…]{2,}")
"""Dotted leaders (dòng chấm) as typed truths have them."""


def arranged(truth: Sequence[str], read: Sequence[str]) -> list[str]:
    """The words of `read`, those that stand in `truth` in its order; both with their punctuation."""
    wanted, got = [_bare(word) for word in truth], [_bare(word) for word in read]
    places = _in_order(wanted, got)
    places |= _moved(wanted, got, places)
    keys = _keys(places, set(places.values()), len(read))
    return [read[index] for index in sorted(range(len(read)), key=lambda index: (keys[index], index))]


def _bare(word: str) -> str:
    """The word without the punctuation around it, unless it is punctuation only."""
    word = unicodedata.normalize("NFC", word)
    return word.strip(AROUND) or word


def _in_order(wanted: Sequence[str], got: Sequence[str]) -> dict[int, int]:
    """Which word of the truth each word is that stands in its order."""
    return {
        step.dest_start + offset: step.src_start + offset
        for step in LCSseq.opcodes(wanted, got)
        if step.tag == "equal"
        for offset in range(step.src_end - step.src_start)
    }


def _moved(wanted: Sequence[str], got: Sequence[str], placed: dict[int, int]) -> dict[int, int]:
    """The same for words that stand elsewhere; runs of such words are kept together."""
    taken = set(placed.values())
    free: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(wanted):
        if place not in taken:
            free[word].append(place)
    moved: dict[int, int] = {}
    last = -1
    for index, word in enumerate(got):
        if index in placed or not free.get(word):
            continue
        rest = got[index:]
        best = max(free[word], key=lambda place: (place == last + 1, _run(wanted[place:], rest)))
        free[word].remove(best)
        moved[index] = last = best
    return moved


def _run(wanted: Sequence[str], got: Sequence[str]) -> int:
    """How many words agree from the start."""
    return next((no for no, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), len(got))


def _keys(places: dict[int, int], taken: set[int], count: int) -> list[float]:
    """What to sort by: the word's place in the truth. A word that the truth has not comes just behind the
    word before it, or before the next word where only there the truth has something that was not read.
    """
    keys = [0.0] * count
    for start, end in _stretches(places, count):
        before, after = places.get(start - 1, -1), places.get(end)
        joins_follower = after is not None and after - 1 not in taken and before + 1 in taken
        key = after - 0.5 if after is not None and joins_follower else before + 0.5
        for index in range(start, end):
            keys[index] = key
    for index, place in places.items():
        keys[index] = float(place)
    return keys


def _stretches(places: dict[int, int], count: int) -> Iterator[tuple[int, int]]:
    """Runs of words that the truth has not: from, to."""
    start = None
    for index in range(count + 1):
        if index == count or index in places:
            if start is not None:
                yield start, index
            start = None
        elif start is None:
            start = index
