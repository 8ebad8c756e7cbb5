"""How well a text was read: characters in order, words as a bag."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

PUNCTUATION = " .,;:!?()[]{}<>\"'“”‘’«»…-–—_=*|/\\"


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one text; they add up over texts."""

    errors: int
    characters: int
    found: int
    wanted: int
    read: int

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.errors + other.errors,
            self.characters + other.characters,
            self.found + other.found,
            self.wanted + other.wanted,
            self.read + other.read,
        )

    @property
    def cer(self) -> float:
        """Character error rate in per cent, reading order included, runs of white space as one space."""
        return 100 * self.errors / max(1, self.characters)

    @property
    def recall(self) -> float:
        """Share of the truth's words that were read, in per cent."""
        return 100 * self.found / max(1, self.wanted)

    @property
    def precision(self) -> float:
        """Share of the words read that are in the truth, in per cent."""
        return 100 * self.found / max(1, self.read)


def score(truth: str, read: str, *, allowed: Sequence[str] = ()) -> Score:
    """Compare a reading with the truth; words of `allowed` texts (handwriting) may be read or not."""
    truth, read = _even(truth), _even(read)
    wanted, got = words(truth), words(read)
    found = (wanted & got).total()
    optional = ((got - wanted) & words(" ".join(allowed))).total()
    return Score(Levenshtein.distance(truth, read), len(truth), found, wanted.total(), got.total() - optional)


def words(text: str) -> Counter[str]:
    """NFC words without the punctuation around them, and how often each stands there."""
    stripped = (word.strip(PUNCTUATION) for word in unicodedata.normalize("NFC", text).split())
    return Counter(word for word in stripped if word)


def _even(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
