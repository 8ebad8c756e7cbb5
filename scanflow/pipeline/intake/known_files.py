"""What is known already, and is really there (đã có và còn đủ): asked of the store at that moment.

A store may have lost objects that ledger and catalog count on. A source is only known, and a paper only a
duplicate, where what became of it before can still be read; otherwise it is taken and filed again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from scanflow.archive.database.tables import (
    batches,
    documents,
    dossiers,
    files,
    objects,
    pages,
    sources,
    versions,
)
from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.store.base import is_there
from scanflow.ledger import ledger
from scanflow.ledger.lease import lock
from scanflow.ledger.records import BatchPage
from scanflow.model import REBUILT, StoredObject
from scanflow.pipeline.services import Services


def forget_lost_sources(services: Services, source_ids: Iterable[str]) -> None:
    """Sources that were let go of and whose pages are not all in the store any more are new again.

    So are those of which the catalog doesn't say where a page is: it may have been restored or repaired.
    """
    with services.catalog.reading() as connection:
        released = (
            files.c.source_id.in_(list(source_ids))
            & (files.c.state == "unpacked")
            & files.c.object_key.is_(None)
        )
        rows = connection.execute(select(files).where(released)).fetchall()
        kept = [(row, _places(connection, row)) for row in rows]
    for row, found in kept:
        if found is None or not all(is_there(services.store, each) for each in found):
            with services.catalog.transaction() as connection:
                ledger.forget_source(lock(connection, row.batch_id), row.id)


def lost_files(services: Services, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of a ledger's files whose own object is noted but not in the store: to be stored again."""
    with services.catalog.reading() as connection:
        noted = {
            row.id: services.catalog.objects(row.object_key, connection) for row in rows if row.object_key
        }
    return [
        row
        for row in rows
        if row.object_key and not any(is_there(services.store, each) for each in noted[row.id])
    ]


def files_in_place(services: Services, batch_id: str) -> set[int]:
    """Ids of a batch's files that are not needed for their pages: all that holds these is in the store now.

    That is each document and each object of a page by itself; and where the file stands there whole (as a
    document, or kept beside one), that too. Raises StoreUnavailableError.
    """
    there: dict[StoredObject, bool] = {}
    with services.catalog.reading() as connection:
        places = {row.id: _places(connection, row) for row in ledger.batch_files(connection, batch_id)}
    for stored in {each for found in places.values() for each in found or ()}:
        there[stored] = is_there(services.store, stored)
    return {id_ for id_, found in places.items() if found is not None and all(map(there.get, found))}


def _places(connection: Connection, file: Row[Any]) -> list[StoredObject] | None:
    """Where the pages of a file are, and the file as a whole; None where one of them is nowhere."""
    rows = connection.execute(select(pages).where(pages.c.file_id == file.id)).fetchall()
    found = _objects_of_pages(connection, file.id)
    document_ids = {row.document_id for row in rows if row.state == "filed"}
    kept = {row.object_key for row in rows if row.state != "filed"}
    newest = newest_pdfs(connection, document_ids - {None})
    if document_ids - newest.keys() or kept - {stored.key for stored in found}:
        return None
    of_file = select(versions).where(versions.c.document_id.in_(newest), versions.c.pdf_sha256 == file.sha256)
    beside = select(sources).where(sources.c.document_id.in_(newest), sources.c.source_sha256 == file.sha256)
    found += [_pdf(row) for row in connection.execute(of_file)]
    found += [
        StoredObject(row.source_key, row.source_sha256, row.source_size, row.source_version_id)
        for row in connection.execute(beside)
    ]
    return found


def store_again(services: Services, key: str, data: bytes) -> None:
    """Put a lost object back under its key."""
    stored = services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    with services.catalog.transaction() as connection:
        for old in services.catalog.objects(key, connection):
            if old.key == key:
                services.catalog.forget_object(old, connection=connection)
        services.catalog.record_object(stored, connection=connection)


def drop_recovered(services: Services, batch_ids: Sequence[str]) -> None:
    """Let go of bytes that a repair found in the store without a word about them, where they came again.

    A source is released only when its batch's manifest is written. So the source of what is in no manifest
    was still there, and comes again by itself; these batches have it now. Else its pages were there twice.
    What the store doesn't have under these batches at this moment counts as not come. Raises
    StoreUnavailableError.
    """
    came = select(files).where(
        files.c.batch_id.in_(batch_ids),
        files.c.state.in_(("taken", "unpacked")),
        files.c.object_key.is_not(None),
    )
    query = (
        select(files.c.id, files.c.batch_id, files.c.object_key, files.c.sha256)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.state == "unassigned", batches.c.reason == REBUILT)
        .where(files.c.state == "taken", files.c.source_id.is_(None), files.c.batch_id.not_in(batch_ids))
        .where(files.c.sha256.in_(came.with_only_columns(files.c.sha256)))
    )
    with services.catalog.reading() as connection:
        found = connection.execute(query).fetchall()
        rows = connection.execute(came).fetchall() if found else []
    lost = {row.id for row in lost_files(services, rows)}
    there = {row.sha256 for row in rows if row.id not in lost}
    for row in found:
        if row.sha256 not in there:
            continue
        with services.catalog.transaction() as connection:
            held = lock(connection, row.batch_id)
            if (held.row.state, held.row.reason) != ("unassigned", REBUILT):
                continue  # a person has taken it on
            gone = services.catalog.objects(row.object_key, connection)
            for stored in gone:
                services.catalog.forget_object(stored, connection=connection)
            ledger.file_dropped(held, row.id)
            if ledger.count(connection, row.batch_id).open == 0:
                ledger.close(held)
        write_batch_manifest(services.store, services.catalog, row.batch_id)
        for stored in gone:
            services.store.delete(stored.key, stored.version_id)


class Known:
    """What a dossier holds from other batches, and the store too: captured pages, and whole documents."""

    def __init__(self, services: Services, number: str, except_batch: str) -> None:
        self._store = services.store
        self._there: dict[StoredObject, bool] = {}
        with services.catalog.reading() as connection:
            found = _filed_pages(connection, number, except_batch)
            newest = newest_pdfs(connection, {each for ids in found.values() for each in ids})
            self._documents = _filed_documents(connection, number, except_batch)
        self._pages = {
            sha256: [newest[each] for each in ids if each in newest] for sha256, ids in found.items()
        }

    def has(self, pages: Sequence[BatchPage]) -> bool:
        """Whether the dossier holds all of a paper. A signed file is its bytes, not what its pages show.

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


def newest_pdfs(connection: Connection, document_ids: Iterable[int]) -> dict[int, StoredObject]:
    """The PDF of each document's newest version."""
    newest = (
        select(versions.c.document_id, func.max(versions.c.version).label("version"))
        .where(versions.c.document_id.in_(list(document_ids)))
        .group_by(versions.c.document_id)
        .subquery()
    )
    query = select(versions).join(
        newest,
        (versions.c.document_id == newest.c.document_id) & (versions.c.version == newest.c.version),
    )
    return {row.document_id: _pdf(row) for row in connection.execute(query)}


def _objects_of_pages(connection: Connection, file_id: int) -> list[StoredObject]:
    """Where the pages of a file are that was let go of: documents, and what is kept by itself."""
    rows = connection.execute(select(pages).where(pages.c.file_id == file_id)).fetchall()
    found = list(newest_pdfs(connection, {row.document_id for row in rows if row.document_id}).values())
    keys = [row.object_key for row in rows if row.object_key]
    for row in connection.execute(select(objects).where(objects.c.key.in_(keys))):
        found.append(StoredObject(row.key, row.sha256, row.size, row.version_id or None))
    return found


def _filed_pages(connection: Connection, number: str, except_batch: str) -> Mapping[str, set[int]]:
    query = (
        select(pages.c.sha256, pages.c.document_id)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number, pages.c.state == "filed", pages.c.batch_id != except_batch)
    )
    found = defaultdict[str, set[int]](set)
    for row in connection.execute(query):
        found[row.sha256].add(row.document_id)
    return found


def _filed_documents(
    connection: Connection, number: str, except_batch: str
) -> Mapping[str, list[StoredObject]]:
    query = (
        select(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number, documents.c.batch_id != except_batch)
    )
    found = defaultdict[str, list[StoredObject]](list)
    for row in connection.execute(query):
        found[row.pdf_sha256].append(_pdf(row))
    return found


def _pdf(row: Row[Any]) -> StoredObject:
    return StoredObject(row.pdf_key, row.pdf_sha256, row.pdf_size, row.pdf_version_id)
