"""Filed documents as nightly runs choose among them: the newest version of each, with what made it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from scanflow.archive.database.tables import documents, dossiers, night_items, night_runs, versions
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.model.night_states import ItemState


@dataclass(frozen=True, slots=True)
class FiledDocument:
    """A document in its newest version: where it is filed, what it is, and what made it.

    `filed_at`: when it was filed; `made_at`: when the newest version was made.
    """

    id: int
    number: str
    no: int
    agency: str
    type: str
    kind: str | None
    filed_at: datetime
    version: int
    made_at: datetime
    made_by: Mapping[str, Any]
    confidence: float
    pages: int


def filed_documents(  # noqa: PLR0913 - what is chosen by in the database, by keyword
    connection: Connection,
    *,
    after: int,
    until: int,
    limit: int | None = None,
    agency: str | None = None,
    number: str | None = None,
    types: Sequence[str] = (),
    kinds: Sequence[str] = (),
    filed_from: datetime | None = None,
    filed_until: datetime | None = None,
    score_below: float | None = None,
) -> list[FiledDocument]:
    """Documents by their ids, the next after `after` up to `until`, that meet all of what is said."""
    newest = (
        select(func.max(versions.c.version))
        .where(versions.c.document_id == documents.c.id)
        .correlate(documents)
        .scalar_subquery()
    )
    query = (
        select(
            documents.c.id,
            dossiers.c.number,
            documents.c.no,
            dossiers.c.agency,
            documents.c.type,
            documents.c.kind,
            documents.c.created_at.label("filed_at"),
            versions.c.version,
            versions.c.created_at.label("made_at"),
            versions.c.made_by,
            versions.c.confidence,
            versions.c.pages,
        )
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .join(versions, (versions.c.document_id == documents.c.id) & (versions.c.version == newest))
        .where(documents.c.id > after, documents.c.id <= until)
        .where(documents.c.joined_to.is_(None))  # what was joined to another document stands there now
        .order_by(documents.c.id)
        .limit(limit)
    )
    conditions: tuple[tuple[object, Callable[[], ColumnElement[bool]]], ...] = (
        (agency, lambda: dossiers.c.agency == agency),
        (number, lambda: dossiers.c.number == number),
        (types, lambda: documents.c.type.in_(list(types))),
        (kinds, lambda: documents.c.kind.in_(list(kinds))),
        (filed_from, lambda: documents.c.created_at >= filed_from),
        (filed_until, lambda: documents.c.created_at < filed_until),
        (score_below, lambda: versions.c.confidence < score_below),
    )
    for value, condition in conditions:
        if value not in (None, ()):
            query = query.where(condition())
    return fetch_all(connection, FiledDocument, query)


def last_document(connection: Connection) -> int:
    """The highest id that a document has now; 0 without any."""
    return int(connection.scalar(select(func.max(documents.c.id))) or 0)


def worked_on_before(
    connection: Connection, kind: str, document_ids: Sequence[int]
) -> dict[int, list[tuple[int | None, str | None]]]:
    """What runs of this kind did with documents: the version that each ended with, and by what
    (`score.by`).
    """
    found: dict[int, list[tuple[int | None, str | None]]] = {}
    query = (
        select(
            night_items.c.document_id,
            night_items.c.version_before,
            night_items.c.version_after,
            night_items.c.score,
        )
        .join(night_runs, night_runs.c.id == night_items.c.run_id)
        .where(
            night_runs.c.kind == kind,
            night_items.c.state == ItemState.DONE,
            night_items.c.document_id.in_(list(document_ids)),
        )
    )
    for row in connection.execute(query):
        by = (row.score or {}).get("by")
        found.setdefault(row.document_id, []).append((row.version_after or row.version_before, by))
    return found
