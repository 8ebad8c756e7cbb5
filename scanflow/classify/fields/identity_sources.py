"""Values of codes and machine-readable zones of identity papers, and which source takes precedence.

A QR code takes precedence over the machine-readable zone, and that over print. Where they differ, all values
are kept with the problem `sources-disagree`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from scanflow.classify.fields.card_code import read_card_code
from scanflow.classify.fields.mrz import Zone, read_zone
from scanflow.classify.fields.problems import SOURCES
from scanflow.classify.fields.searchable import around
from scanflow.classify.page_view import PageView
from scanflow.model import FieldValue, PageReading
from scanflow.text.folding import folded_key

_BY_CODE = 0.999
"""A code that could be read is right: it has error correction, and is otherwise not read."""
_BY_ZONE = 0.99
"""A check digit accepts one of ten wrong readings."""
_BY_PART_OF_ZONE = 0.95
"""The zone's own check digit disagrees, so something in it is misread."""
_BY_NAME_IN_ZONE = 0.8
"""No check digit covers a name."""
_DISPUTED = 0.5
"""Highest confidence of a disputed value of a lower source. No measurement is recorded for the last three."""
_ORDER = ("qr", "mrz", "print")


def from_codes(readings: Sequence[PageReading]) -> Iterator[FieldValue]:
    """The fields of the citizen card whose QR code is on a page."""
    for no, reading in enumerate(readings, start=1):
        for code in reading.codes:
            card = read_card_code(code.text)
            if card is None:
                continue
            values = {
                "number": card.number,
                "identity_number": card.number,
                "old_identity_number": card.old_number,
                "name": card.name,
                "birth_date": card.birth,
                "sex": card.sex,
                "address": card.address,
                "date": card.issued,
            }
            for name, value in values.items():
                if value:
                    yield FieldValue(name, value, value, _BY_CODE, "qr", no)
            return


def from_zone(pages: Sequence[PageView], today: date) -> Iterator[FieldValue]:
    """The fields of the machine-readable zone on a page."""
    for no, page in enumerate(pages, start=1):
        zone = read_zone(page.lines, today)
        if zone is not None:
            yield from _of_zone(zone, no)
            return


def _of_zone(zone: Zone, page: int) -> Iterator[FieldValue]:
    box = around([word for line in zone.lines for word in line.words])
    raw = "\n".join(line.text for line in zone.lines)
    values = {
        "number": zone.number,
        "identity_number": zone.citizen_number,
        "birth_date": _shown(zone.birth),
        "expiry_date": _shown(zone.expiry),
        "sex": zone.sex,
    }
    for name, value in values.items():
        if value:
            sure = _BY_ZONE if zone.whole else _BY_PART_OF_ZONE
            yield FieldValue(name, raw, value, sure, "mrz", page, box)
    if zone.name:
        yield FieldValue("name", raw, zone.name, _BY_NAME_IN_ZONE, "mrz", page, box)


def _shown(day: date | None) -> str | None:
    return f"{day:%d/%m/%Y}" if day else None


def settle(values: Sequence[FieldValue]) -> list[FieldValue]:
    """For each name the value of the best source, followed by differing values of other sources.

    Equal values are given once; their confidence is that not all of them are wrong.
    """
    by_name: dict[str, list[FieldValue]] = defaultdict(list)
    for value in values:
        by_name[value.name].append(value)
    return [value for of_one in by_name.values() for value in _settle_one(of_one)]


def _settle_one(values: Sequence[FieldValue]) -> list[FieldValue]:
    ranked = sorted(values, key=lambda value: _ORDER.index(value.source))
    best, others = ranked[0], [value for value in ranked[1:] if value.source != ranked[0].source]
    same_source = [value for value in ranked[1:] if value.source == best.source]
    disputes = []
    for other in others:
        if other.value and _agree(best, other):
            best = _joined(best, other)
        elif other.value:
            disputes.append(other)
    if best.confidence < _BY_ZONE and any(other.confidence > _DISPUTED for other in disputes):
        best = _disputed(best)  # a zone with a misread character disagrees with print
    if disputes:
        best = replace(best, problems=(*best.problems, SOURCES))
    said = [replace(_disputed(other), problems=(*other.problems, SOURCES)) for other in disputes]
    return [best, *same_source, *said]


def _disputed(value: FieldValue) -> FieldValue:
    return replace(value, confidence=min(value.confidence, _DISPUTED))


def _agree(a: FieldValue, b: FieldValue) -> bool:
    """Whether two values are equal without case, marks and spaces: a zone has none of them."""
    return folded_key(a.value).replace(" ", "") == folded_key(b.value).replace(" ", "")


def _joined(best: FieldValue, other: FieldValue) -> FieldValue:
    sure = 1 - (1 - best.confidence) * (1 - other.confidence)
    if best.source == "mrz" and best.value.isascii() and not other.value.isascii():
        # The zone confirms the letters; only print has the marks.
        return replace(other, confidence=max(other.confidence, min(sure, _BY_ZONE)))
    return replace(
        best, confidence=sure, box=best.box or other.box, page=best.page if best.box else other.page
    )
