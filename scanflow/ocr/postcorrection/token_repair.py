"""Removes tokens that can't be words (parts of rules, dirt), and repairs codes and numbers that were split.

Only the form of tokens decides, no language model. A letter becomes a digit only beside digits, and a capital
becomes a small letter only inside a word of small letters.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanflow.model import Word, union
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.folding import fold
from scanflow.text.syllables import is_syllable

# Points from the left and right edge of the sheet: there is no print, but a scanner's lid may be seen.
_EDGE = 15.0

_WORD = re.compile(r"[^\W_ˆ˜]")  # a letter or digit; models read specks as the last two
_ALWAYS = re.compile(r"[-–/+%&•*]+")  # kept at any confidence: list marks, -/-, signs in mottos and numbers
_SOMETIMES = re.compile(r"[—=<>≤≥×…§.]*[—=<>≤≥×…§]")  # kept at a high confidence
_RULE = re.compile(r"—+|[-–—=]{2,}")  # if it is the only token of its line: a rule below an agency's name

_DIGITS = re.compile(r"(?:[lI]\d{1,3}|O[013-9]|O\d{2,3})[.,;:)]*")  # l6 tháng O1; but O2
_BEGUN = re.compile(r"[(\"“]*(?:(?:[\d/]*[A-ZĐƯ]{1,6}|\d[\d/]*)-|\d[\d/]*/)")  # 80-, QĐ-, 04/2008/
_REST = re.compile(r"[A-ZĐƯ]{2}[A-Za-zĐƯ]*\d{0,2}(?:[-/][A-ZĐƯ][A-Za-zĐƯ]*)*[)\"”.,;:]*")  # NQ/TW, BCT, TTg
# A letter in a number's middle or at its end: 2l, 202G, 1/l0; and in the number of a code: 15I/TB, QHI2.
_LATER_DIGITS = re.compile(r"\d+(?:[./]?[\dlIO]+)*[lIO][.,;:)]*")
_LETTER_DIGIT = str.maketrans("lIO", "110")
_YEAR = re.compile(r"(?:19|20)\dG[.,;:)]*")
_CODE = re.compile(r"(?P<number>[\dlI]*\d[\dlI]*)(?P<rest>/(?:\d{4}/)?[A-ZĐƯ]{2}.*)")
# The number of a National Assembly has two digits: in QHI2 the 1 was read as I, in QHI12 the I is too much.
_ASSEMBLY = re.compile(r"QH(?:[lI](?=1\d(?!\d))|[lI](?=\d(?!\d))|1[lI](?!\w))")
# The beginning of a code's number that was read as a word of its own, after `số`: 1 93/2025/NĐ-CP,
# 15 I/TB-ĐHKTCN.
_NUMBER_ALONE = re.compile(r"\d{1,4}")
_CODE_REST = re.compile(r"[\dlI]{1,4}/(?:\d{4}/)?[A-ZĐƯ]{2}.*")
_PARTED = 0.5  # of the letters' height: the greatest space inside such a number; set by judgement
_MIXED = re.compile(r"[^\W\d_]{2,}")
_BROKEN = 0.8  # of the letters' height: the greatest space inside a code (80- NQ/TW); set by judgement
_NUMBER_BEGUN, _NUMBER_REST = re.compile(r"\d[\d.,/]*[.,/]"), re.compile(r"\d[\d.,/]*[)\"”;:]*")
# Of the letters' height: the greatest space between two parts of a number. `5.000. 000` has 0.15, the list
# number and figure of `1. 500 đồng` 0.4. Measured on other pages than those that it was chosen on
# (bench.limits): without joining 26 wrong words instead of 22 on ten photocopies; 44 other pages have no
# number to join. On real-pages-2 0.4 gives three wrong words more, 0.8 six.
NUMBER_GAP = 0.25


def drop_scraps(words: Iterable[Word], width: float, scale: ConfidenceScale) -> list[Word]:
    """The words of a page without parts of rules, dots, and dirt at the edges.

    `width`: that of the page in points.
    """
    return [word for word in words if not _is_scrap(word, width, scale)]


def _is_scrap(word: Word, width: float, scale: ConfidenceScale) -> bool:
    """Whether it is a single letter at the sheet's edge or of low confidence, or signs that are no text."""
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

    A letter in a number becomes a digit (l6, O5, 2l); codes and numbers that were read as two words are
    joined (80- NQ/TW, 5.000. 000, số 1 93/2025/NĐ-CP); a capital inside a word becomes small (chỨc).
    """
    result: list[Word] = []
    lines = {(word.block, word.line) for word in words if not _RULE.fullmatch(word.text)}
    for word in map(_in_one_case, map(_with_digits, words)):
        if (word.block, word.line) not in lines:
            continue
        if len(result) > 1 and _is_parted_number(result[-2], result[-1], word):
            result[-1] = _with_digits(_joined(result[-1], word))
        elif result and _is_split(result[-1], word, number_gap):
            result[-1] = _joined(result[-1], word)
        else:
            result.append(word)
    return result


def _with_digits(word: Word) -> Word:
    text = word.text
    if _DIGITS.fullmatch(text):
        text = ("0" if text[0] == "O" else "1") + text[1:]
    elif _LATER_DIGITS.fullmatch(text):
        text = text.translate(_LETTER_DIGIT)
    elif _YEAR.fullmatch(text):
        text = text.replace("G", "6")
    elif code := _CODE.fullmatch(text):
        text = code["number"].translate(_LETTER_DIGIT) + code["rest"]
    if "QH" in text:
        text = _ASSEMBLY.sub(_assembly, text)
    return word if text == word.text else replace(word, text=text, raw=word.raw or word.text)


def _assembly(found: re.Match[str]) -> str:
    """`QH` and the digits that belong there instead of the match of `_ASSEMBLY`."""
    follows = found.string[found.end() :][:2]
    if len(found[0]) > 3:
        return "QH11"
    return "QH" if follows[:1] == "1" and follows[1:].isdigit() else "QH1"


def _in_one_case(word: Word) -> Word:
    """A syllable of small letters with capitals inside (chỨc, nƯỚC) in small letters except the first."""
    found = _MIXED.search(word.text)
    if found is None or found[0].isupper() or found[0][1:].islower():
        return word
    plain = found[0]
    rest = plain[1:]
    if not any(map(str.islower, plain)) or plain.isascii() or not is_syllable(plain.lower()):
        return word
    if rest.isupper() and len(rest) > 1 and plain[0].islower():
        better = plain.lower()
    else:
        better = plain[0] + rest.lower()
    text = word.text[: found.start()] + better + word.text[found.end() :]
    return replace(word, text=text, raw=word.raw or word.text)


def _is_parted_number(before: Word, one: Word, other: Word) -> bool:
    """Whether two words after `số` are the number of one code: a code never has two numbers in a row."""
    beside = (before.block, before.line) == (one.block, one.line) == (other.block, other.line)
    space = other.box.left - one.box.right
    return (
        beside
        and fold(before.text).strip(":.;") == "so"
        and bool(_NUMBER_ALONE.fullmatch(one.text) and _CODE_REST.fullmatch(other.text))
        and abs(space) < _PARTED * min(one.box.height, other.box.height)
    )


def _is_split(one: Word, other: Word, number_gap: float) -> bool:
    """Whether two words are one code or number; `number_gap` as `NUMBER_GAP`."""
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
