"""Signatures side by side (chữ ký): columns with the titles and names of two or more people.

    BÊN CHO THUÊ                BÊN THUÊ
    (Ký, ghi rõ họ tên)         (Ký, ghi rõ họ tên)

    Lý Hoàng Phúc               Ngô Thị Lệ Quyên

Each column is read as a whole, from left to right. Signatures are found by their shape: each line is centred
below the title of its column, and there is empty space to sign. Handwriting and seals may be anywhere.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scanflow.model import Word
from scanflow.ocr.layout.lines import Line, line_of

_WIDE_SPACE = 1.8  # of the text's height: a wider space separates two columns
_ROWS = 2  # so many rows must have all columns: titles and names, or titles and (Ký, ghi rõ họ tên)
_SURE = 0.7  # words with a lower confidence may be read from handwriting or seals, and are ignored


@dataclass(frozen=True, slots=True)
class SignatureLimits:
    """What distinguishes signatures from a form's fields and from tables.

    In multiples of the text's height: `axis`, the greatest distance of a line's centre from its title's
    centre; `to_sign`, the least space to sign, from the middle of one line to that of the next.

    Measured on other pages than those that they were chosen on (bench.limits), CER in per cent: without the
    step the CER of ten rendered pages (seed 20261127) rises from 0.32 to 1.99, of ten photocopies from 0.79
    to 2.51; no real page has such signatures. `axis` 3 raises the CER of the set `synthetic` from 0.88 to
    1.21, 0.75 that of the photocopies to 1.33. No page is read worse without `to_sign`; it is there for
    tables of centred columns without rules.
    """

    axis: float = 1.5
    to_sign: float = 2.5


SIGNATURE_LIMITS = SignatureLimits()

_NO_SIGNER = re.compile(r"[\d:|]")  # characters of fields and tables, which titles and names do not have


@dataclass(frozen=True, slots=True)
class Signatures:
    """A range of rows, `end` not included, and the lines of its columns from left to right."""

    start: int
    end: int
    columns: tuple[tuple[Line, ...], ...]


def find_signatures(
    rows: Sequence[Line], height: float, limits: SignatureLimits = SIGNATURE_LIMITS
) -> Signatures | None:
    """The first signatures side by side among a page's rows."""
    for start, row in enumerate(rows):
        titles = _chunks(row, height)
        signers = len(titles) > 1 and all(map(_may_be_signer, titles))
        if signers and not (start and _continues(rows[start - 1], titles, height, limits)):
            found = _below(rows, start, titles, height, limits)
            if found is not None:
                return found
    return None


def _below(
    rows: Sequence[Line], start: int, titles: list[Line], height: float, limits: SignatureLimits
) -> Signatures | None:
    """The columns below the titles in row `start`; None where they are not signatures."""
    printed, full = [rows[start]], 1
    end = start + 1
    for index, row in enumerate(rows[end:], end):
        chunks = _chunks(row, height)
        if not _fit(chunks, titles, limits.axis * height):
            break
        if chunks:
            printed.append(row)
            full, end = full + (len(chunks) == len(titles)), index + 1
    space = max((after.middle - before.middle for before, after in pairwise(printed)), default=0.0)
    if full < _ROWS or (len(printed) > _ROWS and space < limits.to_sign * height):
        return None
    columns = _columns(rows[start:end], titles)
    return None if all(map(_is_flush, columns)) else Signatures(start, end, columns)


def _continues(above: Line, titles: Sequence[Line], height: float, limits: SignatureLimits) -> bool:
    """Whether the row above has the same columns, so that the titles are a row of a table."""
    chunks = _chunks(above, height)
    return len(chunks) == len(titles) and _fit(chunks, titles, limits.axis * height)


def _columns(rows: Sequence[Line], titles: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """The columns of the rows, divided halfway between the titles."""
    borders = [-math.inf, *((a.box.right + b.box.left) / 2 for a, b in pairwise(titles)), math.inf]
    divided = (
        [[word for word in row.words if left <= word.box.centre_x < right] for row in rows]
        for left, right in pairwise(borders)
    )
    return tuple(tuple(line_of(words) for words in column if words) for column in divided)


def _chunks(row: Line, height: float) -> list[Line]:
    """The printed words of a row, divided at wide spaces."""
    chunks: list[list[Word]] = []
    for word in filter(_is_print, row.words):
        if not chunks or word.box.left - max(w.box.right for w in chunks[-1]) > _WIDE_SPACE * height:
            chunks.append([word])
        else:
            chunks[-1].append(word)
    return [line_of(chunk) for chunk in chunks]


def _fit(chunks: Sequence[Line], titles: Sequence[Line], off: float) -> bool:
    """Whether each is centred (within `off` points) below a title of its own, with a signature's text."""
    places = [
        {no for no, title in enumerate(titles) if abs(title.centre - chunk.centre) <= off} for chunk in chunks
    ]
    own = all(places) and len(set().union(*places)) >= len(places)
    return own and all(map(_may_be_signer, chunks))


def _may_be_signer(chunk: Line) -> bool:
    text = " ".join(word.text for word in chunk.words)
    return not _NO_SIGNER.search(text) and any(map(str.isalpha, text))


def _is_print(word: Word) -> bool:
    return word.kind == "print" and word.confidence >= _SURE


def _is_flush(column: Sequence[Line]) -> bool:
    """Whether its lines are aligned left and not right, as in a column of a table."""
    lefts = [line.box.left for line in column]
    rights = [line.box.right for line in column]
    return max(lefts) - min(lefts) < 0.25 * (max(rights) - min(rights))
