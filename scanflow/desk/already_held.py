"""What an agency holds already (đã có trong kho): the same bytes, the same number, the same look.

Of other agencies' dossiers nothing is said, not even that they are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import documents, dossiers, pages
from scanflow.archive.search.terms import paper_number
from scanflow.archive.store.base import ObjectStore, is_there
from scanflow.errors import StoreUnavailableError
from scanflow.imaging.fingerprint_distance import SAME, distance
from scanflow.ledger.documents import newest_pdfs
from scanflow.model import UNKNOWN_TYPE, Paper, StoredObject

_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class _Place:
    """A document's row and where it stands."""

    id: int
    number: str
    no: int

    def __str__(self) -> str:
        return f"{self.number}.{self.no:02}"


def find_held(
    store: ObjectStore,
    connection: Connection,
    agency: str,
    paper: Paper,
    *,
    checksums: Sequence[str],
    fingerprints: Sequence[str],
    number: str | None,
) -> list[str]:
    """Where an agency has a paper: dossier and document number, the surest first, at most five.

    `checksums` and `fingerprints` are its pages'. By look it is only compared with what the same dossier
    (`number`) holds of its type: one form filled in for two people looks the same. What the store has lost is
    not held.
    """
    # A page of a signed file that could not be read may have neither.
    checksums, fingerprints = list(filter(None, checksums)), list(filter(None, fingerprints))
    found = [
        *_with_the_same_bytes(connection, agency, checksums),
        *_with_the_same_number(connection, agency, paper),
        *(_that_look_the_same(connection, agency, paper, fingerprints, number) if number else ()),
    ]
    pdfs = newest_pdfs(connection, {place.id for place in found})
    there = {document_id for document_id, pdf in pdfs.items() if _is_there(store, pdf)}
    return list(dict.fromkeys(str(place) for place in found if place.id in there))[:_AT_MOST]


def _is_there(store: ObjectStore, pdf: StoredObject) -> bool:
    try:
        return is_there(store, pdf)
    except StoreUnavailableError:  # a hint, which the clerk looks at: nothing is decided by it
        return True


def _with_the_same_bytes(connection: Connection, agency: str, checksums: Sequence[str]) -> list[_Place]:
    query = (
        select(documents.c.id, dossiers.c.number, documents.c.no)
        .select_from(pages)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(pages.c.sha256.in_(list(checksums)), pages.c.state == "filed", dossiers.c.agency == agency)
        .distinct()
        .limit(_AT_MOST)
    )
    return [_Place(*row) for row in connection.execute(query)]


def _with_the_same_number(connection: Connection, agency: str, paper: Paper) -> list[_Place]:
    own = paper_number(paper.fields)
    if own is None or paper.type == UNKNOWN_TYPE:
        return []
    query = (
        select(documents.c.id, dossiers.c.number, documents.c.no)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(documents.c.type == paper.type, documents.c.paper_number == own, dossiers.c.agency == agency)
        .limit(_AT_MOST)
    )
    return [_Place(*row) for row in connection.execute(query)]


def _that_look_the_same(
    connection: Connection, agency: str, paper: Paper, fingerprints: Sequence[str], number: str
) -> list[_Place]:
    query = (
        select(documents.c.id, documents.c.no, pages.c.fingerprint)
        .select_from(pages)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number, dossiers.c.agency == agency)
        .where(documents.c.type == paper.type, pages.c.fingerprint.is_not(None))
        .order_by(documents.c.no)
    )
    return [
        _Place(row.id, number, row.no)
        for row in connection.execute(query)
        if any(distance(row.fingerprint, own) <= SAME for own in fingerprints)
    ]
