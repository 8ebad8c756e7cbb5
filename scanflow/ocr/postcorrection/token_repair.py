"""Removes tokens that can't be words (pieces of rules, dirt), and repairs codes and numbers that were split.

Nothing here knows the language; a letter is never changed for another one but where digits surround it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanflow.model import Word, union
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.syllables import is_syllable

# Points from the sheet's side edges: nobody prints there, and a scanner shows its lid.
_EDGE = 15.0

_WORD = re.compile(r"[^\W_ˆ˜]")
_ALWAYS = re.compile(r"[-–/+%&•*]+")  # list marks, -/-, and between the parts of a motto or number
_RULE = re.compile(r"—+|[-–—=]{2,}")  # alone on its line: below an agency's name
_SOMETIMES = re.compile(r"[—=<>≤≥×…§.]*[—=<>≤≥×…§]")

_DIGITS = re.compile(r"(?:[lI]\d{1,3}|O[013-9]|O\d{2,3})[.,;:)]*")  # l6 tháng O1; but O2
_BEGUN = re.compile(r"[(\"“]*(?:(?:[\d/]*[A-ZĐƯ]{1,6}|\d[\d/]*)-|\d[\d/]*/)")  # 80-, QĐ-, 04/2008/
_REST = re.compile(r"[A-ZĐƯ]{2}[A-Za-zĐƯ]*\d{0,2}(?:[-/][A-ZĐƯ][A-Za-zĐƯ]*)*[)\"”.,;:]*")  # NQ/TW, BCT, TTg
_BROKEN = 0.8  # of the letters' height: a space wider than this is one
_NUMBER_BEGUN, _NUMBER_REST = re.compile(r"\d[\d.,/]*[.,/]"), re.compile(r"\d[\d.,/]*[)\"”;:]*")
# Of the letters' height, between two parts of a number: 5.000. 000 has 0.15, the list number and figure of
# `1. 500 đồng` 0.4. On pages that it was not chosen on (bench.limits): without joining 26 wrong words for 22
# on ten photocopies; 44 others have no number to join. On real-pages-2 0.4 gives three more, 0.8 six.
NUMBER_GAP = 0.25


def drop_scraps(words: Iterable[Word], width: float, scale: ConfidenceScale) -> list[Word]:
    """The words of a page so many points wide without what is no word: pieces of rules, dots, edges' dirt."""
    return [word for word in words if not _is_scrap(word, width, scale)]


def _is_scrap(word: Word, width: float, scale: ConfidenceScale) -> bool:
    """A dash or a sign of its own that is no surer than a piece of a rule is one."""
    letters = _WORD.findall(word.text)
    if len(letters) == 1:
        return word.box.right < _EDGE or word.box.left > width - _EDGE or _is_stray(word, scale)
    if letters:
        return False
    if _ALWAYS.fullmatch(word.text):
        return False
    return word.confidence < scale.sure_word or not _SOMETIMES.fullmatch(word.text)


def _is_stray(word: Word, scale: ConfidenceScale) -> bool:
    """Whether it is but a letter, and an unsure one; ở and ý are words."""
    small = word.text.islower() and is_syllable(word.text)
    return word.text.isalpha() and word.confidence < scale.sure_letter and not small


def repair_tokens(words: Sequence[Word], number_gap: float = NUMBER_GAP) -> list[Word]:
    """Words in order: numbers' first letter made a digit (l6, O5), codes and numbers made whole that were
    read in two (80- NQ/TW, 5.000. 000), and lines left out that are but a rule.
    """
    result: list[Word] = []
    lines = {(word.block, word.line) for word in words if not _RULE.fullmatch(word.text)}
    for word in map(_with_digits, words):
        if (word.block, word.line) not in lines:
            continue
        if result and _is_split(result[-1], word, number_gap):
            result[-1] = _joined(result[-1], word)
        else:
            result.append(word)
    return result


def _with_digits(word: Word) -> Word:
    if not _DIGITS.fullmatch(word.text):
        return word
    first = "0" if word.text[0] == "O" else "1"
    return replace(word, text=first + word.text[1:], raw=word.raw or word.text)


def _is_split(one: Word, other: Word, number_gap: float) -> bool:
    beside = (one.block, one.line) == (other.block, other.line)
    space = other.box.left - one.box.right
    height = min(one.box.height, other.box.height)
    code = _BEGUN.fullmatch(one.text) and _REST.fullmatch(other.text)
    number = _NUMBER_BEGUN.fullmatch(one.text) and _NUMBER_REST.fullmatch(other.text)
    widest = _BROKEN if code else number_gap if number else 0.0
    return beside and abs(space) < widest * height


def _joined(one: Word, other: Word) -> Word:
    return replace(
        one,
        text=one.text + other.text,
        box=union([one.box, other.box]),
        confidence=min(one.confidence, other.confidence),
        raw=f"{one.text} {other.text}",
    )
