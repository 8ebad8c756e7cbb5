"""What words usually follow each other: marks that were misread are put right where the sentence says so.

A reader mistakes marks far more often than letters (phô for phố, bỗ for bổ), and each of the two is a
legal syllable, so only the neighbours tell. Among the syllables with the same letters the likeliest chain is
looked for (Viterbi): how often one follows the other, against what it costs to go against the reader, the
more the surer that was. Only small letters are ever touched: no number, no code, no name, no capitals. The
engine's own word stays beside the new one (`Word.raw`).

The counts come from laws, decrees, our profiles and a list of words (training/bigrams.py); they know no
names.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import zstandard

from scanflow.model import Word
from scanflow.text.alphabet import TONE_MARKS
from scanflow.text.normalization import canonical_tone, nfc, without_marks

COUNTS = Path(__file__).parent / "bigrams.zst"
"""A line a pair: the first syllable, the second, how often."""

_SYLLABLE = re.compile(r"[^\W\d_]+")
_EDGES = " .,;:!?()[]\"'“”‘’«»…-–—"

# Natural logarithms: to change a word costs this much, this much more the surer the reader was, and this
# much for every further mark. Measured (docs/reading.md); around these it hardly matters.
_CHANGE, _SURE, _FURTHER = 2.5, 8.0, 1.5
_DISCOUNT = 0.9  # taken off each pair's count, for the pairs that were never seen
_UNSEEN = 0.1  # what a word counts that was never seen

_START = ""
_TONES = frozenset(TONE_MARKS)


@dataclass(frozen=True, slots=True)
class Language:
    """How often syllables stand alone and behind each other, and which have the same letters."""

    pairs: Mapping[tuple[str, str], int]
    before: Mapping[str, int]
    alone: Mapping[str, int]
    alike: Mapping[str, Sequence[str]]
    followers: Mapping[str, int]
    total: int

    def neg_log_prob(self, word: str, previous: str) -> float:
        """Minus the logarithm of how likely a word is after another."""
        alone = (self.alone.get(word, 0) + _UNSEEN) / (self.total + _UNSEEN * len(self.alone))
        count = self.before.get(previous, 0)
        if not count:
            return -math.log(alone)
        # Absolute discounting: behind a word seen seven times, a pair that was seen once says little.
        seen = max(0.0, self.pairs.get((previous, word), 0) - _DISCOUNT)
        return -math.log((seen + _DISCOUNT * self.followers[previous] * alone) / count)


@lru_cache(maxsize=1)
def load_language() -> Language:
    """The counts that the program comes with."""
    text = zstandard.ZstdDecompressor().decompress(COUNTS.read_bytes(), max_output_size=2**26).decode()
    # All at once and by columns: line by line it takes twice as long, each time that a program starts.
    cells = text.replace("\n", "\t").split("\t")
    firsts, seconds, counts = cells[0:-1:3], cells[1::3], list(map(int, cells[2::3]))
    pairs = dict(zip(zip(firsts, seconds, strict=True), counts, strict=True))
    followers = Counter(firsts)
    before: dict[str, int] = defaultdict(int)
    alone: dict[str, int] = defaultdict(int)
    for first, second, count in zip(firsts, seconds, counts, strict=True):
        before[first] += count
        alone[second] += count
    alike: dict[str, list[str]] = defaultdict(list)
    for word in sorted(alone):
        alike[without_marks(word)].append(word)
    return Language(pairs, dict(before), dict(alone), dict(alike), dict(followers), sum(alone.values()))


def correct_diacritics(words: Sequence[Word], language: Language) -> list[Word]:
    """The words with marks changed where their neighbours speak clearly against the reading."""
    result = list(words)
    for start, end in _sentences(words):
        chain = _likeliest([(_plain(word), word.confidence) for word in words[start:end]], language)
        for index, better in enumerate(chain, start):
            plain = _plain(words[index])
            if better != plain.lower():
                text = words[index].text
                result[index] = replace(words[index], text=text.replace(plain, better), raw=text)
    return result


def _marks_apart(one: str, other: str) -> int:
    """How many marks of two words with the same letters differ: tones, and hats, breves and horns."""
    apart = 0
    for first, second in zip(nfc(one), nfc(other), strict=True):
        differing = set(unicodedata.normalize("NFD", first)) ^ set(unicodedata.normalize("NFD", second))
        apart += bool(differing & _TONES) + bool(differing - _TONES)
    return apart


def _plain(word: Word) -> str:
    return word.text.strip(_EDGES)


def _sentences(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Stretches of syllables with nothing between them: from, to."""
    start = 0
    for index, word in enumerate(words):
        plain = _plain(word)
        ends = not _SYLLABLE.fullmatch(plain)
        if ends or word.block != words[start].block or not word.text.startswith(plain):
            if index > start:
                yield start, index
            start = index + 1 if ends else index
        if not ends and not word.text.endswith(plain):
            yield start, index + 1
            start = index + 1
    if start < len(words):
        yield start, len(words)


def _likeliest(read: Sequence[tuple[str, float]], language: Language) -> list[str]:
    """The cheapest chain through what each word may have been, in small letters."""
    ways: dict[str, tuple[float, list[str]]] = {_START: (0.0, [])}
    for word, confidence in read:
        options = [word.lower()]
        if word.islower():
            options += _others(word, language)
        further: dict[str, tuple[float, list[str]]] = {}
        for option in options:
            change = 0.0 if option == options[0] else _cost_of_change(word, option, confidence)
            cost, chain = min(
                (cost + language.neg_log_prob(option, previous), chain)
                for previous, (cost, chain) in ways.items()
            )
            further[option] = (cost + change, [*chain, option])
        ways = further
    return min(ways.values())[1]


def _others(word: str, language: Language) -> list[str]:
    """What a word may have been; not the same with its tone over the other vowel (hòa, hoà)."""
    same = canonical_tone(word)
    return [other for other in language.alike.get(without_marks(word), ()) if canonical_tone(other) != same]


def _cost_of_change(word: str, other: str, confidence: float) -> float:
    further = _marks_apart(word, other) - 1
    return _CHANGE + _SURE * max(0.0, confidence - 0.5) + _FURTHER * further
