"""Marks digits that were filled in by hand or by a numbering stamp in the gaps of a paper's head.

`Số: 445 /NQ-CP` and `Hà Nội, ngày 43 tháng 4 năm 2026` are printed with gaps for the digits. The engine reads
handwritten digits there with high confidence, and their strokes are as even as those of print, so that
`handwriting` does not find them. But printed digits at these places have the very highest confidence, and
printed days and months are possible ones; other digits were filled in. They become words of kind `pen`:
searchable, usable as a field's value, but no part of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import ConfidenceScale
from scanflow.text.folding import fold
from scanflow.text.plausibility import is_plausible

_LABEL = re.compile(r"\W{0,2}so\W{0,2}")  # Số, folded
_SYMBOL = re.compile(r"[./,-]{0,2}/(?:\d{4}/)?[A-ZĐƯ]{2}.*")  # /NQ-CP, /2025/NĐ-CP
_PLACE = re.compile(r".*[,.;]")  # the last word of a place's name with its comma: Nội,
_PLACE_ONLY = re.compile(r"[^\W\d_]+")  # the same if the comma was not read
_MOST = 2  # words as which the digits in the gap of a number may have been read
_DAYS, _MONTHS = 31, 12


def mark_filled_slots(words: Sequence[Word], scale: ConfidenceScale) -> list[Word]:
    """The words in order, with the kind `pen` for those that were filled into a head's number or date."""
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
    """The indices of the words between `Số` and a symbol. A number has no greatest value (None)."""
    for at, word in enumerate(line):
        if not _LABEL.fullmatch(fold(word.text)):
            continue
        for end in range(at + 2, min(at + 2 + _MOST, len(line))):
            if _SYMBOL.fullmatch(line[end].text):
                yield from ((place, None) for place in range(at + 1, end))
                break


def _dates(line: Sequence[Word]) -> Iterator[tuple[int, int | None]]:
    """The indices of the day and the month after a place's name, each with its greatest possible value.

    Without a comma after the name it may be a date in running text: then only impossible values are given.
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
    """Whether it is a number, from 1 to `most` if that is given."""
    plain = text.strip(".,;:")
    return plain.isdecimal() and (most is None or 0 < int(plain) <= most)


def _is_filled_in(word: Word, most: int | None, scale: ConfidenceScale) -> bool:
    """Whether it was filled in: its confidence is lower than that of print here, or its value impossible."""
    if len(word.text) > 1 and word.text.isalpha() and is_plausible(word.text):
        return False  # a printed word, not the content of the gap
    if "/" in word.text or not any(map(str.isalnum, word.text)):
        return False  # a part of the symbol, or the dots of an empty gap
    least = scale.sure_slot if most is None else scale.maybe_handwriting
    return not _is_possible(word.text, most) or word.confidence < least
