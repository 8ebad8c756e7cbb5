"""What an electronic signature shown on a page says: who signed, of which agency, when.

    Ký bởi: Ủy ban nhân dân tỉnh Lâm Đồng
    Cơ quan: Tỉnh Lâm Đồng
    Giờ ký: 20/02/2025 11:25:13 +07:00

This is only what the picture says; whether the file is really signed is found by `scanflow.pdf.signatures`.
The words of the picture were separated from the text by `scanflow.ocr.layout.esignatures`.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from scanflow.classify.fields.searchable import weakest
from scanflow.model import FieldValue, PageReading, Word, union
from scanflow.text.folding import aligned_fold

ESIGNER, ESIGN_AGENCY, ESIGN_TIME = "esigned_by", "esign_agency", "esigned_at"

_LABELS = (
    (ESIGNER, re.compile(r"\W*(?:(?:duoc )?ky (?:so )?boi|nguoi ky|(?:digitally )?signed by) ?:?\s*")),
    (ESIGN_AGENCY, re.compile(r"\W*(?:co quan|to chuc|don vi) ?:\s*")),
    (ESIGN_TIME, re.compile(r"\W*(?:gio ky|thoi gian ky|ngay ky|date) ?:\s*")),
)
_OTHER = re.compile(r"\W*[a-z][a-z ]{1,20}:")
_TIME = re.compile(r"\D*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\D{1,3}(\d{1,2}):(\d{2})(?::(\d{2}))?")


def read_esignatures(paper: Sequence[PageReading]) -> Iterator[FieldValue]:
    """The values of all electronic signatures of a paper, page by page."""
    for no, page in enumerate(paper, start=1):
        stamps = [word for word in page.words if word.kind == "stamp"]
        for _, block in groupby(stamps, key=lambda word: word.block):
            yield from _values(list(block), no)


def _values(block: Sequence[Word], page: int) -> Iterator[FieldValue]:
    lines = [list(line) for _, line in groupby(block, key=lambda word: word.line)]
    labelled: list[tuple[str, list[Word]]] = []
    for line in lines:
        folded = aligned_fold(" ".join(word.text for word in line))
        name, length = _label(folded)
        if name or _OTHER.match(folded) or not labelled:
            labelled.append((name, _behind(line, length)))
        else:  # a line without a label continues the value above it
            labelled[-1][1].extend(line)
    if not any(name == ESIGNER for name, _ in labelled):  # a received-stamp
        return
    for name, words in labelled:
        if name and words:
            raw = " ".join(word.text for word in words)
            value = _time(raw) if name == ESIGN_TIME else raw.strip(" .,;:")
            yield FieldValue(
                name, raw, value, weakest(words), page=page, box=union([word.box for word in words])
            )


def _label(folded: str) -> tuple[str, int]:
    """The name of the value whose label begins a line, and the label's length; empty and 0 without one."""
    for name, pattern in _LABELS:
        if match := pattern.match(folded):
            return name, match.end()
    return "", 0


def _behind(line: Sequence[Word], length: int) -> list[Word]:
    """The words that begin after so many characters of the line."""
    found, at = [], 0
    for word in line:
        if at >= length:
            found.append(word)
        at += len(word.text) + 1
    return found


def _time(raw: str) -> str:
    """dd/mm/yyyy hh:mm:ss; empty for anything else, and for what no calendar or clock has."""
    match = _TIME.match(raw)
    if not match:
        return ""
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return f"{datetime(year, month, day, hour, minute, second):%d/%m/%Y %H:%M:%S}"
    except ValueError:
        return ""
