"""Parts words that the engine glued together: `Sốlượng`, `Namở`, `22tháng`, `ngày.23`, `Bộ,Tư`.

Where print stands close, the engine leaves out the space. A token of letters is parted only where it is no
legal syllable, and where in exactly one way it is two syllables that texts usually have beside each other; a
sign inside a token only where both sides are syllables or numbers, as addresses of web pages have such signs,
too.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from scanflow.model import Box, Word
from scanflow.text.syllables import is_syllable

Usual = Callable[[str, str], bool]
"""Whether a pair of syllables is usual in texts; case does not matter."""

_EDGES = " .,;:!?()[]\"'“”‘’«»…-–—"
_LETTERS = re.compile(r"[^\W\d_]+")
# Of the words of dates only these: `5m` and `3a` are to stay.
_DAY = re.compile(r"(\d{1,2})(tháng|năm)|(ngày|tháng|năm)(\d{1,4})")
_SIGN = re.compile(r"([^\W\d_]+|\d+)[,;.:]{1,2}([^\W\d_]{2,}|\d{1,2})")
_SHORTEST = 4  # letters of a token that may be two syllables


def part_glued_words(words: Sequence[Word], usual: Usual) -> list[Word]:
    """The words in order, glued ones parted; their boxes are parted by their numbers of letters."""
    result: list[Word] = []
    for word in words:
        place = _place(word.text, usual) if word.kind == "print" else None
        result += _parted(word, place) if place else [word]
    return result


def _place(text: str, usual: Usual) -> int | None:
    """Where the second word begins; None in a text that is to stay whole."""
    start = len(text) - len(text.lstrip(_EDGES))
    plain = text.strip(_EDGES)
    if date := _DAY.fullmatch(plain):
        return start + len(date[1] or date[3])
    if sign := _SIGN.fullmatch(plain):
        return start + sign.start(2) if _may_be_parted(sign[1], sign[2]) else None
    if len(plain) < _SHORTEST or not _LETTERS.fullmatch(plain) or is_syllable(plain.lower()):
        return None
    places = [at for at in range(1, len(plain)) if _are_two(plain[:at], plain[at:], usual)]
    return start + places[0] if len(places) == 1 else None


def _may_be_parted(one: str, other: str) -> bool:
    """Whether the words on both sides of a sign are parts of a sentence: not two numbers (5.000, 12:30)."""
    if one.isdigit():
        return not other.isdigit() and _is_word(other)
    return _is_word(one) and (other.isdigit() or _is_word(other))


def _is_word(text: str) -> bool:
    """Whether it is a Vietnamese syllable with a mark, or a longer one: `vn`, `com` and `a` are none."""
    return is_syllable(text.lower()) and not text.isascii()


def _are_two(one: str, other: str, usual: Usual) -> bool:
    """Whether they are two syllables that usually stand beside each other, each written in one case."""
    cased = all(part.isupper() or part[1:].islower() or len(part) == 1 for part in (one, other))
    marked = not (one.isascii() and other.isascii())
    return cased and marked and is_syllable(one.lower()) and is_syllable(other.lower()) and usual(one, other)


def _parted(word: Word, at: int) -> list[Word]:
    left, top, right, bottom = word.box.left, word.box.top, word.box.right, word.box.bottom
    edge = left + (right - left) * at / len(word.text)
    raw = word.raw or word.text
    return [
        replace(word, text=word.text[:at], box=Box(left, top, edge, bottom), raw=raw),
        replace(word, text=word.text[at:], box=Box(edge, top, right, bottom), raw=raw),
    ]
