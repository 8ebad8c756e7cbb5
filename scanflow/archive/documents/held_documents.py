"""Documents that an agency's dossiers hold already: found by their pages' bytes, number or appearance.

Other agencies' dossiers are never searched.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import documents, dossiers, pages
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.model import PageState


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document by its row's id, its dossier's number and its own number there."""

    id: int
    dossier: str
    no: int


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page of a document, by its perceptual fingerprint."""

    document: HeldDocument
    fingerprint: str


_DOCUMENT = (documents.c.id, dossiers.c.number.label("dossier"), documents.c.no)


def documents_with_bytes(
    connection: Connection, agency: str, checksums: Collection[str], at_most: int
) -> list[HeldDocument]:
    """Documents in which captured pages with one of these SHA-256 stand."""
    query = (
        select(*_DOCUMENT)
        .select_from(pages)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(pages.c.sha256.in_(list(checksums)), pages.c.state == PageState.FILED)
        .where(dossiers.c.agency == agency)
        .distinct()
        .limit(at_most)
    )
    return fetch_all(connection, HeldDocument, query)


def documents_with_number(
    connection: Connection, agency: str, type: str, paper_number: str, at_most: int
) -> list[HeldDocument]:
    """Documents of a type on which this number is printed, folded as `scanflow.archive.search.words` does."""
    query = (
        select(*_DOCUMENT)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(documents.c.type == type, documents.c.paper_number == paper_number)
        .where(documents.c.joined_to.is_(None))
        .where(dossiers.c.agency == agency)
        .limit(at_most)
    )
    return fetch_all(connection, HeldDocument, query)


def pages_of_type(connection: Connection, agency: str, dossier: str, type: str) -> list[HeldPage]:
    """The pages of a dossier's documents of a type that have a fingerprint, by the documents' numbers."""
    query = (
        select(*_DOCUMENT, pages.c.fingerprint)
        .select_from(pages)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == dossier, dossiers.c.agency == agency)
        .where(documents.c.type == type, pages.c.fingerprint.is_not(None))
        .order_by(documents.c.no)
    )
    return [HeldPage(HeldDocument(*document), looks) for *document, looks in connection.execute(query)]
