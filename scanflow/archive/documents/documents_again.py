"""Filed documents for nightly runs: by the id of their row, of any agency."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import documents, dossiers
from scanflow.archive.documents.document_rows import documents_of
from scanflow.model import Document


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """A document with the ids of its row and its dossier's, and the dossier's number, procedure
    and agency.
    """

    id: int
    dossier_id: int
    number: str
    procedure: str | None
    agency: str
    document: Document


def placed_document(connection: Connection, document_id: int) -> PlacedDocument | None:
    """A document and its present place; None if it does not exist, has no version, or was joined to another
    document.
    """
    query = (
        select(documents.c.dossier_id, dossiers.c.number, dossiers.c.procedure_code, dossiers.c.agency)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(documents.c.id == document_id, documents.c.joined_to.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    (document,) = documents_of(connection, row.dossier_id, document_id)
    if not document.versions:
        return None
    return PlacedDocument(document_id, row.dossier_id, row.number, row.procedure_code, row.agency, document)
