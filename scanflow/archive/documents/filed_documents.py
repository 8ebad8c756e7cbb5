"""Filed dossiers and documents for reviewers: always within one agency.

Anything of another agency is not found, as if it did not exist.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, func, select

from scanflow.archive.database.tables import documents, dossiers, pages, search_changes, versions
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.archive.documents.document_rows import documents_of, row_match
from scanflow.model import Document, Dossier, Geometry, RowMatch

_COUNT = (
    select(func.count())
    .where(documents.c.dossier_id == dossiers.c.id, documents.c.joined_to.is_(None))
    .scalar_subquery()
)
"""How many documents a dossier has; what was joined to another is none of them any more."""


@dataclass(frozen=True, slots=True)
class ListedDossier:
    """A dossier in a list, with how many documents it has."""

    number: str
    procedure_code: str | None
    created_at: datetime
    documents: int


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """Which row a document is: its id and its dossier's, and the page of its batch that it begins with."""

    id: int
    dossier_id: int
    batch_id: str
    first_page: int


def newest_dossiers(connection: Connection, agency: str, limit: int, offset: int = 0) -> list[ListedDossier]:
    """An agency's dossiers, the newest first."""
    query = _listed(agency).order_by(dossiers.c.created_at.desc(), dossiers.c.id.desc())
    query = query.limit(limit).offset(offset)
    return fetch_all(connection, ListedDossier, query)


def dossiers_after(
    connection: Connection, agency: str, after: tuple[datetime, str] | None, limit: int
) -> list[ListedDossier]:
    """An agency's dossiers, the newest first; `after`: those that follow the one of this time and number."""
    query = _listed(agency).order_by(dossiers.c.created_at.desc(), dossiers.c.number.desc()).limit(limit)
    if after is not None:
        at, number = after
        same_time = (dossiers.c.created_at == at) & (dossiers.c.number < number)
        query = query.where((dossiers.c.created_at < at) | same_time)
    return fetch_all(connection, ListedDossier, query)


def _listed(agency: str) -> Select[Any]:
    columns = dossiers.c
    listed = select(columns.number, columns.procedure_code, columns.created_at, _COUNT.label("documents"))
    return listed.where(columns.agency == agency)


def dossier_of(connection: Connection, agency: str, number: str) -> Dossier | None:
    """An agency's dossier with its documents; None for another agency's too."""
    query = select(dossiers).where(dossiers.c.number == number, dossiers.c.agency == agency)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Dossier(row.number, row.procedure_code, row.created_at, documents_of(connection, row.id))


def has_dossier(connection: Connection, agency: str, number: str) -> bool:
    """Whether an agency has a dossier of this number."""
    query = select(dossiers.c.id).where(dossiers.c.number == number, dossiers.c.agency == agency)
    return connection.execute(query).first() is not None


def document_of(
    connection: Connection, agency: str, number: str, no: int
) -> tuple[DocumentPlace, Document] | None:
    """One document of an agency's dossier, without loading the others; None if there is none."""
    query = (
        select(documents.c.id, documents.c.dossier_id, documents.c.batch_id, documents.c.first_page)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.agency == agency, dossiers.c.number == number, documents.c.no == no)
        .where(documents.c.joined_to.is_(None))
    )
    place = fetch_one(connection, DocumentPlace, query)
    if place is None:
        return None
    (document,) = documents_of(connection, place.dossier_id, place.id)
    return place, document


def page_geometry(connection: Connection, document_id: int, page: int) -> Geometry:
    """The geometry that makes a page (from 1) upright, for a document whose file was kept as it came."""
    query = select(pages.c.geometry).where(pages.c.document_id == document_id, pages.c.file_page == page)
    found: Any = connection.scalar(query.limit(1))
    return Geometry(**found) if found else Geometry()


def newest_version(connection: Connection, document_id: int) -> int:
    """The number of a document's newest version; 0 without one."""
    query = select(func.max(versions.c.version)).where(versions.c.document_id == document_id)
    return int(connection.scalar(query) or 0)


@dataclass(frozen=True, slots=True)
class DocumentToCheck:
    """A document that a person may have to check, with the program's findings; `id` is its row's."""

    id: int
    number: str
    no: int
    type: str
    title: str
    confidence: float
    evidence: list[dict[str, Any]]
    field_details: list[dict[str, Any]] | None
    row_matches: list[dict[str, Any]] | None


def newest_documents(connection: Connection, agency: str, at_most: int) -> list[DocumentToCheck]:
    """An agency's documents, those filed last first."""
    query = _to_check(agency).order_by(documents.c.id.desc()).limit(at_most)
    return fetch_all(connection, DocumentToCheck, query)


def documents_below(connection: Connection, agency: str, id: int, at_most: int) -> list[DocumentToCheck]:
    """An agency's documents whose rows' ids are below this one, the highest first."""
    query = _to_check(agency).where(documents.c.id < id).order_by(documents.c.id.desc()).limit(at_most)
    return fetch_all(connection, DocumentToCheck, query)


def documents_of_ids(connection: Connection, agency: str, ids: Collection[int]) -> list[DocumentToCheck]:
    """Those of an agency's documents whose rows have these ids, the highest first."""
    query = _to_check(agency).where(documents.c.id.in_(ids)).order_by(documents.c.id.desc())
    return fetch_all(connection, DocumentToCheck, query)


def changed_documents(connection: Connection, agency: str, seq: int) -> set[int]:
    """The rows' ids of an agency's documents that changed after a change's number."""
    return set(connection.scalars(_changed(documents.c.id, agency, seq)))


def changed_dossiers(connection: Connection, agency: str, seq: int) -> set[int]:
    """The rows' ids of an agency's dossiers with a document that changed after a change's number."""
    return set(connection.scalars(_changed(dossiers.c.id, agency, seq)))


def _changed(id: Column[int], agency: str, seq: int) -> Select[Any]:
    return (
        select(id)
        .distinct()
        .select_from(search_changes)
        .join(documents, documents.c.id == search_changes.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(search_changes.c.seq > seq, dossiers.c.agency == agency)
    )


def ids_of_documents(connection: Connection, agency: str, number: str, no: int = 0) -> list[int]:
    """The rows' ids of the documents of an agency's dossier, or of the one of a number."""
    query = (
        select(documents.c.id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.agency == agency, dossiers.c.number == number)
    )
    return list(connection.scalars(query.where(documents.c.no == no) if no else query))


def document_to_check(connection: Connection, agency: str, number: str, no: int) -> DocumentToCheck | None:
    """One document of an agency's dossier."""
    query = _to_check(agency).where(dossiers.c.number == number, documents.c.no == no)
    return fetch_one(connection, DocumentToCheck, query)


def _to_check(agency: str) -> Select[Any]:
    return (
        select(
            documents.c.id,
            dossiers.c.number,
            documents.c.no,
            documents.c.type,
            documents.c.title,
            documents.c.confidence,
            documents.c.evidence,
            documents.c.field_details,
            documents.c.row_matches,
        )
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.agency == agency, documents.c.joined_to.is_(None))
    )


@dataclass(frozen=True, slots=True)
class DossierToCheck:
    """A dossier whose checklist is to be examined; `documents` has their types and rows, by number."""

    id: int
    number: str
    procedure_code: str | None
    created_at: datetime
    documents: tuple[tuple[int, str, tuple[RowMatch, ...]], ...]


def dossiers_to_check(
    connection: Connection, agency: str, at_most: int, number: str | None = None
) -> list[DossierToCheck]:
    """An agency's dossiers whose procedure is known, the newest first, or one of them."""
    query = (
        select(dossiers.c.id, dossiers.c.number, dossiers.c.procedure_code, dossiers.c.created_at)
        .where(dossiers.c.agency == agency, dossiers.c.procedure_code.is_not(None))
        .order_by(dossiers.c.created_at.desc(), dossiers.c.id.desc())
        .limit(at_most)
    )
    if number is not None:
        query = query.where(dossiers.c.number == number)
    return _with_documents(connection, query)


def dossiers_below(connection: Connection, agency: str, id: int, at_most: int) -> list[DossierToCheck]:
    """An agency's dossiers whose procedure is known and whose rows' ids are below this one, the highest
    first.
    """
    query = _dossiers_by_id(agency).where(dossiers.c.id < id).limit(at_most)
    return _with_documents(connection, query)


def dossiers_of_ids(connection: Connection, agency: str, ids: Collection[int]) -> list[DossierToCheck]:
    """Those of an agency's dossiers with a known procedure whose rows have these ids, the highest first."""
    return _with_documents(connection, _dossiers_by_id(agency).where(dossiers.c.id.in_(ids)))


def _dossiers_by_id(agency: str) -> Select[Any]:
    return (
        select(dossiers.c.id, dossiers.c.number, dossiers.c.procedure_code, dossiers.c.created_at)
        .where(dossiers.c.agency == agency, dossiers.c.procedure_code.is_not(None))
        .order_by(dossiers.c.id.desc())
    )


def _with_documents(connection: Connection, query: Select[Any]) -> list[DossierToCheck]:
    rows = connection.execute(query).fetchall()
    inside = (
        select(documents.c.dossier_id, documents.c.no, documents.c.type, documents.c.row_matches)
        .where(documents.c.dossier_id.in_([row.id for row in rows]), documents.c.joined_to.is_(None))
        .where(select(versions.c.id).where(versions.c.document_id == documents.c.id).exists())
        .order_by(documents.c.dossier_id, documents.c.no)
    )
    found: dict[int, list[tuple[int, str, tuple[RowMatch, ...]]]] = {row.id: [] for row in rows}
    for row in connection.execute(inside):
        matches = tuple(row_match(each) for each in row.row_matches or ())
        found[row.dossier_id].append((row.no, row.type, matches))
    return [
        DossierToCheck(row.id, row.number, row.procedure_code, row.created_at, tuple(found[row.id]))
        for row in rows
    ]
