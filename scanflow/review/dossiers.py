"""What a reviewer sees of a dossier: its documents, checklist and history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from scanflow.archive.documents.doubts import doubt_of, is_value_doubtful
from scanflow.archive.documents.filed_documents import ListedDossier, dossiers_after, newest_dossiers
from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import LOOKS, LogEntry, document_subject
from scanflow.classify.fields.problems import WORDING
from scanflow.classify.profiles import RequiredPaper, in_force
from scanflow.clock import date_in_vietnam
from scanflow.model import UNKNOWN_TYPE, Checklist, ChecklistItem, Document, Dossier, Doubt, FieldValue
from scanflow.pipeline.figures import doubt_rules
from scanflow.pipeline.filing.export import dossier_checklist
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.review.pages import WRITTEN

LISTED = 30
"""Dossiers on one page of the list."""
HISTORY = 100
"""Entries of the log that are shown."""
_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document in its dossier's list; `pages` are those of its newest version."""

    document: Document
    type_name: str
    pages: int
    versions: int
    written: bool
    chosen: bool

    @property
    def no(self) -> int:
        return self.document.no


@dataclass(frozen=True, slots=True)
class ShownField:
    """A value of a document; `problems` are sentences in English and Vietnamese."""

    value: FieldValue
    doubtful: bool
    problems: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """What is shown of it: its normal form, else what was read."""
        return self.value.value or self.value.raw


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """What was done, by whom and when; `details` are the names and values that the log has of it."""

    entry: LogEntry
    details: Mapping[str, str]


def listed(review: Review, who: Reviewer, page: int) -> tuple[list[ListedDossier], bool]:
    """The newest dossiers of the reviewer's agency, and whether there are more after this page (from 1)."""
    with review.catalog.reading() as connection:
        found = newest_dossiers(connection, who.agency, LISTED + 1, (page - 1) * LISTED)
    return found[:LISTED], len(found) > LISTED


def listed_after(
    review: Review, who: Reviewer, after: tuple[datetime, str] | None, limit: int
) -> list[ListedDossier]:
    """The newest dossiers of the agency; `after`: those that follow the one of this time and number."""
    with review.catalog.reading() as connection:
        return dossiers_after(connection, who.agency, after, limit)


def procedure_name(review: Review, dossier: Dossier) -> str:
    """The name of a dossier's procedure; its code without a profile, empty if the procedure is not known."""
    found = review.services.profiles.procedure(dossier.procedure_code, date_in_vietnam(dossier.created_at))
    return found.name if found else dossier.procedure_code or ""


def type_name(review: Review, document: Document) -> str:
    """A document's name: that of its type, else its title; empty where neither is known."""
    kind = review.services.profiles.types.get(document.type)
    if kind is not None and kind.id != UNKNOWN_TYPE:
        return kind.name
    return document.title


def shown_documents(review: Review, dossier: Dossier) -> list[ShownDocument]:
    """The documents of a dossier that have a version."""
    return [
        ShownDocument(
            document=each,
            type_name=type_name(review, each),
            pages=each.versions[-1].pages,
            versions=len(each.versions),
            written=each.versions[-1].made_by.get("source") == WRITTEN,
            chosen=any(evidence.cue == CHOSEN for evidence in each.evidence),
        )
        for each in dossier.documents
        if each.versions
    ]


def shown_fields(review: Review, document: Document) -> list[ShownField]:
    """All values of a document, doubtful ones marked; of older releases' documents the sure ones only."""
    least = review.services.settings.classify.min_field_confidence
    details: Sequence[FieldValue] = document.field_details or [
        FieldValue(name, value, value, 1.0) for name, value in document.fields.items()
    ]
    return [
        ShownField(
            each,
            is_value_doubtful(each, least),
            tuple(WORDING[code] for code in each.problems if code in WORDING),
        )
        for each in details
    ]


def asked_rows(review: Review, dossier: Dossier) -> tuple[RequiredPaper, ...]:
    """The rows of a dossier's list, as in force at its intake; none where its procedure is not known."""
    day = date_in_vietnam(dossier.created_at)
    procedure = review.services.profiles.procedure(dossier.procedure_code, day)
    return in_force(procedure, day).required if procedure else ()


def row_name(review: Review, dossier: Dossier, document: Document) -> str:
    """The name of the likeliest row that a document meets in its dossier's list; empty without one."""
    names = {row.id: row.title or row.name for row in asked_rows(review, dossier)}
    return next((names[each.row] for each in document.rows if each.row in names), "")


def doubt(review: Review, document: Document) -> Doubt:
    """Whether a document's type or row waits for a person, as in the queue."""
    return doubt_of(
        doubt_rules(review.services.settings.classify),
        type=document.type,
        confidence=document.confidence,
        evidence=[asdict(each) for each in document.evidence],
        rows=[asdict(each) for each in document.rows],
    )


def checklist(review: Review, dossier: Dossier) -> Checklist | None:
    """A dossier's checklist: papers that it has, lacks, or has in excess; None for an unknown procedure."""
    return dossier_checklist(dossier, review.services.profiles)


def history(review: Review, number: str, no: int | None = None) -> list[ShownEntry]:
    """What was done to a dossier, or to its document `no`, the newest first; not who looked at it."""
    found = find(review.catalog, LogQuery(dossier=number), _LOOKED_AT)
    entries = [each.entry for each in reversed(found) if each.entry.action not in LOOKS]
    if no is not None:
        subject = document_subject(number, no)
        entries = [each for each in entries if each.subject == subject]
    return [ShownEntry(each, _details(review, each)) for each in entries[:HISTORY]]


def met_rows(review: Review, dossier: Dossier, no: int) -> list[ChecklistItem]:
    """The rows of a dossier's list that its document `no` counts for."""
    found = checklist(review, dossier)
    return [row for row in found.items if no in row.documents] if found else []


def _details(review: Review, entry: LogEntry) -> dict[str, str]:
    """Version, type and dossier as far as an entry says them; types by their names."""
    after = entry.after if isinstance(entry.after, Mapping) else {}
    said = {name: str(after[name]) for name in ("version", "type", "to", "from") if after.get(name)}
    kind = review.services.profiles.types.get(said.get("type", ""))
    return said | ({"type": kind.name} if kind else {})
