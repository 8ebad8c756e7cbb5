"""Making the catalog anew (dựng lại danh mục) from the objects and their manifests alone.

From the newest whole manifest of each dossier and batch come all rows but the text of pages, which comes
from the words objects. A batch that left no manifest (killed while it was taken) becomes one that waits for a
person, with the files that lie in intake: nothing is filed that nobody handed in. The log comes from its
segments.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from scanflow import clock
from scanflow.archive.ahead import Content
from scanflow.archive.catalog import Catalog, index_texts
from scanflow.archive.identity import adopt, make_identity, read_identity, require_same
from scanflow.archive.keys import (
    ARCHIVE,
    DOSSIERS,
    EXTENSIONS,
    INTAKE,
    IntakeName,
    decode_owner,
    manifest_number,
    parse_intake_key,
    parse_segment_key,
)
from scanflow.archive.log.restoring import read_segments, restore_entries, restore_segments
from scanflow.archive.logbook import LogEntry
from scanflow.archive.manifest import read_manifest
from scanflow.archive.objects import ObjectStore
from scanflow.archive.tables import (
    UtcDateTime,
    archive,
    batches,
    counters,
    documents,
    dossiers,
    files,
    log,
    metadata,
    objects,
    orders,
    pages,
    sessions,
    sources,
    users,
    versions,
    workers,
)
from scanflow.archive.words import decode_words
from scanflow.errors import CatalogError, StoreError, StoreUnavailableError
from scanflow.model import REBUILT, StoredObject

_NOT_IN_THE_BUCKET = (archive, workers, users, sessions, counters, orders, log)
"""Who works, signs in and scans is nothing that a rebuild overwrites; what is in the log stays there."""

_MEDIA_TYPES = {f".{extension}": media_type for media_type, extension in EXTENSIONS.items()}


@dataclass(slots=True)
class RebuildReport:
    """What was made anew, and what could not be, a sentence each."""

    dossiers: int = 0
    documents: int = 0
    versions: int = 0
    batches: int = 0
    problems: list[str] = field(default_factory=list)


def rebuild(store: ObjectStore, catalog: Catalog) -> RebuildReport:
    """Fill an empty catalog; all or nothing. Raises CatalogError when it isn't empty.

    What is damaged or missing is told in the report and doesn't stop the rest; a store that cannot be
    reached does.
    """
    stored = {each.key: each for each in store.list()}
    with catalog.transaction() as connection:
        _require_empty(connection)
        run = _Run(store, connection, stored)
        for keys in _by_owner(stored, DOSSIERS):
            run.enter_dossier(keys)
        for keys in _by_owner(stored, INTAKE):
            run.enter_batch(keys)
        run.enter_log()
        identity = read_identity(store) or make_identity(store)
        require_same(adopt(connection, identity.id), identity)
    unlisted = sorted(stored.keys() - run.listed - {ARCHIVE})
    run.report.problems += [f"{key}: in no manifest; left alone" for key in unlisted]
    return run.report


@dataclass(slots=True)
class _Run:
    """One rebuild: where it reads and writes, and how far it has come."""

    store: ObjectStore
    connection: Connection
    stored: Mapping[str, StoredObject]
    listed: set[str] = field(default_factory=set)
    entries: list[Content] = field(default_factory=list)
    report: RebuildReport = field(default_factory=RebuildReport)

    def enter_dossier(self, keys: Sequence[str]) -> None:
        """Enter a dossier with all that its manifest lists."""
        content = self._newest_manifest(keys)
        if content is None:
            return
        self.entries += content["log"]
        dossier_id = _insert(self.connection, dossiers, content["dossier"])
        self.report.dossiers += 1
        for document in content["documents"]:
            document_id = _insert(self.connection, documents, document, dossier_id=dossier_id)
            self.report.documents += 1
            for version in document["versions"]:
                version_id = self._enter_version(document_id, version)
            self._enter_sources(document_id, document)
            if document["versions"]:
                self._enter_texts(document_id, version_id, _stored_object(document["versions"][-1], "words"))

    def enter_batch(self, keys: Sequence[str]) -> None:
        """Enter a batch as its manifest says, or as what lies in intake."""
        names = {key: name for key in keys if (name := parse_intake_key(key))}
        self._enter_objects([self.stored[key] for key in names])
        content = self._newest_manifest(keys)
        if content is None and not names:
            return
        self.report.batches += 1
        if content is None:
            self._enter_unlisted_batch(names)
            return
        self.entries += content["log"]
        batch_id = content["batch"]["id"]
        later = _came_later(content, names)
        _insert(self.connection, batches, _safe(content["batch"], later))
        file_ids = {
            each["no"]: _insert(self.connection, files, each, batch_id=batch_id)
            for each in content["files"]
            if each["no"] not in later
        }
        for no, key in later.items():
            stated: Content = next((each for each in content["files"] if each["no"] == no), {})
            self._enter_file(batch_id, key, names[key], stated)
        for page in content["pages"]:
            _insert(
                self.connection,
                pages,
                page,
                batch_id=batch_id,
                file_id=file_ids.get(page["file_no"]),
                document_id=self._document_id(page["dossier"], page["document"]),
            )

    def enter_log(self) -> None:
        """Enter the log's segments, and what the manifests say of it that came after the last of them."""
        self._enter_objects([each for key, each in self.stored.items() if parse_segment_key(key)])
        segments, problems = read_segments(self.store, self.stored)
        self.report.problems += problems
        restore_segments(self.connection, segments)
        restore_entries(self.connection, map(_log_entry, self.entries))

    def _newest_manifest(self, keys: Sequence[str]) -> Content | None:
        """Enter all manifests; the content of the newest that is whole."""
        numbered = {key: k for key in keys if (k := manifest_number(key))}
        self._enter_objects([self.stored[key] for key in numbered])
        for key in sorted(numbered, key=numbered.__getitem__, reverse=True):
            try:
                return read_manifest(self.store.get(key, self.stored[key].version_id))
            except StoreUnavailableError:
                raise
            except StoreError as error:
                self.report.problems.append(f"{error.message} (an older manifest is used)")
        return None

    def _enter_version(self, document_id: int, version: Content) -> int:
        pair = [_stored_object(version, part) for part in ("pdf", "words")]
        self._enter_objects(pair, datetime.fromisoformat(version["created_at"]))
        self.report.versions += 1
        self.report.problems += [f"{each.key}: missing" for each in pair if each.key not in self.stored]
        return _insert(self.connection, versions, version, document_id=document_id)

    def _enter_sources(self, document_id: int, document: Content) -> None:
        for source in document.get("sources", ()):
            stored = _stored_object(source, "source")
            if stored.key not in self.listed:  # several documents may have pages of it
                self._enter_objects([stored], datetime.fromisoformat(document["created_at"]))
                if stored.key not in self.stored:
                    self.report.problems.append(f"{stored.key}: missing")
            _insert(self.connection, sources, source, document_id=document_id)

    def _enter_texts(self, document_id: int, version_id: int, words: StoredObject) -> None:
        try:
            read = decode_words(self.store.get(words.key, words.version_id))
        except StoreUnavailableError:
            raise
        except StoreError as error:
            self.report.problems.append(f"{error.message} (its pages cannot be searched)")
        else:
            index_texts(self.connection, document_id, version_id, read)

    def _enter_objects(self, found: Sequence[StoredObject], created_at: datetime | None = None) -> None:
        self.listed.update(each.key for each in found)
        for each in found:
            row = {**asdict(each), "version_id": each.version_id or ""}
            self.connection.execute(insert(objects).values(created_at=created_at or clock.now(), **row))

    def _enter_unlisted_batch(self, names: Mapping[str, IntakeName]) -> None:
        """A batch of which only captured bytes are left: a person is to say whose it is, nothing is known."""
        batch_id = next(iter(names.values())).batch_id
        now = clock.now()
        batch = {
            "id": batch_id,
            "origin": "rebuild",
            "operator": "",
            "state": "unassigned",
            "reason": REBUILT,
        }
        self.connection.execute(insert(batches).values(created_at=now, updated_at=now, **batch))
        whole_files = any(name.is_file for name in names.values())
        for key, name in names.items():
            if name.is_file:
                self._enter_file(batch_id, key, name, {})
            elif not whole_files:  # otherwise the pages will come out of the files again
                values = {"no": name.no, "sha256": name.sha256, "object_key": key, "state": "taken"}
                values |= {"media_type": _MEDIA_TYPES.get(name.suffix, "")}
                self.connection.execute(insert(pages).values(batch_id=batch_id, **values))

    def _enter_file(self, batch_id: str, key: str, name: IntakeName, stated: Content) -> None:
        """A file whose bytes lie in intake, with what was stated of it before they came."""
        values = {"no": name.no, "sha256": name.sha256, "object_key": key, "state": "taken"}
        values |= {"size": self.stored[key].size}
        _insert(
            self.connection, files, {"name": PurePosixPath(key).name, **stated, **values}, batch_id=batch_id
        )

    def _document_id(self, number: str | None, no: int | None) -> int | None:
        query = select(documents.c.id).join(dossiers)
        return self.connection.scalar(query.where(dossiers.c.number == number, documents.c.no == no))


def _came_later(content: Content, names: Mapping[str, IntakeName]) -> dict[int, str]:
    """Files that came after an open batch's manifest was written, by number: their keys."""
    if content["batch"]["state"] == "closed":
        return {}  # what is left of it was about to be deleted
    known = {each["no"] for each in content["files"] if each["state"] != "expected"}
    return {name.no: key for key, name in names.items() if name.is_file and name.no not in known}


def _safe(batch: Content, later: Mapping[int, str]) -> Content:
    """A batch as it may go on. One that was handed in has no job here, and its next one gets a new name.

    Where its manifest doesn't know all that has come, a person looks at it before anything is filed.
    """
    if batch["state"] == "taking" or (batch["state"] == "taken" and later):
        return {**batch, "state": "unassigned", "reason": REBUILT, "job": None}
    if batch["state"] == "taken":
        return {**batch, "job": None, "turn": batch.get("turn", 0) + 1}
    return batch


def _require_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if table in _NOT_IN_THE_BUCKET:
            continue
        if connection.scalar(select(func.count()).select_from(table)):
            raise CatalogError(
                "the catalog is not empty: rebuild fills a new one; move the old database away first",
                "Danh mục đang có dữ liệu nên không dựng lại. Hãy báo cho người quản trị hệ thống.",
            )


def _log_entry(content: Content) -> LogEntry:
    return LogEntry(**{**content, "at": datetime.fromisoformat(content["at"])})


def _by_owner(stored: Mapping[str, StoredObject], prefix: str) -> Iterator[list[str]]:
    """The keys of each dossier or batch."""
    owners = defaultdict(list)
    for key in sorted(stored):
        if key.startswith(prefix):
            owners[decode_owner(key)].append(key)
    yield from owners.values()


def _stored_object(version: Content, part: str) -> StoredObject:
    names = ("key", "sha256", "size", "version_id")
    return StoredObject(*(version[f"{part}_{name}"] for name in names))


def _insert(connection: Connection, table: Table, content: Content, **more: Any) -> int:
    key = connection.execute(insert(table).values(_values(table, content) | more)).inserted_primary_key
    assert key is not None  # noqa: S101 - every insert of one row has one
    return key[0]  # type: ignore[no-any-return]  # rows aren't typed


def _values(table: Table, content: Content) -> dict[str, Any]:
    """The columns of `table` that `content` speaks of, times made times again."""
    return {
        column.name: datetime.fromisoformat(value)
        if isinstance(column.type, UtcDateTime) and value
        else value
        for column in table.columns
        if column.name in content
        for value in [content[column.name]]
    }
