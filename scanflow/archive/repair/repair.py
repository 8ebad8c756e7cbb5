"""Repairs differences between catalog and bucket (sửa chữa), whichever is older or has lost something.

One transaction, in which all other writers wait, enters what the bucket has and the catalog lacks, and checks
that every object of the catalog exists. Then come the writes to the bucket: manifests with less than the
catalog has, and objects that were hidden by a delete. After a kill in either part, repair can be run again. A
rebuild is the repair of an empty catalog.
"""

import mimetypes
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database import backends
from scanflow.archive.database.tables import batches, documents, dossiers, objects, pages, versions
from scanflow.archive.identity import (
    adopt,
    is_empty,
    known_id,
    make_identity,
    read_identity,
    require_same,
)
from scanflow.archive.log.restoring import read_segments, restore_entries, restore_segments
from scanflow.archive.logbook import SCANFLOW, LogEntry
from scanflow.archive.manifest import (
    batch_content,
    dossier_content,
    read_manifest,
    write_batch_manifest,
    write_manifest,
)
from scanflow.archive.repair.leftovers import is_unfinished
from scanflow.archive.repair.merging import Merge, RepairReport
from scanflow.archive.repair.merging_batches import enter_batch
from scanflow.archive.repair.merging_dossiers import enter_dossier
from scanflow.archive.repair.rebinding import forget, rebind
from scanflow.archive.repair.reopening import reopen_batches
from scanflow.archive.repair.unplaced import find_places
from scanflow.archive.store.base import ObjectStore, is_there
from scanflow.archive.store.keys import (
    ARCHIVE,
    DOSSIERS,
    INTAKE,
    decode_owner,
    manifest_number,
    parse_intake_key,
    parse_segment_key,
)
from scanflow.errors import StoreError, StoreUnavailableError, WrongStoreError
from scanflow.model import BatchState, PageState, StoredObject


class _DryRun(Exception):  # noqa: N818 - no error: how a transaction is undone
    """Undoes the transaction of a dry run."""


@dataclass(slots=True)
class _Writes:
    """Objects to write to the bucket after the catalog is committed."""

    again: list[tuple[StoredObject, StoredObject]] = field(default_factory=list)
    """Objects to store again, each with the object that has the same bytes."""
    dossiers: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)


def repair(
    store: ObjectStore,
    catalog: Catalog,
    *,
    dry_run: bool = False,
    retain_until: datetime | None = None,
    note: bool = True,
) -> RepairReport:
    """Repair both; with `dry_run` only report what would be done. `note` enters the repair in the log.

    `retain_until` locks the store's id if that must be written. Raises WrongStoreError where store and
    catalog don't belong together, StoreUnavailableError, CatalogError; the next call then continues.
    """
    report, writes = RepairReport(), _Writes()
    try:
        with catalog.transaction() as connection:
            backends.keep_writers_out(connection)
            stored = {each.key: each for each in store.list()}
            id_lost = _settle_identity(store, connection, stored, retain_until, dry_run=dry_run)
            if id_lost:
                report.actions.append(f"{ARCHIVE}: lost; written again")
            merge = Merge(store, connection, stored, report)
            for keys in _by_owner(stored, DOSSIERS):
                enter_dossier(merge, keys)
            for keys in _by_owner(stored, INTAKE):
                enter_batch(merge, keys)
            find_places(merge)
            _enter_log(merge)
            _look_for_objects(merge, writes)
            _enter_leftovers(merge)
            _find_outdated(merge, catalog, writes)
            if note and report.actions and not dry_run:
                done = {"actions": len(report.actions), "problems": len(report.problems)}
                catalog.append_log(
                    LogEntry(clock.now(), SCANFLOW, "repaired", "archive", after=done), connection=connection
                )
            if dry_run:
                raise _DryRun
    except _DryRun:
        return report
    _write(store, catalog, writes)
    return report


def _settle_identity(
    store: ObjectStore,
    connection: Connection,
    stored: Mapping[str, StoredObject],
    retain_until: datetime | None,
    *,
    dry_run: bool,
) -> bool:
    """Check that store and catalog belong together; gives whether the store's id is lost and must be written.

    Raises WrongStoreError.
    """
    known, found = known_id(connection), read_identity(store)
    if known is not None and found is not None:
        require_same(known, found)
        return False
    if not is_empty(connection):
        expected = set(connection.scalars(select(objects.c.key)))
        if expected and not expected & stored.keys():
            raise WrongStoreError(
                "the object store has not one of the objects that the catalog counts on: is its share "
                "mounted, and do [store] folder, endpoint and bucket name the right one? If all are lost: "
                "restore it from a backup first"
            )
    id_lost = known is not None and found is None
    if not dry_run:
        found = found or make_identity(store, known, retain_until=retain_until)
        require_same(adopt(connection, found.id), found)
    return id_lost


def _enter_log(merge: Merge) -> None:
    """Enter the log's segments, and later entries of the log from the manifests."""
    for key, each in merge.stored.items():
        if parse_segment_key(key):
            merge.enter_leftover(each)
    segments, problems = read_segments(merge.store, merge.stored)
    merge.report.problems += problems
    entries = restore_segments(merge.connection, segments)
    entries += restore_entries(
        merge.connection,
        [LogEntry(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in merge.entries],
    )
    if entries:
        merge.report.actions.append(f"log: {entries} entries entered")


def _look_for_objects(merge: Merge, writes: _Writes) -> None:
    """Look for every object of the catalog. One that was copied back has another version id.

    Batches whose documents are lost and whose captured files exist are processed again.
    """
    same_bytes = {each.sha256: each for each in merge.stored.values()}
    lost: set[str] = set()
    rows = merge.connection.execute(select(objects).order_by(objects.c.key)).fetchall()
    for row in rows:
        wanted = StoredObject(row.key, row.sha256, row.size, row.version_id or None)
        there = merge.stored.get(row.key)
        if there is not None and there.sha256 == row.sha256:
            if (there.version_id or "") != row.version_id:
                rebind(merge.connection, wanted, there)
                merge.report.actions.append(f"{row.key}: found under another version")
        elif is_there(merge.store, wanted):
            writes.again.append((wanted, wanted))
            how = "hidden by a delete" if there is None else "other bytes were put over it"
            merge.report.actions.append(f"{row.key}: {how}; put on top again")
        elif manifest_number(row.key) is not None:
            forget(merge.connection, wanted)
            merge.report.actions.append(f"{row.key}: lost; a newer manifest says what it said")
        elif row.sha256 in same_bytes:
            writes.again.append((wanted, same_bytes[row.sha256]))
            merge.report.actions.append(f"{row.key}: lost; put there again from {same_bytes[row.sha256].key}")
        elif _is_elsewhere(merge, wanted):
            forget(merge.connection, wanted)
            merge.report.actions.append(f"{row.key}: lost, but its pages are filed again")
        else:
            merge.report.problems.append(f"{row.key}: missing")
            lost.add(row.key)
    writes.batches += reopen_batches(merge, lost)


def _is_elsewhere(merge: Merge, lost: StoredObject) -> bool:
    """Whether all captured pages of a lost object are in other documents that exist."""
    name = parse_intake_key(lost.key)
    if name is not None:
        return not name.is_file and _is_filed(merge, name.sha256, None)
    query = select(versions.c.document_id, versions.c.version).where(
        (versions.c.pdf_key == lost.key) | (versions.c.words_key == lost.key)
    )
    row = merge.connection.execute(query).first()
    if row is None:
        return False
    captured = list(
        merge.connection.scalars(select(pages.c.sha256).where(pages.c.document_id == row.document_id))
    )
    other = (versions.c.document_id != row.document_id) | (versions.c.version > row.version)
    return bool(captured) and all(_is_filed(merge, sha256, other) for sha256 in captured)


def _is_filed(merge: Merge, sha256: str, where: ColumnElement[bool] | None) -> bool:
    query = (
        select(versions.c.pdf_key, versions.c.pdf_sha256)
        .join(pages, pages.c.document_id == versions.c.document_id)
        .where(pages.c.sha256 == sha256, pages.c.state == PageState.FILED)
    )
    if where is not None:
        query = query.where(where)
    return any(
        row.pdf_key in merge.stored and merge.stored[row.pdf_key].sha256 == row.pdf_sha256
        for row in merge.connection.execute(query)
    )


def _enter_leftovers(merge: Merge) -> None:
    """Objects in no manifest: those of an unfinished filing are left alone, all others are entered."""
    counted_on = set(merge.connection.scalars(select(objects.c.key)))
    for key, stored in merge.stored.items():
        if key == ARCHIVE or key in counted_on:
            continue
        if not is_unfinished(merge.connection, key):
            merge.enter_leftover(stored)
            merge.report.actions.append(f"{key}: in no manifest; kept and looked after")


def _find_outdated(merge: Merge, catalog: Catalog, writes: _Writes) -> None:
    """Find dossiers and batches whose newest manifest differs from the catalog."""
    newest: dict[str, str] = {}
    for key in sorted(key for key in merge.stored if manifest_number(key)):
        newest[key.partition("manifest/")[0]] = key
    by_owner = {(prefix.partition("/")[0], decode_owner(prefix)): key for prefix, key in newest.items()}
    connection = merge.connection
    for number in connection.scalars(select(dossiers.c.number).order_by(dossiers.c.number)).all():
        wanted = dossier_content(catalog, connection, number)
        if not _says(merge, by_owner.get(("dossiers", number)), {**wanted, "log": None}):
            writes.dossiers.append(number)
            merge.report.actions.append(f"dossier {number}: manifest written")
    closed = select(batches.c.id).where(batches.c.state == BatchState.CLOSED).order_by(batches.c.id)
    for batch_id in connection.scalars(closed).all():
        wanted = batch_content(catalog, connection, batch_id)
        if not _says(merge, by_owner.get(("intake", batch_id)), {**wanted, "log": None}):
            writes.batches.append(batch_id)
            merge.report.actions.append(f"batch {batch_id}: manifest written")


def _says(merge: Merge, key: str | None, wanted: Mapping[str, object]) -> bool:
    if key is None:
        return False
    try:
        written = read_manifest(merge.store.get(key, merge.stored[key].version_id))
    except StoreUnavailableError:
        raise
    except StoreError:
        return False
    return {**written, "log": None} == wanted


def _write(store: ObjectStore, catalog: Catalog, writes: _Writes) -> None:
    for wanted, found in writes.again:
        data = store.get(found.key, found.version_id)
        owner = decode_owner(wanted.key)
        in_dossier = wanted.key.startswith(DOSSIERS)
        if wanted == found:
            until = store.retained_until(found.key, found.version_id)
        else:  # it was locked like the rest of its dossier, or not at all
            until = _lock_of(store, catalog, owner) if in_dossier else None
        again = store.put(wanted.key, data, content_type=_content_type(wanted.key), retain_until=until)
        with catalog.transaction() as connection:
            rebind(connection, wanted, again)
        if in_dossier and manifest_number(wanted.key) is None:
            writes.dossiers += _dossiers_with(catalog, wanted.key) or [owner]
    for number in dict.fromkeys(writes.dossiers):
        write_manifest(store, catalog, number, retain_until=_lock_of(store, catalog, number))
    for batch_id in dict.fromkeys(writes.batches):
        write_batch_manifest(store, catalog, batch_id)


def _dossiers_with(catalog: Catalog, key: str) -> list[str]:
    """The dossiers whose manifests name an object: a document that was moved left its objects in place."""
    query = (
        select(dossiers.c.number)
        .join(documents, documents.c.dossier_id == dossiers.c.id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where((versions.c.pdf_key == key) | (versions.c.words_key == key))
        .distinct()
    )
    with catalog.reading() as connection:
        return list(connection.scalars(query))


def _content_type(key: str) -> str:
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


def _lock_of(store: ObjectStore, catalog: Catalog, number: str) -> datetime | None:
    """Until when a dossier's documents are locked: its manifest is locked as long."""
    query = (
        select(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number)
    )
    with catalog.reading() as connection:
        rows = connection.execute(query).fetchall()
    locks = []
    for row in rows:
        try:
            locks.append(store.retained_until(row.pdf_key, row.pdf_version_id))
        except StoreUnavailableError:
            raise
        except StoreError:  # lost
            continue
    return max((each for each in locks if each is not None), default=None)


def _by_owner(stored: Mapping[str, StoredObject], prefix: str) -> Iterator[list[str]]:
    """The keys of each dossier or batch."""
    owners = defaultdict(list)
    for key in sorted(stored):
        if key.startswith(prefix) and key.count("/") > 1:
            owners[decode_owner(key)].append(key)
    yield from owners.values()
