"""Splits words that the engine read as one: `Sốlượng`, `Namở`, `22tháng`, `ngày.23`, `Bộ,Tư`.

Where words are printed close together, the engine leaves out the space. A token of letters is split only if
it is not a legal syllable, and if in exactly one way it is two syllables that are often neighbours in texts.
A token with a punctuation mark inside is split only if both sides are Vietnamese syllables or numbers, since
web addresses have such marks, too.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from scanflow.model import Box, Word
from scanflow.text.normalization import EDGE_PUNCTUATION, bare_word
from scanflow.text.syllables import is_syllable

Usual = Callable[[str, str], bool]
"""Whether a pair of syllables is usual in texts; case does not matter."""

_LETTERS = re.compile(r"[^\W\d_]+")
# A digit beside letters is split only in dates: `5m` and `3a` must stay whole.
_DAY = re.compile(r"(\d{1,2})(tháng|năm)|(ngày|tháng|năm)(\d{1,4})")
_SIGN = re.compile(r"([^\W\d_]+|\d+)[,;.:]{1,2}([^\W\d_]{2,}|\d{1,2})")
_SHORTEST = 4  # letters of a token that may be two syllables


def part_glued_words(words: Sequence[Word], usual: Usual) -> list[Word]:
    """The words in order, glued ones split; their boxes are split in proportion to their characters."""
    result: list[Word] = []
    for word in words:
        place = _place(word.text, usual) if word.kind == "print" else None
        result += _split(word, place) if place else [word]
    return result


def _place(text: str, usual: Usual) -> int | None:
    """The index at which the second word begins; None if the text must stay whole."""
    start = len(text) - len(text.lstrip(EDGE_PUNCTUATION))
    plain = bare_word(text)
    if date := _DAY.fullmatch(plain):
        return start + len(date[1] or date[3])
    if sign := _SIGN.fullmatch(plain):
        return start + sign.start(2) if _may_be_split(sign[1], sign[2]) else None
    if len(plain) < _SHORTEST or not _LETTERS.fullmatch(plain) or is_syllable(plain.lower()):
        return None
    places = [at for at in range(1, len(plain)) if _are_two(plain[:at], plain[at:], usual)]
    return start + places[0] if len(places) == 1 else None


def _may_be_split(one: str, other: str) -> bool:
    """Whether both sides of a punctuation mark are words of a sentence, not two numbers (5.000, 12:30)."""
    if one.isdigit():
        return not other.isdigit() and _is_word(other)
    return _is_word(one) and (other.isdigit() or _is_word(other))


def _is_word(text: str) -> bool:
    """Whether it is a Vietnamese syllable that is not in ASCII: `com`, which is, may be of a web address."""
    return is_syllable(text.lower()) and not text.isascii()


def _are_two(one: str, other: str, usual: Usual) -> bool:
    """Whether they are two syllables that are often neighbours, each in capitals or in small letters."""
    cased = all(part.isupper() or part[1:].islower() or len(part) == 1 for part in (one, other))
    marked = not (one.isascii() and other.isascii())
    return cased and marked and is_syllable(one.lower()) and is_syllable(other.lower()) and usual(one, other)


def _split(word: Word, at: int) -> list[Word]:
    left, top, right, bottom = word.box.left, word.box.top, word.box.right, word.box.bottom
    edge = left + (right - left) * at / len(word.text)
    raw = word.raw or word.text
    return [
        replace(word, text=word.text[:at], box=Box(left, top, edge, bottom), raw=raw),
        replace(word, text=word.text[at:], box=Box(edge, top, right, bottom), raw=raw),
    ]
