"""Changes of filed documents by people: type, values, and the dossier that a document is in.

Each is made in the caller's transaction, which also enters the person in the log; the search index is renewed
in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from scanflow.archive.catalog import next_number, unknown_dossier
from scanflow.archive.database.tables import documents, dossiers, versions
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.archive.documents.document_rows import evidence_of, row_match
from scanflow.archive.documents.field_details import from_json, to_json
from scanflow.archive.documents.page_words import PageWords
from scanflow.archive.search.changes import mark_changed
from scanflow.archive.search.page_texts import forget_texts, index_texts
from scanflow.archive.search.words import paper_number
from scanflow.errors import OutdatedError
from scanflow.model import Document, FieldValue


@dataclass(frozen=True, slots=True)
class JoinedDocument:
    """A document that was joined to another: its row, its number in the dossier, its newest version's."""

    id: int
    no: int
    type: str
    version: int


def lock_document(connection: Connection, document_id: int, *, dossier_id: int, version: int) -> None:
    """Keep others from correcting a document until the transaction ends.

    Raises OutdatedError where it is in another dossier by now, was joined to another document, or has another
    newest version.
    """
    row = connection.execute(
        select(documents.c.dossier_id, documents.c.joined_to)
        .where(documents.c.id == document_id)
        .with_for_update()
    ).one_or_none()
    newest = connection.scalar(
        select(versions.c.version)
        .where(versions.c.document_id == document_id)
        .order_by(versions.c.version.desc())
        .limit(1)
    )
    if row is None or row.joined_to is not None or row.dossier_id != dossier_id or newest != version:
        raise OutdatedError


def require_entry(connection: Connection, document_id: int, seen: Document) -> None:
    """Raise OutdatedError unless a document's type, rows, values and evidence are still those that were seen.

    The evidence is compared too, because a person may confirm a type without changing it.
    """
    row = connection.execute(
        select(
            documents.c.type,
            documents.c.evidence,
            documents.c.fields,
            documents.c.field_details,
            documents.c.row_matches,
        ).where(documents.c.id == document_id)
    ).one()
    there = (
        row.type,
        evidence_of(row.evidence),
        dict(row.fields),
        from_json(row.field_details),
        tuple(row_match(each) for each in row.row_matches or ()),
    )
    if there != (seen.type, seen.evidence, dict(seen.fields), seen.field_details, seen.rows):
        raise OutdatedError


def set_type(connection: Connection, document_id: int, values: Mapping[str, Any]) -> None:
    """Give a document another type: `type`, `kind`, `confidence`, `evidence`, `row_matches` as columns, and
    what else is another by it.
    """
    connection.execute(update(documents).where(documents.c.id == document_id).values(**values))


def set_fields(
    connection: Connection, document_id: int, fields: Mapping[str, str], details: Sequence[FieldValue]
) -> None:
    """Give a document other values."""
    values = field_columns(fields, details)
    connection.execute(update(documents).where(documents.c.id == document_id).values(**values))


def field_columns(fields: Mapping[str, str], details: Sequence[FieldValue]) -> dict[str, Any]:
    """A document's values as columns."""
    return {
        "fields": dict(fields),
        "field_details": to_json(details),
        "paper_number": paper_number(fields),
    }


def move(connection: Connection, document_id: int, from_number: str, to_number: str) -> int:
    """Put a document into another dossier, which must be there; its number in that. Raises NotFoundError."""
    # Always in the same order, so that two moves in opposite directions can't deadlock.
    found = select(dossiers.c.id, dossiers.c.number).where(dossiers.c.number.in_([from_number, to_number]))
    ids = {row.number: row.id for row in connection.execute(found.order_by(dossiers.c.id).with_for_update())}
    if from_number not in ids or to_number not in ids:
        raise unknown_dossier(to_number)
    connection.execute(
        update(dossiers)
        .where(dossiers.c.id == ids[from_number])
        .values(last_no=next_number(connection, ids[from_number]) - 1)
    )
    no = next_number(connection, ids[to_number])
    place = {"dossier_id": ids[to_number], "no": no}
    connection.execute(update(documents).where(documents.c.id == document_id).values(**place))
    return no


def set_comparison(connection: Connection, document_id: int, by: str | None, at: datetime | None) -> None:
    """Note that a document was compared with its original, and by whom; None: that it was not."""
    values = {"attested_by": by, "attested_at": at}
    connection.execute(update(documents).where(documents.c.id == document_id).values(**values))


def join_to(connection: Connection, document_id: int, no: int) -> None:
    """Note that a document's pages are now in document `no` of its dossier: it is no longer found."""
    connection.execute(update(documents).where(documents.c.id == document_id).values(joined_to=no))
    forget_texts(connection, document_id)


def joined_document(
    connection: Connection, dossier_id: int, batch_id: str, first_page: int
) -> JoinedDocument | None:
    """A document of a dossier that began at this page and was joined to another one."""
    newest = select(func.max(versions.c.version)).where(versions.c.document_id == documents.c.id)
    query = select(
        documents.c.id, documents.c.no, documents.c.type, newest.scalar_subquery().label("version")
    ).where(
        documents.c.dossier_id == dossier_id,
        documents.c.batch_id == batch_id,
        documents.c.first_page == first_page,
        documents.c.joined_to.is_not(None),
    )
    return fetch_one(connection, JoinedDocument, query)


def restore_joined(connection: Connection, document_id: int) -> None:
    """Restore a document that was joined to another one."""
    connection.execute(update(documents).where(documents.c.id == document_id).values(joined_to=None))


def reindex_texts(connection: Connection, document_id: int, version: int, pages: Sequence[PageWords]) -> None:
    """Renew a document's text in search from the words of its newest version."""
    own = (versions.c.document_id == document_id) & (versions.c.version == version)
    version_id = connection.execute(select(versions.c.id).where(own)).scalar_one()
    index_texts(connection, document_id, version_id, pages)


def reindex_document(connection: Connection, document_id: int) -> None:
    """Renew a document's entry in search from its present data."""
    mark_changed(connection, [document_id])
