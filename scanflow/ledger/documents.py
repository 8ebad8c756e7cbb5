"""Where the pages of files and batches stand: in which documents, under which objects."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Select, func, select

from scanflow.archive.database.tables import documents, dossiers, objects, pages, sources, versions
from scanflow.ledger.records import FileRecord
from scanflow.model import PageState, StoredObject

_PDF: tuple[Column[Any], ...] = (
    versions.c.pdf_key,
    versions.c.pdf_sha256,
    versions.c.pdf_size,
    versions.c.pdf_version_id,
)
_SOURCE: tuple[Column[Any], ...] = (
    sources.c.source_key,
    sources.c.source_sha256,
    sources.c.source_size,
    sources.c.source_version_id,
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A document that a batch put into a dossier."""

    dossier: str
    no: int
    type: str
    title: str
    confidence: float
    pages: int
    object_key: str


def documents_of(connection: Connection, batch_id: str) -> list[int]:
    """The rows of the documents that a batch put into dossiers."""
    return list(connection.scalars(select(documents.c.id).where(documents.c.batch_id == batch_id)))


def filed_by(connection: Connection, batch_id: str) -> tuple[Filed, ...]:
    """The documents that a batch put into dossiers, each version of them, in the order of their pages."""
    query = (
        select(
            dossiers.c.number,
            documents.c.no,
            documents.c.type,
            documents.c.title,
            documents.c.confidence,
            versions.c.pages,
            versions.c.pdf_key,
        )
        .join(documents, documents.c.dossier_id == dossiers.c.id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(documents.c.batch_id == batch_id, documents.c.joined_to.is_(None))
        .order_by(documents.c.first_page, versions.c.version)
    )
    return tuple(Filed(*row) for row in connection.execute(query))


# --- one document --------------------------------------------------------------------------------------


def newest_pdfs(connection: Connection, document_ids: Iterable[int]) -> dict[int, StoredObject]:
    """The PDF of each document's newest version."""
    newest = (
        select(versions.c.document_id, func.max(versions.c.version).label("version"))
        .where(versions.c.document_id.in_(list(document_ids)))
        .group_by(versions.c.document_id)
        .subquery()
    )
    query = select(versions.c.document_id, *_PDF).join(
        newest,
        (versions.c.document_id == newest.c.document_id) & (versions.c.version == newest.c.version),
    )
    return {document_id: StoredObject(*pdf) for document_id, *pdf in connection.execute(query)}


def version_checksums(connection: Connection, document_id: int) -> dict[int, tuple[str, str]]:
    """The SHA-256 of PDF and words of each version that a document has."""
    query = select(versions.c.version, versions.c.pdf_sha256, versions.c.words_sha256)
    found = connection.execute(query.where(versions.c.document_id == document_id))
    return {version: (pdf, words) for version, pdf, words in found}


# --- a file's pages ------------------------------------------------------------------------------------


def places_of(connection: Connection, file: FileRecord) -> list[StoredObject] | None:
    """Where the pages of a file are, and the file as a whole, as a document or beside one; None where one of
    its pages is nowhere.
    """
    query = select(pages.c.state, pages.c.document_id, pages.c.object_key).where(pages.c.file_id == file.id)
    rows = connection.execute(query).fetchall()
    newest = newest_pdfs(connection, {row.document_id for row in rows if row.document_id})
    found = [*newest.values(), *_objects(connection, {row.object_key for row in rows if row.object_key})]
    filed_in = {row.document_id for row in rows if row.state is PageState.FILED}
    kept_as = {row.object_key for row in rows if row.state is not PageState.FILED}
    if filed_in - newest.keys() or kept_as - {stored.key for stored in found}:
        return None
    of_file = select(*_PDF).where(versions.c.document_id.in_(filed_in), versions.c.pdf_sha256 == file.sha256)
    beside = select(*_SOURCE).where(
        sources.c.document_id.in_(filed_in), sources.c.source_sha256 == file.sha256
    )
    found += [StoredObject(*row) for row in connection.execute(of_file)]
    found += [StoredObject(*row) for row in connection.execute(beside)]
    return found


def _objects(connection: Connection, keys: Collection[str]) -> list[StoredObject]:
    """The objects that the catalog has entered under these keys."""
    query = select(objects.c.key, objects.c.sha256, objects.c.size, objects.c.version_id)
    rows = connection.execute(query.where(objects.c.key.in_(keys)))
    return [StoredObject(key, sha256, size, version_id or None) for key, sha256, size, version_id in rows]


def documents_with_pages_of(connection: Connection, file_id: int) -> set[str]:
    """Checksums of the files of all documents in which pages of a source file stand."""
    return set(connection.scalars(_filed_with(versions.c.pdf_sha256, versions.c.document_id, file_id)))


def kept_with_pages_of(connection: Connection, file_id: int) -> set[str]:
    """Checksums of the captured files that are kept beside those documents."""
    return set(connection.scalars(_filed_with(sources.c.source_sha256, sources.c.document_id, file_id)))


def _filed_with(what: Column[str], document_id: Column[int], file_id: int) -> Select[str]:
    joined = select(what).join(pages, pages.c.document_id == document_id)
    return joined.where(pages.c.file_id == file_id, pages.c.state == PageState.FILED)


# --- what a dossier has from other batches -------------------------------------------------------------


def pages_filed_before(connection: Connection, number: str, except_batch: str) -> Mapping[str, set[int]]:
    """Ids of the documents in which captured pages of other batches stand, by the pages' SHA-256."""
    query = (
        select(pages.c.sha256, pages.c.document_id)
        .join(documents, documents.c.id == pages.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(
            dossiers.c.number == number,
            pages.c.state == PageState.FILED,
            pages.c.batch_id != except_batch,
        )
    )
    found = defaultdict[str, set[int]](set)
    for sha256, document_id in connection.execute(query):
        found[sha256].add(document_id)
    return found


def pdfs_filed_before(
    connection: Connection, number: str, except_batch: str
) -> Mapping[str, list[StoredObject]]:
    """The PDFs of all versions that come from other batches, by their SHA-256."""
    query = (
        select(*_PDF)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number, documents.c.batch_id != except_batch)
    )
    found = defaultdict[str, list[StoredObject]](list)
    for row in connection.execute(query):
        pdf = StoredObject(*row)
        found[pdf.sha256].append(pdf)
    return found
