"""Two readings of a page compared: which is better, by how much, and how much they disagree.

Words that both have say nothing for either. Each other word counts its letters times (chance − 0.45): a word
that is rather wrong counts against the reading that has it, a missing one against the other. The chance is
the word's calibrated confidence, lowered for what can be no word of a Vietnamese paper; that is the same
for both readings, whatever their engines think of themselves. In which order the words stand does not
count.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanflow.model import Word
from scanflow.text.normalization import normalize
from scanflow.text.plausibility import is_plausible
from scanflow.text.spelling_frequency import has_known_letters, is_usual

MARGIN = 0.1
"""Letters that a page must gain at least, as they are expected: less is what calibration may be wrong by."""
MARGIN_SHARE = 0.0001
"""The same as a share of the page's letters."""
STRONG = 0.3
"""From this share of the letters on, two readings disagree so much that a person should look."""

_AROUND = " .,;:!?()[]{}<>\"'“”‘’«»…-–—_=*|/\\"
# What remains of the chance of a word that is no legal syllable, number or code; and of one in small
# letters whose marks are rare for its letters. An engine that is wrong is often sure of it.
_IMPLAUSIBLE, _UNUSUAL = 0.5, 0.85
_WORTHLESS = 0.45
"""A word of this chance is worth as much as none: most letters of a misread word are right all the same,
while dirt that was read as a word is worse than nothing.
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`old` and `new`: letters of each reading; `gain`: letters that the new one is expected to have right
    more.

    `apart`: letters of both that only one of them has; of a page, or of several together.
    """

    old: int = 0
    new: int = 0
    gain: float = 0.0
    apart: int = 0

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(
            self.old + other.old, self.new + other.new, self.gain + other.gain, self.apart + other.apart
        )

    @property
    def margin(self) -> float:
        """What the gain, or the loss, must pass to count."""
        return max(MARGIN, MARGIN_SHARE * max(self.old, self.new))

    @property
    def is_better(self) -> bool:
        return self.gain > self.margin

    @property
    def is_worse(self) -> bool:
        return self.gain < -self.margin

    @property
    def disagreement(self) -> float:
        """Share of the letters that only one reading has, 0 to 1."""
        return self.apart / max(1, self.old + self.new)


def compare(old: Iterable[Word], new: Iterable[Word]) -> Comparison:
    """Compare two readings of one page; handwriting and what a person typed does not count."""
    before, after = _by_text(old), _by_text(new)
    gain, apart = 0.0, 0
    for text in before.keys() | after.keys():
        first, second = before.get(text, []), after.get(text, [])
        # Of a word that one has more often than the other, the least likely ones are those that are too many.
        shared = min(len(first), len(second))
        gain += sum(_worth(text, chance) for chance in sorted(second)[: len(second) - shared])
        gain -= sum(_worth(text, chance) for chance in sorted(first)[: len(first) - shared])
        apart += len(text) * abs(len(first) - len(second))
    return Comparison(_letters(before), _letters(after), gain, apart)


def _by_text(words: Iterable[Word]) -> dict[str, list[float]]:
    """The chances of words by their text, without the punctuation around it."""
    found = defaultdict[str, list[float]](list)
    for word in words:
        text = normalize(word.text).strip(_AROUND)
        if text and word.searchable and not word.by_person:
            found[text].append(chance(text, word.confidence))
    return found


def chance(text: str, confidence: float) -> float:
    """How likely a word is right, 0 to 1, by its confidence and by what it looks like."""
    if not is_plausible(text):
        return _IMPLAUSIBLE * confidence
    if text.islower() and has_known_letters(text) and not is_usual(text):
        return _UNUSUAL * confidence
    return confidence


def _worth(text: str, chance: float) -> float:
    return len(text) * (chance - _WORTHLESS)


def _letters(words: dict[str, list[float]]) -> int:
    return sum(len(text) * len(chances) for text, chances in words.items())


def total(comparisons: Sequence[Comparison]) -> Comparison:
    """Several pages together."""
    return sum(comparisons, Comparison())
