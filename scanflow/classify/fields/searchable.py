"""The text that rules search, with the word and page of each of its characters."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import geometric_mean, median

from scanflow.classify.fields.parsers import LEADERS, UNREADABLE
from scanflow.classify.page_view import Line, PageView
from scanflow.classify.profiles import FieldPlace
from scanflow.model import Box, Word, union
from scanflow.text.folding import aligned_fold

# A word with a lower confidence is no part of a value: it is mostly a dot leader or a pen's stroke.
GUESS = 0.2
# By so much the confidence of a text may be higher than that of its least sure word.
_BEHIND = 0.35
_LOST_WORD = 0.9
"""Letter heights: in a wider gap a word was lost.

Of 1,500 gaps in heads and signatures the widest had 0.6.
"""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of the text: where it begins and ends there, and the number of its page (from 1)."""

    start: int
    end: int
    word: Word
    page: int


@dataclass(frozen=True)
class Searchable:
    """Lines of words as one text, in which an unsure word is replaced by `UNREADABLE`."""

    text: str
    placed: tuple[PlacedWord, ...]

    @cached_property
    def folded(self) -> str:
        return aligned_fold(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [each.start for each in self.placed]

    def words(self, start: int, end: int) -> list[PlacedWord]:
        """The words that overlap the characters from `start` to `end` of the text."""
        first = max(0, bisect_right(self._starts, start) - 1)
        found = []
        for each in self.placed[first:]:
            if each.start >= end:
                break
            if each.end > start:
                found.append(each)
        return found


def searchable(lines: Iterable[tuple[int, Sequence[Word]]], joint: str = "\n") -> Searchable:
    """Lines, each with the number of its page, as one text; `joint` separates lines, a space words."""
    parts: list[str] = []
    placed: list[PlacedWord] = []
    at = 0
    for page, words in lines:
        if parts:
            at += len(joint)
        shown = []
        for word in words:
            text = readable(word)
            placed.append(PlacedWord(at, at + len(text), word, page))
            shown.append(text)
            at += len(text) + 1
        parts.append(" ".join(shown))
        at -= bool(shown)
    return Searchable(joint.join(parts), tuple(placed))


def text_of(pages: Sequence[PageView], place: FieldPlace) -> Searchable:
    """The text of a paper that a rule may search."""
    lines: list[tuple[int, Line]] = [
        (no, line)
        for no, page in enumerate(pages if place == "paper" else pages[:1], start=1)
        for line in page.lines
    ]
    if place == "head":
        lines = [(no, line) for no, line in lines if line.box.top < pages[0].height / 2]
    return searchable((no, line.words) for no, line in lines)


def readable(word: Word) -> str:
    """The text of a word that is print or a head's filled-in number, and sure enough; else `UNREADABLE`.

    A dot leader that is read as a part of a word lowers its confidence: such words always count.
    """
    sure = word.confidence >= GUESS or LEADERS.search(word.text)
    return word.text if sure and word.kind in ("print", "pen") else UNREADABLE


def weakest(words: Sequence[Word]) -> float:
    """The confidence of a code or name, of which every word must be right: that of its least sure word."""
    return min((_confidence(word) for word in words), default=0.0)


def average(words: Sequence[Word]) -> float:
    """The confidence of a text: the geometric mean of its words, limited by its least sure word."""
    if not words:
        return 0.0
    sure = [max(0.01, _confidence(word)) for word in words]
    return min(geometric_mean(sure), min(sure) + _BEHIND)


def lost_between(words: Sequence[Word]) -> bool:
    """Whether two words of a row are so far apart that one between them was lost; not for justified text."""
    most = _LOST_WORD * median([word.box.height for word in words])
    return any(
        right.box.left - left.box.right > most and right.box.is_on_row_of(left.box)
        for left, right in pairwise(words)
    )


def around(words: Sequence[Word]) -> Box | None:
    """The box around words of one page."""
    return union([word.box for word in words]) if words else None


def _confidence(word: Word) -> float:
    # It is the dot leader that makes the engine unsure, not the word.
    return max(word.confidence, 0.9) if LEADERS.search(word.text) else word.confidence
