"""Marks the digits that a pen or a numbering stamp filled in where a paper's head leaves room for them.

`Số: 445 /NQ-CP` and `Hà Nội, ngày 43 tháng 4 năm 2026` are printed with gaps. An engine reads a pen's digits
there as sure as print, and their strokes are as even. But where room is left for a number, printed digits are
read with the highest confidence; and printed days and months are possible ones. Words of kind `pen` keep what
was read: it can be searched for and be the value of a field, and is no part of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.folding import fold
from scanflow.text.plausibility import is_plausible

_LABEL = re.compile(r"\W{0,2}so\W{0,2}")
_SYMBOL = re.compile(r"[./,-]{0,2}/(?:\d{4}/)?[A-ZĐƯ]{2}.*")
_PLACE = re.compile(r".*[,.;]")
_PLACE_ONLY = re.compile(r"[^\W\d_]+")  # a place's last word whose comma was not read
_MOST = 2  # words that the gap of a number may have been read as
_DAYS, _MONTHS = 31, 12


def mark_filled_slots(words: Sequence[Word], scale: ConfidenceScale) -> list[Word]:
    """The words in order, those marked that were filled into a head's number and date."""
    result = list(words)
    start = 0
    for _, group in groupby(words, key=lambda word: (word.block, word.line)):
        line = list(group)
        for place, most in (*_numbers(line), *_dates(line)):
            word = line[place]
            if word.kind == "print" and _is_filled_in(word, most, scale):
                result[start + place] = replace(word, kind="pen")
        start += len(line)
    return result


def _numbers(line: Sequence[Word]) -> Iterator[tuple[int, int | None]]:
    """The places of words between `Số` and a code's symbol; there is no greatest value."""
    for at, word in enumerate(line):
        if not _LABEL.fullmatch(fold(word.text)):
            continue
        for end in range(at + 2, min(at + 2 + _MOST, len(line))):
            if _SYMBOL.fullmatch(line[end].text):
                yield from ((place, None) for place in range(at + 1, end))
                break


def _dates(line: Sequence[Word]) -> Iterator[tuple[int, int | None]]:
    """The places of a day and a month behind a place's name, and the greatest values that they may have.

    Without a comma behind the name it may be a date in running text: there only impossible values count.
    """
    for at in range(1, len(line) - 2):
        if fold(line[at].text) != "ngay":
            continue
        before = line[at - 1].text
        with_comma = bool(_PLACE.fullmatch(before))
        if not with_comma and not (_PLACE_ONLY.fullmatch(before) and before.istitle()):
            continue
        month = next(
            (i for i in range(at + 1, min(at + 3, len(line))) if fold(line[i].text) == "thang"), None
        )
        if month is None:
            continue
        slots = [(place, _DAYS) for place in range(at + 1, month)]
        if month + 2 < len(line) and fold(line[month + 2].text) == "nam":
            slots.append((month + 1, _MONTHS))
        yield from (slot for slot in slots if with_comma or not _is_possible(line[slot[0]].text, slot[1]))


def _is_possible(text: str, most: int | None) -> bool:
    """Whether it is a number, and not above the greatest value that it may have."""
    plain = text.strip(".,;:")
    return plain.isdigit() and (most is None or 0 < int(plain) <= most)


def _is_filled_in(word: Word, most: int | None, scale: ConfidenceScale) -> bool:
    """Whether it is no print: less sure than print in this place, or no possible value."""
    if len(word.text) > 1 and word.text.isalpha() and is_plausible(word.text):
        return False  # a word of the line, not of the gap
    if "/" in word.text or not any(map(str.isalnum, word.text)):
        return False  # a part of the symbol, or the dots of a gap that is empty
    least = scale.sure_slot if most is None else scale.maybe_handwriting
    return not _is_possible(word.text, most) or word.confidence < least
