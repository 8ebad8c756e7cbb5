"""Which sources and papers are known already and are still in the store (đã có và còn đủ).

A store may have lost objects that ledger and catalog count on. A source is only known, and a paper only a
duplicate, where what became of it before can still be read; otherwise it is taken and filed again.
"""

from collections.abc import Iterable, Sequence

from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.store.base import is_there
from scanflow.ledger.batches import close_batch, count_of
from scanflow.ledger.documents import newest_pdfs, pages_filed_before, pdfs_filed_before, places_of
from scanflow.ledger.files import (
    batch_files,
    file_dropped,
    forget_source,
    recovered_files,
    released_sources,
    stored_files,
)
from scanflow.ledger.lease import lock
from scanflow.ledger.records import BatchPage, FileRecord
from scanflow.model import REBUILT, BatchState, StoredObject
from scanflow.pipeline.services import Services


def forget_lost_sources(services: Services, source_ids: Iterable[str]) -> None:
    """Treat released sources as new if some of their pages are no longer in the store.

    The same for sources with a page whose place the catalog does not know, which can be after a restore or a
    repair.
    """
    with services.catalog.reading() as connection:
        released = released_sources(connection, source_ids)
        kept = [(file, places_of(connection, file)) for file in released]
    for file, found in kept:
        if found is None or not all(is_there(services.store, each) for each in found):
            with services.catalog.transaction() as connection:
                forget_source(lock(connection, file.batch_id), file.id)


def lost_files(services: Services, files: Sequence[FileRecord]) -> dict[str, FileRecord]:
    """Files whose own object is entered but not in the store, by its key: they are to be stored again."""
    by_key = {file.object_key: file for file in files if file.object_key}
    with services.catalog.reading() as connection:
        noted = {key: services.catalog.objects(key, connection) for key in by_key}
    return {
        key: file
        for key, file in by_key.items()
        if not any(is_there(services.store, each) for each in noted[key])
    }


def files_in_place(services: Services, batch_id: str) -> set[int]:
    """Ids of a batch's files whose bytes are not needed for their pages: those are all in the store now.

    That is each document and each object of a page by itself; and where the file stands there whole (as a
    document, or kept beside one), that too. Raises StoreUnavailableError.
    """
    there: dict[StoredObject, bool] = {}
    with services.catalog.reading() as connection:
        places = {file.id: places_of(connection, file) for file in batch_files(connection, batch_id)}
    for stored in {each for found in places.values() for each in found or ()}:
        there[stored] = is_there(services.store, stored)
    return {id_ for id_, found in places.items() if found is not None and all(map(there.get, found))}


def store_if_lost(services: Services, file: FileRecord, data: bytes) -> None:
    """Put a file's own object back if it is noted but not in the store; `data` are the file's bytes."""
    for key in lost_files(services, [file]):
        store_again(services, key, data)


def store_again(services: Services, key: str, data: bytes) -> None:
    """Put a lost object back under its key."""
    stored = services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    with services.catalog.transaction() as connection:
        for old in services.catalog.objects(key, connection):
            if old.key == key:
                services.catalog.forget_object(old, connection=connection)
        services.catalog.record_object(stored, connection=connection)


def drop_recovered(services: Services, batch_ids: Sequence[str]) -> None:
    """Delete bytes that a repair found in the store and in no manifest, where they came again.

    A source is released only when its batch's manifest is written. So the source of what is in no manifest
    was still there, and comes again by itself; these batches have it now. Without this step its pages would
    be in the archive twice. Bytes that the store doesn't have under these batches at this moment count as not
    arrived. Raises StoreUnavailableError.
    """
    with services.catalog.reading() as connection:
        found = recovered_files(connection, batch_ids)
        came = stored_files(connection, batch_ids) if found else []
    lost = lost_files(services, came)
    there = {file.sha256 for file in came if file.object_key not in lost}
    for file in found:
        if file.sha256 not in there:
            continue
        with services.catalog.transaction() as connection:
            held = lock(connection, file.batch_id)
            if (held.row.state, held.row.reason) != (BatchState.UNASSIGNED, REBUILT):
                continue  # a person has taken it on
            gone = services.catalog.objects(file.stored_key, connection)
            for stored in gone:
                services.catalog.forget_object(stored, connection=connection)
            file_dropped(held, file.id)
            if count_of(connection, file.batch_id).open == 0:
                close_batch(held)
        write_batch_manifest(services.store, services.catalog, file.batch_id)
        for stored in gone:
            services.store.delete(stored.key, stored.version_id)


class KnownFiles:
    """Captured pages and whole documents that a dossier has from other batches and that are in the store."""

    def __init__(self, services: Services, number: str, except_batch: str) -> None:
        self._store = services.store
        self._there: dict[StoredObject, bool] = {}
        with services.catalog.reading() as connection:
            found = pages_filed_before(connection, number, except_batch)
            newest = newest_pdfs(connection, {each for ids in found.values() for each in ids})
            self._documents = pdfs_filed_before(connection, number, except_batch)
        self._pages = {
            sha256: [newest[each] for each in ids if each in newest] for sha256, ids in found.items()
        }

    def has(self, pages: Sequence[BatchPage]) -> bool:
        """Whether the dossier has all of a paper. A signed file is compared by its bytes, not by its pages.

        Raises StoreUnavailableError.
        """
        file = pages[0].file
        return (
            self.has_file(file.sha256)
            if file.unpacked.signed
            else all(self.has_page(p.sha256) for p in pages)
        )

    def has_page(self, sha256: str) -> bool:
        """Whether a captured page stands in a document that is in the store now."""
        return any(map(self._is_there, self._pages.get(sha256, ())))

    def has_file(self, sha256: str) -> bool:
        """Whether a document is this very file, and in the store now."""
        return any(map(self._is_there, self._documents.get(sha256, ())))

    def _is_there(self, pdf: StoredObject) -> bool:
        if pdf not in self._there:
            self._there[pdf] = is_there(self._store, pdf)
        return self._there[pdf]
