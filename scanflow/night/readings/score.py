"""Compares two readings of a page place by place: where they differ, which is likelier right, and how surely.

Words that both have at the same place decide nothing. Everything else is divided into places: words that only
one reading has, with those that the other has there instead. The chance of each word is its calibrated
confidence, lowered if it can't be a word of a Vietnamese paper, and lowered again because only one of two
readings has it. Both readings are treated alike, whatever their engines. Where both have different words at a
place, at most one is right, so the chances are conditional on that: 0.98 against 0.8 is nearly sure, 0.93
against 0.9 is undecided. Neighbouring words count too: for one word against another (phán luật is rare, pháp
luật is not), and for a word instead of none, which may be the visible part of a word under a seal (háp luật).

A missing word is wrong, and so is one too many. So a word of chance p instead of none reduces the wrong words
by 2 p − 1. The order of words does not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

from scanflow.model import Box, Word
from scanflow.night.readings.chances import Read, alone, beside, in_context, neighbour_evidence, reads_of

SURE = 0.2
"""A place must be expected to have at least so many fewer wrong words: a word is inserted from a chance of
0.6.
"""
CERTAINTY = 1.0
"""A page's gain must be so many times its standard deviation: a single corrected word must be nearly sure."""
SAFELY = 2.0
"""To exchange a whole page, it must lose so many times the wrong words that it gets."""
STRONG = 0.3
"""From this share of different letters on, a person should check the page."""

_SAME_PLACE = 0.25
"""Boxes that share more than this of the smaller one's width and height can't both be words of the page."""
_STRIP = 12.0
"""Points: a line's height, about."""
_WORTHLESS = 0.45
"""A word of this chance gains no letters, because most letters of a misread word are right."""


@dataclass(frozen=True, slots=True)
class WordDifference:
    """Where two readings differ: the words of the old one and of the new one (either may have none).

    With the new words `fewer` wrong words are expected, and `gain` more right letters. `variance` is that of
    `fewer`, if each word is right with its chance. `taken`: whether the new words are taken.
    """

    old: tuple[Read, ...]
    new: tuple[Read, ...]
    fewer: float
    gain: float
    variance: float
    taken: bool = False


@dataclass(frozen=True)
class Comparison:
    """`old` and `new`: number of letters of each reading; `places`: where they differ. For one page or
    several.
    """

    old: int = 0
    new: int = 0
    places: tuple[WordDifference, ...] = ()

    @cached_property
    def taken_places(self) -> tuple[WordDifference, ...]:
        """The places where the new reading is taken."""
        return tuple(each for each in self.places if each.taken)

    @property
    def is_better(self) -> bool:
        """Whether it is sure enough that the taken places improve the page.

        A reading without any words is no evidence against the words of the other.
        """
        surely = _fewer(self.taken_places) > CERTAINTY * _doubt(self.taken_places)
        return self.new > 0 and self.gain > 0 and surely

    @property
    def is_better_as_a_whole(self) -> bool:
        """The same for a page that takes the whole new reading."""
        return _is_better_whole(self.places) and _fewer(self.places) > CERTAINTY * _doubt(self.places)

    @property
    def is_worse(self) -> bool:
        """Whether the new reading as a whole is probably worse."""
        return _fewer(self.places) < -SURE

    @property
    def gain(self) -> float:
        """Expected number of additional right letters by the taken places."""
        return sum(each.gain for each in self.taken_places)

    @property
    def difference(self) -> float:
        """The same for the new reading as a whole."""
        return sum(each.gain for each in self.places)

    @property
    def apart(self) -> int:
        """Number of letters that only one of the readings has."""
        return sum(_letters((*each.old, *each.new)) for each in self.places)

    @property
    def disagreement(self) -> float:
        """Share of the letters that only one reading has, 0 to 1."""
        return self.apart / max(1, self.old + self.new)


def compare(old: Iterable[Word], new: Iterable[Word]) -> Comparison:
    """Compare two readings of one page, in the same coordinates; handwriting and what a person typed does not
    count.
    """
    before, after = reads_of(old), reads_of(new)
    shared = _shared(before, after)
    common_old, common_new = {one.index for one, _ in shared}, {other.index for _, other in shared}
    lost = [alone(each) for each in before if each.index not in common_old]
    won = [alone(each) for each in after if each.index not in common_new]
    # Where both have a word nothing else can stand.
    firm = _Rows(one for one, _ in shared), _Rows(other for _, other in shared)
    places = [_place(first, second, firm) for first, second in _by_place(lost, won)]
    chosen = _chosen(places, [other for _, other in shared])
    return Comparison(_letters(before), _letters(after), tuple(chosen))


def _chosen(places: Sequence[WordDifference], shared: Iterable[Read]) -> Iterator[WordDifference]:
    """The places with those marked that are taken: each that is surely better.

    A line of which the older reading had less than half is taken as a whole if that is better: a doubtful
    word in it is better than a gap.
    """
    by_line, common = (
        defaultdict[tuple[int, int], list[WordDifference]](list),
        defaultdict[tuple[int, int], int](int),
    )
    for read in shared:
        common[read.line] += len(read.text)
    for place in places:
        if place.new:
            by_line[place.new[0].line].append(place)
    whole = {
        line
        for line, on_it in by_line.items()
        if common[line] < sum(_letters(each.new) for each in on_it) and _is_better_whole(on_it)
    }
    for place in places:
        yield replace(place, taken=place.fewer > SURE or bool(place.new and place.new[0].line in whole))


def _is_better_whole(places: Sequence[WordDifference]) -> bool:
    better = sum(max(0.0, each.fewer) for each in places)
    worse = sum(max(0.0, -each.fewer) for each in places)
    return better > max(SURE, SAFELY * worse)


def _letters(reads: Iterable[Read]) -> int:
    return sum(len(each.text) for each in reads)


def _shared(old: Sequence[Read], new: Sequence[Read]) -> list[tuple[Read, Read]]:
    """Words that both readings have at about the same place, the nearest ones first."""
    by_text = defaultdict[str, list[Read]](list)
    for each in new:
        by_text[each.text].append(each)
    near = [
        (_distance(one.box, other.box), one.index, other.index, one, other)
        for one in old
        for other in by_text[one.text]
        if _is_near(one.box, other.box)
    ]
    taken_old, taken_new = set[int](), set[int]()
    pairs: list[tuple[Read, Read]] = []
    for _, _, _, one, other in sorted(near, key=lambda each: each[:3]):
        if one.index not in taken_old and other.index not in taken_new:
            taken_old.add(one.index)
            taken_new.add(other.index)
            pairs.append((one, other))
    return pairs


def _distance(one: Box, other: Box) -> float:
    across, down = one.centre_distance(other)
    return across + 2 * down


def _is_near(one: Box, other: Box) -> bool:
    across, down = one.centre_distance(other)
    return across <= max(one.width, other.width) and down <= max(one.height, other.height)


def _by_place(lost: Sequence[Read], won: Sequence[Read]) -> list[tuple[tuple[Read, ...], tuple[Read, ...]]]:
    """Words that only one reading has, with those of the other instead: one word may replace several."""
    there = _Rows(lost)
    at = {each.index: ([each], list[Read]()) for each in lost}  # by each old word's index, joined as it grows
    alone: list[tuple[list[Read], list[Read]]] = []
    for read in sorted(won, key=lambda each: (each.box.left, each.index)):
        touched = {id(at[each.index]): at[each.index] for each in there.at_place(read)}
        if not touched:
            alone.append(([], [read]))
            continue
        joined = (
            [each for first, _ in touched.values() for each in first],
            [*(each for _, second in touched.values() for each in second), read],
        )
        at.update((each.index, joined) for each in joined[0])
    found = [*{id(each): each for each in at.values()}.values(), *alone]
    return [(tuple(first), tuple(second)) for first, second in found]


class _Rows:
    """Words by horizontal strips of the page, so that those of a place are found quickly."""

    def __init__(self, reads: Iterable[Read]) -> None:
        self._strips = defaultdict[int, list[Read]](list)
        for read in reads:
            for strip in self._of(read.box):
                self._strips[strip].append(read)

    def at_place(self, read: Read) -> list[Read]:
        """Words at the same place as `read`: at most one of them all can be a word of the page."""
        found = {
            each.index: each
            for strip in self._of(read.box)
            for each in self._strips.get(strip, ())
            if is_same_place(each.box, read.box)
        }
        return list(found.values())

    @staticmethod
    def _of(box: Box) -> range:
        return range(int(box.top // _STRIP), int(box.bottom // _STRIP) + 1)


def is_same_place(one: Box, other: Box) -> bool:
    """Whether two boxes overlap so much that only one of them can be a word of the page."""
    wide = one.shared_width(other) > _SAME_PLACE * min(one.width, other.width)
    return wide and one.shared_height(other) > _SAME_PLACE * min(one.height, other.height)


def _place(old: tuple[Read, ...], new: tuple[Read, ...], firm: "tuple[_Rows, _Rows]") -> WordDifference:
    """The expected gain of one reading against the other at a place; `firm`: the words that both have."""
    before = [_against(each, (*new, *firm[1].at_place(each))) for each in old]
    after = [_against(each, (*old, *firm[0].at_place(each))) for each in new]
    if len(old) == len(new) == 1:
        (before[0], after[0]) = in_context(before[0], after[0], neighbour_evidence(old[0], new[0]))
    elif not (old and new):
        before = [beside(read, each) for read, each in zip(old, before, strict=True)]
        after = [beside(read, each) for read, each in zip(new, after, strict=True)]
    fewer = sum(2 * each - 1 for each in after) - sum(2 * each - 1 for each in before)
    gain = sum(len(read.text) * (each - _WORTHLESS) for read, each in zip(new, after, strict=True))
    gain -= sum(len(read.text) * (each - _WORTHLESS) for read, each in zip(old, before, strict=True))
    return WordDifference(old, new, fewer, gain, sum(4 * each * (1 - each) for each in (*before, *after)))


def _against(read: Read, others: Iterable[Read]) -> float:
    """The chance of a word, if at most one of it and of those at its place in the other reading is right."""
    other = max((each.chance for each in others if is_same_place(read.box, each.box)), default=0.0)
    this, that = read.chance * (1 - other), other * (1 - read.chance)
    whole = this + that + (1 - read.chance) * (1 - other)
    return this / whole if whole > 0 else 0.5


def _fewer(places: Iterable[WordDifference]) -> float:
    return sum(each.fewer for each in places)


def _doubt(places: Iterable[WordDifference]) -> float:
    """The standard deviation of the expected number of wrong words."""
    return sqrt(sum(each.variance for each in places))


def total(comparisons: Sequence[Comparison]) -> Comparison:
    """Several pages together."""
    return Comparison(
        sum(each.old for each in comparisons),
        sum(each.new for each in comparisons),
        tuple(place for each in comparisons for place in each.places),
    )
