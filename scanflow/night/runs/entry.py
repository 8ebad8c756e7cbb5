"""A document's type, rows and values after it was read again: they are renewed unless a person set them.

A type that is not sure enough leaves the one before; so does a value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from scanflow.archive.documents.field_details import from_json, to_json
from scanflow.archive.logbook import FIELD_SET, LogEntry
from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.model import UNKNOWN_TYPE, Document, Evidence, FieldValue, PageReading, Paper, RowMatch
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.settings import ClassifySettings

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's data in the catalog besides its versions; the names are those of the columns."""

    type: str
    kind: str
    confidence: float
    title: str
    evidence: tuple[Evidence, ...]
    rows: tuple[RowMatch, ...]
    fields: Mapping[str, str]
    details: tuple[FieldValue, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry as JSON holds it."""
        return {
            "type": self.type,
            "kind": self.kind,
            "confidence": self.confidence,
            "title": self.title,
            "evidence": [asdict(each) for each in self.evidence],
            "rows": [asdict(each) for each in self.rows],
            "fields": dict(self.fields),
            "details": to_json(self.details),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Entry":
        """The entry that `to_json` gave."""
        return cls(
            values["type"],
            values["kind"],
            values["confidence"],
            values["title"],
            tuple(Evidence(**each) for each in values["evidence"]),
            tuple(
                RowMatch(each["row"], each["chance"], tuple(Evidence(**why) for why in each["evidence"]))
                for each in values["rows"]
            ),
            values["fields"],
            from_json(values["details"]),
        )


def entry_of(document: Document) -> Entry:
    """A document's present entry."""
    return Entry(
        document.type,
        document.kind,
        document.confidence,
        document.title,
        document.evidence,
        document.rows,
        document.fields,
        document.field_details,
    )


def type_is_set(document: Document) -> bool:
    """Whether a person set a document's type or row."""
    evidence = (*document.evidence, *(why for row in document.rows for why in row.evidence))
    return any(each.cue == CHOSEN for each in evidence)


def names_set(document: Document, log: Sequence[LogEntry]) -> frozenset[str]:
    """Names of the values that a person set, confirmed or removed."""
    set_now = {each.name for each in document.field_details if each.source == PERSON}
    ever = {str(each.before.get("field")) for each in log if each.action == FIELD_SET and each.before}
    return frozenset(set_now | ever)


def entry_after(  # noqa: PLR0913 - what is known of the document, by keyword
    document: Document,
    readings: Sequence[PageReading],
    *,
    profiles: Profiles,
    classify: ClassifySettings,
    procedure: str | None,
    kept_names: frozenset[str],
    other_profiles: bool = False,
) -> Entry:
    """A document's new entry after these readings of its pages; `kept_names`: values that people set.

    `other_profiles`: the present type was found by other profiles, so its confidence is not comparable.
    """
    before = entry_of(document)
    (paper,) = separate(
        readings,
        dict.fromkeys(range(1, len(readings)), False),
        profiles,
        procedure=procedure,
        min_confidence=classify.min_confidence,
    )
    least = 0.0 if other_profiles else before.confidence
    typed = _typed(before, paper, least, kept=type_is_set(document))
    if typed.type != paper.type:
        paper = replace(paper, type=typed.type)
    paper = with_fields(paper, readings, profiles.types, classify.min_field_confidence)
    return _with_values(typed, before, paper, kept_names, classify.min_field_confidence)


def _typed(before: Entry, paper: Paper, least: float, *, kept: bool) -> Entry:
    """The entry with the paper's type and rows, unless a person set them or they are less sure."""
    same = paper.type == before.type
    if kept or paper.confidence < least or (paper.type == UNKNOWN_TYPE and not same):
        return before
    if paper.type == UNKNOWN_TYPE and before.rows and not paper.rows:
        return before
    return replace(
        before,
        type=paper.type,
        kind=paper.kind,
        confidence=paper.confidence,
        title=paper.title or before.title,
        evidence=paper.evidence,
        rows=paper.rows,
    )


def _with_values(typed: Entry, before: Entry, paper: Paper, kept: frozenset[str], least: float) -> Entry:
    """The entry with the paper's values. Earlier values stay if people set them, or if they are sure and the
    new reading lacks them or is less sure.
    """
    of_type = typed.type == before.type
    old = {name: [each for each in before.details if each.name == name] for name in _names(before.details)}
    new = {
        name: [each for each in paper.field_details if each.name == name]
        for name in _names(paper.field_details)
    }
    details: list[FieldValue] = []
    taken_over: set[str] = set()
    for name in dict.fromkeys((*old, *new)):
        was, is_now = _surest(old.get(name, ())), _surest(new.get(name, ()))
        # A sure value that the new reading lacks stays; else the surer of both.
        first = name in kept or (of_type and was >= (is_now if name in new else least) and was > is_now)
        details += old.get(name, ()) if first else new.get(name, ())
        if not first:
            taken_over.add(name)
    fields = {name: value for name, value in before.fields.items() if name not in taken_over}
    if not of_type:
        fields = {name: value for name, value in fields.items() if name in kept}
    fields |= {name: value for name, value in paper.fields.items() if name in taken_over}
    return replace(typed, fields=fields, details=tuple(details))


def _names(details: Sequence[FieldValue]) -> list[str]:
    return list(dict.fromkeys(each.name for each in details))


def _surest(details: Sequence[FieldValue]) -> float:
    return max((each.confidence for each in details), default=0.0)
