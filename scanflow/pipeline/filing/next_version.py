"""Storing a document's next version: its objects first, under the first number whose keys are free."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.page_words import CONTENT_TYPE as WORDS_TYPE
from scanflow.archive.documents.page_words import PageWords, encode_words
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import document_key, words_key
from scanflow.clock import now
from scanflow.errors import ObjectExistsError, ObjectNotFoundError, ScanflowError
from scanflow.model import DocumentVersion, StoredObject, Word
from scanflow.pipeline.filing.file import PDF_TYPE


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """Where a version's objects go: the dossier's number, the document's there, its type, and the least
    number that the version may have.
    """

    number: str
    no: int
    type: str
    version: int


def printed(page: PageWords) -> list[Word]:
    """The words of a page that stand in the text layer."""
    return [word for word in page.words if word.searchable]


def store_version(  # noqa: PLR0913, PLR0917 - where it goes, what it follows, and what is in it
    store: ObjectStore,
    catalog: Catalog,
    place: StoredPlace,
    old: DocumentVersion,
    pages: Sequence[PageWords],
    data: bytes | None,
    made_by: Mapping[str, str],
) -> DocumentVersion:
    """Store the objects of a version that follows `old`; `data` None: its PDF is the old one's.

    The objects are locked as long as the old ones are. Raises CatalogBehindError, StoreError.
    """
    require_dossier_current(store, catalog, place.number)
    words = encode_words(pages)
    until = store.retained_until(old.pdf.key, old.pdf.version_id)

    def put(key: str, content: bytes, content_type: str) -> StoredObject:
        return store.put(key, content, content_type=content_type, if_absent=True, retain_until=until)

    k = place.version
    while True:
        keys = (
            document_key(place.number, place.no, place.type, k),
            words_key(place.number, place.no, place.type, k),
        )
        try:
            pdf = old.pdf if data is None else put(keys[0], data, PDF_TYPE)
            stored_words = put(keys[1], words, WORDS_TYPE)
        except ObjectExistsError:  # of one that was interrupted: `verify` looks after it
            for key in keys:
                with suppress(ObjectNotFoundError):
                    catalog.record_object(store.stat(key))
            k += 1
            continue
        return DocumentVersion(
            version=k,
            pdf=pdf,
            words=stored_words,
            pages=len(pages),
            confidence=_confidence(pages),
            made_by=made_by,
            created_at=now(),
            left_out=old.left_out,
        )


@contextmanager
def entering(catalog: Catalog, *versions: DocumentVersion) -> Iterator[Connection]:
    """A transaction in which versions whose objects are stored get into the catalog.

    If it fails (somebody changed the document meanwhile), the stored objects are entered as unused, and
    `verify` looks after them.
    """
    try:
        with catalog.transaction() as connection:
            yield connection
    except Exception:
        with suppress(ScanflowError):
            for stored in (each for version in versions for each in (version.pdf, version.words)):
                catalog.record_object(stored)
        raise


def _confidence(pages: Sequence[PageWords]) -> float:
    """The mean over pages that have words of the mean over their letters, as for what was read."""
    means = []
    for page in pages:
        letters = [(len(word.text), word.confidence) for word in page.words if word.kind == "print"]
        total = sum(count for count, _ in letters)
        if total:
            means.append(sum(count * confidence for count, confidence in letters) / total)
    return sum(means) / len(means) if means else 0.0
