"""Correction of misread marks (dấu) with a bigram language model of Vietnamese syllables.

An engine misreads marks far more often than letters (phô for phố, bỗ for bổ). Both spellings are legal
syllables, so only the neighbouring words can decide. Among the syllables with the same letters the most
probable sequence is searched for (Viterbi). A change has a cost, which grows with the engine's confidence.
Numbers, codes and persons' names are not changed. A word in capitals or with a capital initial is changed
only if the other spelling was counted beside its neighbours many times as often: the engine misreads marks
above capitals most of all, but a spelling that is rare in administrative text may be the name of a place or
firm. The word as it was read is kept in `Word.raw`.

The counts come from laws, procedures, forms and a list of words (training/bigrams.py). They contain no names.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import zstandard

from scanflow.model import Word
from scanflow.ocr.postcorrection.person_names import KnownPairs, name_places
from scanflow.text.alphabet import TONE_MARKS
from scanflow.text.normalization import bare_word, canonical_tone, nfc, without_marks
from scanflow.text.syllables import is_syllable

COUNTS = Path(__file__).parent / "bigrams.zst"
"""Two tables with an empty line between them, in the order that loads fastest; by training/bigrams.py.

A line of the first: letters without marks, then each syllable with these letters and how often it is the
second of a pair. A line of the second: the first syllable of pairs, then each second one and how often.
"""

_SYLLABLE = re.compile(r"[^\W\d_]+")

# Natural logarithms: the cost of a change of one mark, its growth with the engine's confidence above 0.5, and
# the cost of each further mark. Half or twice as much changes recall on real pages by 0.2 at most
# (docs/reading.md).
_CHANGE_COST, _CONFIDENCE_COST, _MARK_COST = 2.5, 8.0, 1.5
_DISCOUNT = 0.9  # subtracted from each pair's count, for the pairs that were never seen
_UNSEEN = 0.1  # added to each word's count, for words that were never seen

# For words in capitals or with a capital initial: how often the neighbours must have been counted with the
# other spelling, and how many times as often as with the spelling that was read.
_FEWEST, _TIMES = 4, 20
_BESIDE = 2  # neighbours on each side that must be Vietnamese if a word was read without any mark
_KNOWN = 4  # a pair that was counted so often is usual in texts

_REMEMBERED = 100_000
"""Pairs whose probability is remembered: a page asks for some thousands, many of them again and again."""

_HOPELESS = 14.0
"""Natural logarithm: a chain that is so much less likely than the best one is left. The words of 70 files are
the same without this limit (docs/decisions/0016-what-reading-tried.md).
"""

_START = ""
_TONES = frozenset(TONE_MARKS)
_VOWELS = frozenset("aeiouy")
_ENGLISH = frozenset({"in", "no", "the", "to", "viet"})
"""Words of the English labels on cards and certificates that are spelt like Vietnamese syllables."""
_OTHER_D = {"d": "đ", "đ": "d"}


@dataclass(frozen=True, slots=True)
class Followers:
    """The syllables that follow a syllable: how often each does, and the sum of these counts."""

    counts: Mapping[str, int]
    total: int


class Language:
    """Counts of syllables and of pairs of syllables ("" is the start of a sentence), in lower case.

    `alike`: the syllables by their letters without marks; `alone`: how often a syllable is the second of a
    pair; `total`: the sum of `alone`. A row of the table of pairs is parsed when it is first needed: a page
    needs a few hundred of several thousand.
    """

    def __init__(self, text: str) -> None:
        words, _, pairs = text.partition("\n\n")
        self.alike: dict[str, list[str]] = {}
        self.alone: dict[str, int] = {}
        for line in words.split("\n"):
            letters, *cells = line.split("\t")
            self.alike[letters] = cells[::2]
            self.alone.update(zip(cells[::2], map(int, cells[1::2]), strict=True))
        self.total = sum(self.alone.values())
        self._rows = {first: row for first, _, row in (line.partition("\t") for line in pairs.splitlines())}
        self._parsed: dict[str, Followers] = {}
        self._costs: dict[tuple[str, str], float] = {}

    def followers(self, syllable: str) -> Followers:
        """Return the syllables that follow a syllable."""
        found = self._parsed.get(syllable)
        if found is None:
            cells = self._rows[syllable].split("\t") if syllable in self._rows else []
            counts = dict(zip(cells[::2], map(int, cells[1::2]), strict=True))
            found = self._parsed[syllable] = Followers(counts, sum(counts.values()))
        return found

    def pairs(self) -> Iterator[tuple[str, str, int]]:
        """Give every pair and how often it was counted."""
        for first in self._rows:
            for second, count in self.followers(first).counts.items():
                yield first, second, count

    def count(self, first: str, second: str) -> int:
        """Return how often a pair of lower-case syllables was counted."""
        return self.followers(first).counts.get(second, 0)

    def is_usual(self, first: str, second: str) -> bool:
        """Whether a pair is usual in texts, in this spelling; case does not matter."""
        return self.count(first.lower(), second.lower()) >= _KNOWN

    def is_usual_respelt(self, first: str, second: str) -> bool:
        """Whether a pair is usual in texts, in any spelling with the same letters."""
        return any(
            self.count(one, other) >= _KNOWN
            for one in self.spellings(first.lower())
            for other in self.spellings(second.lower())
        )

    def spellings(self, word: str) -> list[str]:
        """Return all counted spellings with the letters of a lower-case word; an initial d may also be đ."""
        letters = without_marks(word)
        other = _OTHER_D.get(letters[:1])
        return [*self.alike.get(letters, ()), *(self.alike.get(other + letters[1:], ()) if other else ())]

    def neg_log_prob(self, word: str, previous: str) -> float:
        """Minus the natural logarithm of the probability of a word after another one."""
        found = self._costs.get((word, previous))
        if found is None:
            if len(self._costs) >= _REMEMBERED:
                self._costs.clear()
            found = self._costs[word, previous] = self._neg_log_prob(word, previous)
        return found

    def _neg_log_prob(self, word: str, previous: str) -> float:
        alone = (self.alone.get(word, 0) + _UNSEEN) / (self.total + _UNSEEN * len(self.alone))
        after = self.followers(previous)
        if not after.total:
            return -math.log(alone)
        # Absolute discounting: after a word that was seen seven times, a pair that was seen once says little.
        seen = max(0.0, after.counts.get(word, 0) - _DISCOUNT)
        return -math.log((seen + _DISCOUNT * len(after.counts) * alone) / after.total)


@lru_cache(maxsize=1)
def load_language() -> Language:
    """Return the counts that are shipped with the program."""
    packed = COUNTS.read_bytes()
    return Language(zstandard.ZstdDecompressor().decompress(packed, max_output_size=2**26).decode())


def correct_diacritics(words: Sequence[Word], language: Language) -> list[Word]:
    """The words in order, with other marks where the neighbouring words clearly contradict those read."""
    result = list(words)
    names = name_places(words, KnownPairs(language.is_usual, language.is_usual_respelt))
    for start, end in _sentences(words):
        read = [
            _Read(bare_word(word.text), word.confidence, free=index not in names)
            for index, word in enumerate(words[start:end], start)
        ]
        for index, better in enumerate(_chosen(read, language), start):
            plain = bare_word(words[index].text)
            if better != plain.lower():
                text = words[index].text
                result[index] = replace(
                    words[index], text=text.replace(plain, _in_case_of(plain, better)), raw=text
                )
    return result


@dataclass(frozen=True, slots=True)
class _Read:
    """A word as read, without punctuation. `free`: whether another spelling may be chosen."""

    text: str
    confidence: float
    free: bool

    @property
    def is_capital(self) -> bool:
        return len(self.text) > 1 and (self.text.isupper() or self.text.istitle())


def _chosen(read: list[_Read], language: Language) -> list[str]:
    """The likeliest sequence of lower-case words; words with capitals change only if `_overwhelming`.

    Where a change is not, its word is fixed and the search repeated.
    """
    while True:
        chain = _likeliest(read, language)
        refused = [
            at
            for at, (word, better) in enumerate(zip(read, chain, strict=True))
            if word.is_capital
            and better != word.text.lower()
            and not _overwhelming(read, chain, at, language)
        ]
        if not refused:
            return chain
        for at in refused:
            read[at] = replace(read[at], free=False)


def _overwhelming(read: Sequence[_Read], chain: Sequence[str], at: int, language: Language) -> bool:
    """Whether the neighbours of a word were often counted with the chosen spelling, and hardly with the read
    one.
    """
    chosen, as_read = chain[at], read[at].text.lower()
    beside = (*chain[max(0, at - _BESIDE) : at], *chain[at + 1 : at + 1 + _BESIDE])
    if as_read in _ENGLISH or (as_read.isascii() and any(map(_is_foreign, beside))):
        return False  # SOCIALIST REPUBLIC OF VIET NAM, Card No.
    before = {chain[at - 1], read[at - 1].text.lower()} if at else set()
    after = {chain[at + 1], read[at + 1].text.lower()} if at + 1 < len(chain) else set()
    good, bad = (
        sum(language.count(one, word) for one in before) + sum(language.count(word, other) for other in after)
        for word in (chosen, as_read)
    )
    return good >= max(_FEWEST, _TIMES * bad)


def _is_foreign(word: str) -> bool:
    """Whether a word is neither a Vietnamese syllable nor an abbreviation without vowels (KT)."""
    return not is_syllable(word) and not _VOWELS.isdisjoint(word)


def _in_case_of(plain: str, better: str) -> str:
    if len(plain) > 1 and plain.isupper():
        return better.upper()
    return better.title() if plain.istitle() else better


@lru_cache(maxsize=4096)
def _marks_apart(one: str, other: str) -> int:
    """How many marks of two words with the same letters differ: tone marks, and marks of vowels (ă, ơ)."""
    apart = 0
    for first, second in zip(nfc(one), nfc(other), strict=True):
        differing = set(unicodedata.normalize("NFD", first)) ^ set(unicodedata.normalize("NFD", second))
        apart += bool(differing & _TONES) + bool(differing - _TONES)
    return apart


def _sentences(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Sequences of syllables of a block without punctuation between them: start, end (not included)."""
    start = 0
    for index, word in enumerate(words):
        plain = bare_word(word.text)
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


def _likeliest(read: Sequence[_Read], language: Language) -> list[str]:
    """The sequence of lowest cost among the possible spellings of each word, in lower case."""
    ways: dict[str, tuple[float, list[str]]] = {_START: (0.0, [])}
    for word in read:
        options = [word.text.lower()]
        if word.free and (word.is_capital or word.text.islower()):
            options += _others(word, language)
        further: dict[str, tuple[float, list[str]]] = {}
        for option in options:
            change = 0.0 if option == options[0] else _cost_of_change(options[0], option, word.confidence)
            cost, chain = min(
                (cost + language.neg_log_prob(option, previous), chain)
                for previous, (cost, chain) in ways.items()
            )
            further[option] = (cost + change, [*chain, option])
        # A chain that is so far behind never wins: no pair is so much likelier than another.
        limit = min(cost for cost, _ in further.values()) + _HOPELESS
        ways = {option: way for option, way in further.items() if way[0] <= limit}
    return min(ways.values())[1]


def _others(word: _Read, language: Language) -> list[str]:
    """The other spellings of a word, except one that only has the tone on another vowel (hòa, hoà).

    Spellings with đ for an initial d, and with d for đ, are among them: the engine misreads its stroke, too.
    """
    low = nfc(word.text.lower())
    if len(low) != len(without_marks(low)):
        return []  # İ in lower case is i and a combining dot, and has no spelling of the same length
    same = canonical_tone(low)
    found = language.spellings(low)
    return [other for other in found if canonical_tone(other) != same]


def _cost_of_change(word: str, other: str, confidence: float) -> float:
    further = _marks_apart(word, other) - 1
    return _CHANGE_COST + _CONFIDENCE_COST * max(0.0, confidence - 0.5) + _MARK_COST * further
