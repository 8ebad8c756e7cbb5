"""Removes tokens that can't be words (parts of rules, dirt), and repairs codes and numbers that were split.

It does not use a language model. A letter is changed into a digit only beside digits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanflow.model import Word, union
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.syllables import is_syllable

# Points from the left and right edge of the sheet, where there is no print and a scanner shows its lid.
_EDGE = 15.0

_WORD = re.compile(r"[^\W_ˆ˜]")
_ALWAYS = re.compile(r"[-–/+%&•*]+")  # list marks, -/-, signs between the parts of a motto or number
_RULE = re.compile(r"—+|[-–—=]{2,}")  # if it is the only token of its line: a rule below an agency's name
_SOMETIMES = re.compile(r"[—=<>≤≥×…§.]*[—=<>≤≥×…§]")

_DIGITS = re.compile(r"(?:[lI]\d{1,3}|O[013-9]|O\d{2,3})[.,;:)]*")  # l6 tháng O1; but O2
_BEGUN = re.compile(r"[(\"“]*(?:(?:[\d/]*[A-ZĐƯ]{1,6}|\d[\d/]*)-|\d[\d/]*/)")  # 80-, QĐ-, 04/2008/
_REST = re.compile(r"[A-ZĐƯ]{2}[A-Za-zĐƯ]*\d{0,2}(?:[-/][A-ZĐƯ][A-Za-zĐƯ]*)*[)\"”.,;:]*")  # NQ/TW, BCT, TTg
_BROKEN = 0.8  # of the letters' height: a wider space separates words
_NUMBER_BEGUN, _NUMBER_REST = re.compile(r"\d[\d.,/]*[.,/]"), re.compile(r"\d[\d.,/]*[)\"”;:]*")
# Of the letters' height: the greatest space between two parts of a number. `5.000. 000` has 0.15, the list
# number and figure of `1. 500 đồng` 0.4. Measured on other pages than those that it was chosen on
# (bench.limits): without joining 26 wrong words instead of 22 on ten photocopies; 44 other pages have no
# number to join. On real-pages-2 0.4 gives three wrong words more, 0.8 six.
NUMBER_GAP = 0.25


def drop_scraps(words: Iterable[Word], width: float, scale: ConfidenceScale) -> list[Word]:
    """The words of a page without parts of rules, dots, and dirt at the edges. `width`: the page's, in
    points.
    """
    return [word for word in words if not _is_scrap(word, width, scale)]


def _is_scrap(word: Word, width: float, scale: ConfidenceScale) -> bool:
    """Whether it is a single sign or letter whose confidence is too low, or which is at the sheet's edge."""
    letters = _WORD.findall(word.text)
    if len(letters) == 1:
        return word.box.right < _EDGE or word.box.left > width - _EDGE or _is_stray(word, scale)
    if letters:
        return False
    if _ALWAYS.fullmatch(word.text):
        return False
    return word.confidence < scale.sure_word or not _SOMETIMES.fullmatch(word.text)


def _is_stray(word: Word, scale: ConfidenceScale) -> bool:
    """Whether it is a single letter of low confidence that is not a word (ở and ý are words)."""
    small = word.text.islower() and is_syllable(word.text)
    return word.text.isalpha() and word.confidence < scale.sure_letter and not small


def repair_tokens(words: Sequence[Word], number_gap: float = NUMBER_GAP) -> list[Word]:
    """The words in order, with repaired numbers and codes, and without lines that are only a rule.

    A letter at the start of a number becomes a digit (l6, O5); codes and numbers that were read as two words
    are joined (80- NQ/TW, 5.000. 000).
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
