"""Manifests: the catalog's data on a dossier or a batch, written beside its objects.

With them the bucket alone is enough to rebuild the catalog (`scanflow.archive.repair.rebuild`). A manifest is
complete in itself: only the newest undamaged one is needed. Nothing in it depends on the time of writing, so
that writing it again after a kill gives the same bytes, and the same state is never written twice.

    dossiers/<number>/manifest/<k>.json   {"schema": 1, "dossier": {…}, "documents": […], "log": […]}
    intake/<batch>/manifest/<k>.json      {"schema": 1, "batch": {…}, "files": […], "pages": […], "log": […]}

Names are those of the tables, times ISO 8601 in UTC. The order of writing is: objects, catalog, manifest;
only then may intake objects be deleted. So whatever is missing from the newest manifest is still in intake.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from scanflow.archive.bucket_ahead import Content, Series, batch_series, behind, dossier_series
from scanflow.archive.catalog import Catalog, unknown_dossier
from scanflow.archive.database.tables import (
    batches,
    documents,
    dossiers,
    files,
    pages,
    sources,
    versions,
)
from scanflow.archive.logbook import batch_subject, dossier_subject
from scanflow.archive.store.base import ObjectStore, is_there, sha256_hex
from scanflow.archive.store.canonical_json import dump_bytes
from scanflow.archive.store.keys import intake_manifest_key, manifest_key, manifest_number
from scanflow.errors import NotFoundError, ObjectExistsError, StoreError, StoreUnavailableError
from scanflow.model import StoredObject

SCHEMA = 1
CONTENT_TYPE = "application/json"
_ATTEMPTS = 20

_OF_PAGES = {"id", "batch_id", "file_id", "document_id"}
_UNSAID = ("field_details", "kind", "row_matches", "joined_to")
"""Columns of documents that a manifest has only where they have a value."""

_Row = Mapping[str, Any]
"""A row by the names of its columns: a manifest has all of them."""


def write_manifest(
    store: ObjectStore,
    catalog: Catalog,
    number: str,
    *,
    retain_until: datetime | None = None,
    then: Callable[[Connection], None] | None = None,
) -> StoredObject:
    """Write a dossier's manifest, unless the newest one is the same.

    `retain_until` locks the newest one; `then` is done in the transaction that enters it. Raises
    NotFoundError without the dossier, StoreError when the object cannot be written, CatalogBehindError where
    the bucket has a newer one with more content.
    """
    stored = _write(
        store,
        catalog,
        dossier_series(number),
        lambda k: manifest_key(number, k),
        lambda connection: dossier_content(catalog, connection, number),
        then,
    )
    if retain_until is not None:
        store.retain(stored.key, stored.version_id, retain_until)
    return stored


def write_batch_manifest(store: ObjectStore, catalog: Catalog, batch_id: str) -> StoredObject:
    """Write the manifest of a batch (tập giấy tờ), unless the newest one is the same.

    Due at every change of a batch's state, and after changes of a stack at the desk.
    Raises as `write_manifest`.
    """
    return _write(
        store,
        catalog,
        batch_series(batch_id),
        lambda k: intake_manifest_key(batch_id, k),
        lambda connection: batch_content(catalog, connection, batch_id),
    )


def read_manifest(data: bytes) -> Content:
    """A manifest's content. Raises StoreError when it isn't one that this release understands."""
    try:
        content = json.loads(data)
        schema = content["schema"]
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(f"not a manifest: {error}") from error
    if schema != SCHEMA:
        raise StoreError(f"a manifest of schema {schema}: upgrade scanflow")
    return dict(content)


def enter_manifest(store: ObjectStore, catalog: Catalog, series: Series, key: str) -> StoredObject:
    """Enter a manifest that was written but not entered. Raises CatalogBehindError where it is ahead."""
    stored = store.stat(key)
    if not is_known(store, catalog, series, stored):
        raise behind(series.what)
    catalog.record_object(stored)
    return stored


def is_known(store: ObjectStore, catalog: Catalog, series: Series, manifest: StoredObject) -> bool:
    """Whether the catalog has everything that a manifest lists. Raises StoreUnavailableError."""
    try:
        content = read_manifest(store.get(manifest.key, manifest.version_id))
    except StoreUnavailableError:
        raise
    except StoreError:  # damaged, or of a newer release: nobody can tell
        return False
    with catalog.reading() as connection:  # after the manifest was read: its writer had committed before
        return series.knows(connection, content)


def dossier_content(catalog: Catalog, connection: Connection, number: str) -> Content:
    """The content of a dossier's manifest. Raises NotFoundError."""
    dossier = next(iter(_rows(connection, select(dossiers).where(dossiers.c.number == number))), None)
    if dossier is None:
        raise unknown_dossier(number)
    found = select(documents).where(documents.c.dossier_id == dossier["id"]).order_by(documents.c.no)
    return {
        "schema": SCHEMA,
        # Most have none, and manifests of older releases don't speak of it.
        "dossier": _plain(dossier, {"id"} if dossier["last_no"] else {"id", "last_no"}),
        "documents": [_document_content(connection, each) for each in _rows(connection, found)],
        "log": _log_content(catalog, connection, dossier_subject(number)),
    }


def batch_content(catalog: Catalog, connection: Connection, batch_id: str) -> Content:
    """The content of a batch's manifest. Raises NotFoundError."""
    batch = next(iter(_rows(connection, select(batches).where(batches.c.id == batch_id))), None)
    if batch is None:
        raise NotFoundError(f"no batch {batch_id}", f"Không có tập giấy tờ {batch_id}.")
    taken = select(files).where(files.c.batch_id == batch_id).order_by(files.c.no)
    captured = (
        select(
            pages,
            files.c.no.label("file_no"),
            dossiers.c.number.label("dossier"),
            documents.c.no.label("document"),
        )
        .select_from(pages)
        .outerjoin(files, pages.c.file_id == files.c.id)
        .outerjoin(documents, pages.c.document_id == documents.c.id)
        .outerjoin(dossiers)
        .where(pages.c.batch_id == batch_id)
        .order_by(pages.c.no)
    )
    return {
        "schema": SCHEMA,
        "batch": _plain(batch, set()),
        "files": [_plain(each, {"id", "batch_id"}) for each in _rows(connection, taken)],
        "pages": [
            _plain(each, _OF_PAGES | ({"document_page"} if each["document_page"] is None else set()))
            for each in _rows(connection, captured)
        ],
        "log": _log_content(catalog, connection, batch_subject(batch_id)),
    }


def _write(  # noqa: PLR0913, PLR0917 - one series, and what is written and entered there
    store: ObjectStore,
    catalog: Catalog,
    series: Series,
    key_of: Callable[[int], str],
    content_of: Callable[[Connection], Content],
    then: Callable[[Connection], None] | None = None,
) -> StoredObject:
    for _ in range(_ATTEMPTS):
        with catalog.reading() as connection:
            data = dump_bytes(content_of(connection))
            known = catalog.objects(series.prefix, connection)
        newest = max(known, key=lambda stored: manifest_number(stored.key) or 0, default=None)
        if newest is not None and newest.sha256 == sha256_hex(data):
            if is_there(store, newest):
                if then is not None:
                    with catalog.transaction() as connection:
                        then(connection)
                return newest
            catalog.forget_object(newest)  # the store lost it: it is written again
            known.remove(newest)
        last = max((manifest_number(each.key) or 0 for each in known), default=0)
        key = key_of(last + 1)
        try:
            stored = store.put(key, data, content_type=CONTENT_TYPE, if_absent=True)
        except ObjectExistsError:
            # Another process has written it, or one was killed between writing and entering it.
            enter_manifest(store, catalog, series, key)
            continue
        with catalog.transaction() as connection:
            catalog.record_object(stored, connection=connection)
            if then is not None:
                then(connection)
        return stored
    raise StoreError(f"{series.what}: others keep writing manifests; try again")


def _document_content(connection: Connection, document: _Row) -> Content:
    found = select(versions).where(versions.c.document_id == document["id"]).order_by(versions.c.version)
    captured = (
        select(pages.c.no, pages.c.sha256, pages.c.media_type)
        .where(pages.c.document_id == document["id"])
        .order_by(pages.c.no)
    )
    beside = select(sources).where(sources.c.document_id == document["id"]).order_by(sources.c.file_no)
    kept = [_plain(each, {"id", "document_id"}) for each in _rows(connection, beside)]
    # As with versions: one of an older release doesn't speak of what was not kept.
    without = {name for name in _UNSAID if not document[name]}
    return {
        **_plain(document, {"id", "dossier_id"} | without),
        "versions": [_version_content(each) for each in _rows(connection, found)],
        "pages": [_plain(each, set()) for each in _rows(connection, captured)],
        **({"sources": kept} if kept else {}),
    }


def _version_content(version: _Row) -> Content:
    # A version that leaves nothing out doesn't speak of it: manifests of older releases stay as they are.
    without = set() if version["left_out"] else {"left_out"}
    return _plain(version, {"id", "document_id"} | without)


def _log_content(catalog: Catalog, connection: Connection, subject: str) -> list[Content]:
    return [
        {name: _plain_value(value) for name, value in asdict(entry).items()}
        for entry in catalog.log_entries(subject, connection)
    ]


def _rows(connection: Connection, query: Select[Any]) -> list[_Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _plain(row: _Row, without: Collection[str]) -> Content:
    return {name: _plain_value(value) for name, value in row.items() if name not in without}


def _plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
