"""How well a text was read: characters in order, words as a bag, marks, and the order itself."""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from rapidfuzz.distance import LCSseq, Levenshtein

from bench.alignment import AROUND, LEADERS, arranged
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc, without_marks

_DRAWS = 1000
PUNCTUATION = AROUND
_BROKEN = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one text; they add up over texts.

    `errors` of `characters`, reading order included, `misread` without it; `found` of `wanted` words among
    those `read`, in any order; `edits` of the words in order; `untoned` words with the right letters and a
    wrong mark, `capitals` of them in capitals or with an initial; `ordered` words of those found stand in the
    truth's order.
    """

    errors: int
    misread: int
    characters: int
    found: int
    wanted: int
    read: int
    edits: int
    untoned: int
    ordered: int
    capitals: int

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def cer(self) -> float:
        """Character error rate in per cent, reading order included, runs of white space as one space."""
        return 100 * self.errors / max(1, self.characters)

    @property
    def letters(self) -> float:
        """Character error rate in per cent with every word found in its place (bench/alignment.py)."""
        return 100 * self.misread / max(1, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate in per cent, reading order included."""
        return 100 * self.edits / max(1, self.wanted)

    @property
    def recall(self) -> float:
        """Share of the truth's words that were read, in per cent."""
        return 100 * self.found / max(1, self.wanted)

    @property
    def precision(self) -> float:
        """Share of the words read that are in the truth, in per cent."""
        return 100 * self.found / max(1, self.read)

    @property
    def wrong(self) -> int:
        """Words missed and words too much."""
        return self.wanted + self.read - 2 * self.found

    @property
    def tones(self) -> float:
        """Share of the truth's words that were read with a wrong mark and else right, in per cent."""
        return 100 * self.untoned / max(1, self.wanted)

    @property
    def order(self) -> float:
        """Share of the words found that stand in the truth's order, in per cent."""
        return 100 * self.ordered / max(1, self.found)


def score(truth: str, read: str, *, allowed: Sequence[str] = ()) -> Score:
    """Compare a reading with the truth; words of `allowed` texts (handwriting) may be read or not."""
    truth, read = _even(truth), _even(read)
    in_truth, in_reading = word_list(truth), word_list(read)
    wanted, got = Counter(in_truth), Counter(in_reading)
    right = wanted & got
    optional = ((got - wanted) & words(" ".join(allowed))).total()
    return Score(
        errors=Levenshtein.distance(truth, read),
        misread=Levenshtein.distance(truth, " ".join(arranged(truth.split(), read.split()))),
        characters=len(truth),
        found=right.total(),
        wanted=wanted.total(),
        read=got.total() - optional,
        edits=Levenshtein.distance(in_truth, in_reading),
        untoned=(_folded(wanted - got) & _folded(got - wanted)).total(),
        ordered=LCSseq.similarity(in_truth, in_reading),
        capitals=(_capitals(wanted - got) & _capitals(got - wanted)).total(),
    )


def interval(scores: Sequence[Score], value: Callable[[Score], float]) -> tuple[float, float]:
    """The 95 % confidence interval of a value over such texts: whole texts are drawn anew (bootstrap)."""
    rng = random.Random(len(scores))
    drawn = sorted(value(total(rng.choices(scores, k=len(scores)))) for _ in range(_DRAWS))
    return drawn[round(0.025 * _DRAWS)], drawn[round(0.975 * _DRAWS) - 1]


def total(scores: Sequence[Score]) -> Score:
    """The sum."""
    return sum(scores[1:], scores[0])


def words(text: str) -> Counter[str]:
    """NFC words without the punctuation around them, and how often each stands there."""
    return Counter(word_list(text))


def word_list(text: str) -> list[str]:
    """The same in their order."""
    stripped = (word.strip(PUNCTUATION) for word in nfc(text).split())
    return [word for word in stripped if word]


def _folded(bag: Counter[str]) -> Counter[str]:
    """Without marks and case."""
    folded: Counter[str] = Counter()
    for word, count in bag.items():
        folded[fold(word)] += count
    return folded


def _capitals(bag: Counter[str]) -> Counter[str]:
    """The words that begin with a capital, without marks, case kept."""
    found: Counter[str] = Counter()
    for word, count in bag.items():
        if word[0].isupper():
            found[without_marks(word).replace("Đ", "D").replace("đ", "d")] += count
    return found


def _even(text: str) -> str:
    """One space between words; a code broken at a hyphen (18/2025/TT- at a line's end, BCT) made whole.

    Dotted leaders are to be written on, not to be read: out of both texts.
    """
    text = LEADERS.sub(" ", nfc(text))
    return " ".join(_BROKEN.sub("-", text).split())
