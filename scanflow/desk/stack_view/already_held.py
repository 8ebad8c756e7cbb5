"""Papers that an agency holds already (đã có trong kho): with the same bytes, number or appearance.

Nothing is told about other agencies' dossiers, not even that they exist.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from scanflow.archive.documents.held_documents import (
    HeldDocument,
    documents_with_bytes,
    documents_with_number,
    pages_of_type,
)
from scanflow.archive.search.words import paper_number
from scanflow.archive.store.base import ObjectStore, is_there
from scanflow.errors import StoreUnavailableError
from scanflow.imaging.measures.fingerprint_distance import SAME, distance
from scanflow.ledger.documents import newest_pdfs
from scanflow.model import UNKNOWN_TYPE, Paper, StoredObject

_AT_MOST = 5


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
        *documents_with_bytes(connection, agency, checksums, _AT_MOST),
        *_with_the_same_number(connection, agency, paper),
        *(_that_look_the_same(connection, agency, paper, fingerprints, number) if number else ()),
    ]
    pdfs = newest_pdfs(connection, {document.id for document in found})
    there = {document_id for document_id, pdf in pdfs.items() if _is_there(store, pdf)}
    places = [f"{document.dossier}.{document.no:02}" for document in found if document.id in there]
    return list(dict.fromkeys(places))[:_AT_MOST]


def _is_there(store: ObjectStore, pdf: StoredObject) -> bool:
    try:
        return is_there(store, pdf)
    except StoreUnavailableError:  # a hint, which the clerk looks at: nothing is decided by it
        return True


def _with_the_same_number(connection: Connection, agency: str, paper: Paper) -> list[HeldDocument]:
    own = paper_number(paper.fields)
    if own is None or paper.type == UNKNOWN_TYPE:
        return []
    return documents_with_number(connection, agency, paper.type, own, _AT_MOST)


def _that_look_the_same(
    connection: Connection, agency: str, paper: Paper, fingerprints: Sequence[str], number: str
) -> list[HeldDocument]:
    return [
        page.document
        for page in pages_of_type(connection, agency, number, paper.type)
        if any(distance(page.fingerprint, own) <= SAME for own in fingerprints)
    ]
