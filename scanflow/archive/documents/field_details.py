"""Values of fields as JSON, for the catalog and manifests; what has its default value is left out."""

from collections.abc import Iterable, Mapping
from typing import Any

from scanflow.model import Box, FieldValue

_DECIMALS = 2


def to_json(details: Iterable[FieldValue]) -> list[dict[str, Any]] | None:
    """Each value as an object; None where there are none, so that older manifests stay as they are."""
    return [_one_to_json(value) for value in details] or None


def from_json(rows: Iterable[Mapping[str, Any]] | None) -> tuple[FieldValue, ...]:
    """The values from their JSON form; fields of a later release are ignored."""
    return tuple(_one_from_json(row) for row in rows or ())


def _one_to_json(value: FieldValue) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": value.name,
        "raw": value.raw,
        "value": value.value,
        "confidence": value.confidence,
        "source": value.source,
        "page": value.page,
    }
    if value.box is not None:
        box = value.box
        row["box"] = [round(side, _DECIMALS) for side in (box.left, box.top, box.right, box.bottom)]
    if value.problems:
        row["problems"] = list(value.problems)
    if value.person:
        row["person"] = value.person
    return row


def _one_from_json(row: Mapping[str, Any]) -> FieldValue:
    return FieldValue(
        name=row["name"],
        raw=row["raw"],
        value=row["value"],
        confidence=row["confidence"],
        source=row["source"],
        page=row["page"],
        box=Box(*row["box"]) if row.get("box") else None,
        problems=tuple(row.get("problems", ())),
        person=row.get("person", 0),
    )
