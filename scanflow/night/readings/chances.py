"""How likely a word is right: by its engine, by what it looks like, and by its neighbours on the line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp

from scanflow.model import Box, Word
from scanflow.ocr.postcorrection.language_model import load_language
from scanflow.text.normalization import normalize
from scanflow.text.plausibility import is_plausible
from scanflow.text.spelling_frequency import has_known_letters, is_usual

_AROUND = " .,;:!?()[]{}<>\"'“”‘’«»…-–—_=*|/\\"
# What remains of the chance of a word that is no legal syllable, number or code; and of one in small
# letters whose marks are rare for its letters. An engine that is wrong is often sure of it.
_IMPLAUSIBLE, _UNUSUAL = 0.5, 0.85
_SHORT = re.compile(r"[A-ZĐƯ]{2,6}|[IVX]")
"""Abbreviations and Roman numerals (CCCD, III). Where two readings of rendered pages differed, 24 of 24 such
words of the present reader were right; of other words that are no syllable, 11 of 112.
"""
_ALONE = 4.0
"""The odds of a word that only one of two readings has are divided by this. Readings differ where print is
bad: of 1,500 such words of a weaker archive those with a chance of 0.8 to 0.9 were right in 61 %, of 0.9 to
0.985 in 83 %, above that in 99 %.
"""
_MOST_CHANCE = 0.9995
_NEIGHBOURS, _LOUDEST = 0.5, 6.0
"""The weight of the neighbours' evidence for a word (a natural logarithm), and its greatest value. Engines
use a language model themselves, so this evidence is not independent.
"""
_EXPECTED = 8.0
"""How unexpected a word between its neighbours may be (minus a natural logarithm) before they count against
it. Of 1,759 words of 220 strips (`tests/night/weak_archive.py`, seed 101) and 40 rendered pages where the
other reading had none, those below 4 were right in 99.5 %, from 4 to 8 in 95 %, from 8 to 10 in 63 %, from 10
to 12 in 47 %, above that in 4 %: many of these are parts of words that a seal covers (háp for pháp, with a
confidence of 0.99). A logistic fit gives the neighbours a weight of 0.65 and this value 9.
"""
_NOBODY = "·"
"""No syllable: after it a word is as likely as anywhere."""


@dataclass(frozen=True, slots=True)
class Read:
    """A word for the comparison: its index in its reading, and its text without the punctuation around it;
    `before` and `after`: its neighbours on the line, in small letters.
    """

    index: int
    text: str
    chance: float
    box: Box
    line: tuple[int, int]
    before: str = ""
    after: str = ""


def reads_of(words: Iterable[Word]) -> list[Read]:
    """The words that count, in their order: no handwriting, nothing that a person typed."""
    found: list[tuple[int, str, Word]] = []
    for index, word in enumerate(words):
        text = normalize(word.text).strip(_AROUND)
        if text and word.searchable and not word.by_person:
            found.append((index, text, word))
    lines = [None, *((word.block, word.line) for _, _, word in found), None]
    beside = ["", *(text.lower() for _, text, _ in found), ""]
    return [
        Read(
            index,
            text,
            chance(text, word.confidence),
            word.box,
            (word.block, word.line),
            before=beside[no - 1] if lines[no - 1] == lines[no] else "",
            after=beside[no + 1] if lines[no + 1] == lines[no] else "",
        )
        for no, (index, text, word) in enumerate(found, start=1)
    ]


def alone(read: Read) -> Read:
    """A word that only one reading has, with the chance that it has then."""
    likely = min(read.chance, _MOST_CHANCE)
    odds = likely / (1 - likely) / _ALONE
    return replace(read, chance=odds / (1 + odds))


def neighbour_evidence(old: Read, new: Read) -> float:
    """How many times likelier the new word is by its neighbours, as a natural logarithm; 0 where the
    neighbours differ, or where one of the words may be a name or number.
    """
    if not (_is_common(old) and _is_common(new)):
        return 0.0
    language = load_language()
    found = 0.0
    if old.before and old.before == new.before:
        found += language.neg_log_prob(old.text, old.before) - language.neg_log_prob(new.text, new.before)
    if old.after and old.after == new.after:
        found += language.neg_log_prob(old.after, old.text) - language.neg_log_prob(new.after, new.text)
    return max(-_LOUDEST, min(_LOUDEST, found))


def in_context(old: float, new: float, spoken: float) -> tuple[float, float]:
    """The chances of two words of which at most one is right, with the evidence of their neighbours."""
    loud = exp(_NEIGHBOURS * spoken / 2)
    first, second = old / loud, new * loud
    whole = first + second + max(0.0, 1 - old - new)
    return (first / whole, second / whole) if whole > 0 else (old, new)


def beside(read: Read, likely: float) -> float:
    """The chance of a word where the other reading has none, with the evidence of its neighbours.

    For names and numbers the neighbours give no evidence.
    """
    if not _is_common(read) or not (read.before.isalpha() or read.after.isalpha()):
        return likely
    spoken = _EXPECTED - _unexpected(read)
    loud = exp(_NEIGHBOURS * max(-_LOUDEST, min(_LOUDEST, spoken)))
    return likely * loud / (likely * loud + 1 - likely)


def _is_common(read: Read) -> bool:
    """Whether a word may be judged by its neighbours: it is no number, and hardly a name."""
    return read.text.isalpha() and read.text.islower()


def _unexpected(read: Read) -> float:
    """Minus the natural logarithm of the probability of a word between its neighbours."""
    language = load_language()
    found = language.neg_log_prob(read.text, read.before if read.before.isalpha() else _NOBODY)
    if read.after.isalpha():
        found += language.neg_log_prob(read.after, read.text) - language.neg_log_prob(read.after, _NOBODY)
    return found


def chance(text: str, confidence: float) -> float:
    """How likely a word is right, 0 to 1, by its confidence and by what it looks like."""
    return _by_looks(text) * confidence


@lru_cache(maxsize=8192)  # the same few thousand words stand on all papers
def _by_looks(text: str) -> float:
    """By what the chance of a word is lowered for what it looks like."""
    if not is_plausible(text) and not _SHORT.fullmatch(text):
        return _IMPLAUSIBLE
    if text.islower() and has_known_letters(text) and not is_usual(text):
        return _UNUSUAL
    return 1.0
