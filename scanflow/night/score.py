"""Two readings of a page compared: which is better, by how much, how sure that is, how much they disagree.

Words that both have say nothing for either. Each other word counts its letters times (chance − 0.45): a word
that is rather wrong counts against the reading that has it, a missing one against the other. The chance is
the word's calibrated confidence, lowered for what can be no word of a Vietnamese paper; that is the same
for both readings, whatever their engines think of themselves. In which order the words stand does not
count.

Where the two say something different of the same place, at most one of them is right, so the chances are
those under that condition: 0.98 against 0.8 is nearly sure, 0.93 against 0.9 is a toss. Each word that counts
may be right or wrong, and by that much the gain may be off (`doubt`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from scanflow.model import Box, Word
from scanflow.text.normalization import normalize
from scanflow.text.plausibility import is_plausible
from scanflow.text.spelling_frequency import has_known_letters, is_usual

MARGIN = 0.1
"""Letters that a page must gain at least, as they are expected: less is what calibration may be wrong by."""
MARGIN_SHARE = 0.0001
"""The same as a share of the page's letters."""
CERTAINTY = 0.5
"""So many times its doubt a gain must be: then about seven of ten such pages gain, if it is a single word,
and nearly all where there are several.
"""
STRONG = 0.3
"""From this share of the letters on, two readings disagree so much that a person should look."""
SAFELY = 2.0
"""So many times the words that a page is expected to spoil it must put right: one that puts a word right here
and spoils one there is no safe gain.
"""

_AROUND = " .,;:!?()[]{}<>\"'“”‘’«»…-–—_=*|/\\"
# What remains of the chance of a word that is no legal syllable, number or code; and of one in small
# letters whose marks are rare for its letters. An engine that is wrong is often sure of it.
_IMPLAUSIBLE, _UNUSUAL = 0.5, 0.85
_SAME_PLACE = 0.5
_WORTHLESS = 0.45
"""A word of this chance is worth as much as none: most letters of a misread word are right all the same,
while dirt that was read as a word is worse than nothing.
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`old` and `new`: letters of each reading; `gain`: letters that the new one is expected to have right
    more.

    `apart`: letters of both that only one of them has; `variance` of the gain, if each word is right with
    its chance; `put_right`: by how many wrong words, missing or too many, less are expected at some places;
    `spoilt`: by how many more where the old reading has a word. Of a page, or of several together.
    """

    old: int = 0
    new: int = 0
    gain: float = 0.0
    apart: int = 0
    variance: float = 0.0
    put_right: float = 0.0
    spoilt: float = 0.0

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(
            self.old + other.old,
            self.new + other.new,
            self.gain + other.gain,
            self.apart + other.apart,
            self.variance + other.variance,
            self.put_right + other.put_right,
            self.spoilt + other.spoilt,
        )

    @property
    def doubt(self) -> float:
        """By how many letters the gain may be off: its standard deviation."""
        return sqrt(self.variance)

    @property
    def margin(self) -> float:
        """What the gain, or the loss, must pass to count."""
        return max(MARGIN, MARGIN_SHARE * max(self.old, self.new))

    @property
    def is_better(self) -> bool:
        surely = self.gain > max(self.margin, CERTAINTY * self.doubt)
        return surely and self.put_right > SAFELY * self.spoilt

    @property
    def is_worse(self) -> bool:
        return self.gain < -self.margin

    @property
    def disagreement(self) -> float:
        """Share of the letters that only one reading has, 0 to 1."""
        return self.apart / max(1, self.old + self.new)


@dataclass(frozen=True, slots=True)
class _Read:
    """A word as it counts: its text without the punctuation around it."""

    text: str
    chance: float
    box: Box


def compare(old: Iterable[Word], new: Iterable[Word]) -> Comparison:
    """Compare two readings of one page, in the same coordinates; handwriting and what a person typed does not
    count.
    """
    before, after = _by_text(old), _by_text(new)
    lost: list[_Read] = []
    won: list[_Read] = []
    for text in before.keys() | after.keys():
        first, second = before.get(text, []), after.get(text, [])
        # Of a word that one has more often than the other, the least likely ones are those that are too many.
        shared = min(len(first), len(second))
        lost += first[: len(first) - shared]
        won += second[: len(second) - shared]
    apart = sum(len(each.text) for each in (*lost, *won))
    parts = [_difference(was, is_now) for was, is_now in _by_place(lost, won)]
    return total([Comparison(_letters(before), _letters(after), apart=apart), *parts])


def _by_place(lost: Sequence[_Read], won: Sequence[_Read]) -> Iterator[tuple[_Read | None, _Read | None]]:
    """What only one reading has, beside what the other has at the same place; None where it has nothing."""
    left = sorted(lost, key=lambda each: (each.box.left, each.text))
    for is_now in sorted(won, key=lambda each: (each.box.left, each.text)):
        was = next((each for each in left if _is_same_place(each.box, is_now.box)), None)
        if was is not None:
            left.remove(was)
        yield was, is_now
    for was in left:
        yield was, None


def _is_same_place(one: Box, other: Box) -> bool:
    """Whether two boxes cover each other by most of the smaller one, in both directions."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > _SAME_PLACE * min(one.width, other.width) and down > _SAME_PLACE * min(
        one.height, other.height
    )


def _difference(was: _Read | None, is_now: _Read | None) -> Comparison:
    """What one word instead of another, or of none, is expected to gain."""
    first, second = (each.chance if each else 0.0 for each in (was, is_now))
    if was is not None and is_now is not None:
        # At most one is right.
        only_first, only_second = first * (1 - second), second * (1 - first)
        whole = only_first + only_second + (1 - first) * (1 - second)
        first, second = (only_first / whole, only_second / whole) if whole > 0 else (0.5, 0.5)
    old, new = (len(each.text) if each else 0 for each in (was, is_now))
    gain = new * (second - _WORTHLESS) - old * (first - _WORTHLESS)
    squares = new * new * second + old * old * first
    # A word is wrong that is missing, and one that is too many.
    fewer = (2 * second - 1 if is_now else 0.0) - (2 * first - 1 if was else 0.0)
    return Comparison(
        gain=gain,
        variance=squares - (new * second - old * first) ** 2,
        put_right=max(0.0, fewer),
        spoilt=max(0.0, -fewer) if was else 0.0,
    )


def _by_text(words: Iterable[Word]) -> dict[str, list[_Read]]:
    """Words by their text, the least likely first."""
    found = defaultdict[str, list[_Read]](list)
    for word in words:
        text = normalize(word.text).strip(_AROUND)
        if text and word.searchable and not word.by_person:
            found[text].append(_Read(text, chance(text, word.confidence), word.box))
    return {text: sorted(reads, key=lambda each: each.chance) for text, reads in found.items()}


def chance(text: str, confidence: float) -> float:
    """How likely a word is right, 0 to 1, by its confidence and by what it looks like."""
    if not is_plausible(text):
        return _IMPLAUSIBLE * confidence
    if text.islower() and has_known_letters(text) and not is_usual(text):
        return _UNUSUAL * confidence
    return confidence


def _letters(words: Mapping[str, Sequence[_Read]]) -> int:
    return sum(len(text) * len(reads) for text, reads in words.items())


def total(comparisons: Sequence[Comparison]) -> Comparison:
    """Several pages together."""
    return sum(comparisons, Comparison())
