"""Entering what the bucket says into a catalog that lacks some of it, or all of it.

From all manifests that are whole, the newest first: a manifest that was written from an older catalog may
lack what an earlier one lists. Documents are the same where they begin at the same page of the same batch;
two that bear one number in different manifests both stay, the later entered under the next free number.
Nothing that the catalog has is taken away.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from scanflow import clock
from scanflow.archive.bucket_ahead import Content, document_number, knows_batch, says_more
from scanflow.archive.catalog import index_texts
from scanflow.archive.database.tables import (
    UtcDateTime,
    batches,
    documents,
    dossiers,
    file_attempts,
    files,
    objects,
    pages,
    readings,
    sources,
    versions,
)
from scanflow.archive.manifest import read_manifest
from scanflow.archive.page_words import decode_words
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import (
    EXTENSIONS,
    IntakeName,
    decode_owner,
    intake_prefix,
    manifest_number,
    parse_intake_key,
)
from scanflow.errors import StoreError, StoreUnavailableError
from scanflow.model import REBUILT, SETTLED, BatchState, FileState, PageState, StoredObject

_MEDIA_TYPES = {f".{extension}": media_type for media_type, extension in EXTENSIONS.items()}
_OWN_NUMBERS = ("id", "no", "dossier_id")


@dataclass(slots=True)
class RepairReport:
    """What was entered or written, a sentence each, and what is lost or could not be used."""

    dossiers: int = 0
    documents: int = 0
    versions: int = 0
    batches: int = 0
    actions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Found:
    """A document as the newest manifest says that lists it, with the versions that any lists."""

    content: Content
    manifest: int
    versions: dict[int, Content]
    sources: dict[int, Content]


@dataclass(slots=True)
class Merge:
    """One merge: where it reads and writes, and how far it has come. `stored` is what the store shows."""

    store: ObjectStore
    connection: Connection
    stored: Mapping[str, StoredObject]
    report: RepairReport
    entries: list[Content] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    _ids: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        query = select(objects.c.key, objects.c.version_id)
        self.known = {(row.key, row.version_id) for row in self.connection.execute(query)}

    # --- dossiers --------------------------------------------------------------------------------------

    def enter_dossier(self, keys: Sequence[str]) -> None:
        """Enter what the manifests of a dossier list and the catalog doesn't have."""
        number, before = decode_owner(keys[0]), self._newest_known(keys)
        contents = list(self._manifests(keys))
        if not contents:
            return
        dossier_id = self._dossier(number, contents[0][1]["dossier"])
        query = select(documents.c.no).where(documents.c.dossier_id == dossier_id)
        given = set(self.connection.scalars(query))
        used = given | {no for key in keys if (no := document_number(key)) is not None}
        for found in _documents_in(contents):
            document_id = self._document(number, dossier_id, found, before, given, used)
            self._ids[number, found.content["batch_id"], found.content["no"]] = document_id
            self._enter_versions(document_id, found)
            self._enter_sources(document_id, found)

    def _dossier(self, number: str, content: Content) -> int:
        known = self.connection.scalar(select(dossiers.c.id).where(dossiers.c.number == number))
        if known is not None:
            return int(known)
        self.report.dossiers += 1
        self.report.actions.append(f"dossier {number}: entered")
        return int(_insert(self.connection, dossiers, content))

    def _document(  # noqa: PLR0913, PLR0917 - what is known of its dossier
        self, number: str, dossier_id: int, found: _Found, before: int, given: set[int], used: set[int]
    ) -> int:
        content = found.content
        same = (documents.c.batch_id == content["batch_id"]) & (
            documents.c.first_page == content["first_page"]
        )
        known = self.connection.scalar(select(documents.c.id).where(same))
        if known is not None:
            if found.manifest > before:
                self._update(documents, documents.c.id == known, content, _OWN_NUMBERS)
            return int(known)
        no = content["no"] if content["no"] not in given else max(given | used) + 1
        given.add(no)
        used.update((no, content["no"]))
        self.report.documents += 1
        renumbered = "" if no == content["no"] else f" (its number {content['no']:02} was given twice)"
        self.report.actions.append(f"dossier {number}: document {no:02} entered{renumbered}")
        return int(_insert(self.connection, documents, {**content, "no": no}, dossier_id=dossier_id))

    def _enter_versions(self, document_id: int, found: _Found) -> None:
        query = select(versions.c.version).where(versions.c.document_id == document_id)
        there = set(self.connection.scalars(query))
        newest = max(there, default=0)
        for number, content in sorted(found.versions.items()):
            if number in there:
                continue
            pair = {part: self._as_stored(stored_object(content, part)) for part in ("pdf", "words")}
            self._enter_objects(pair.values(), datetime.fromisoformat(content["created_at"]))
            ids = {f"{part}_version_id": each.version_id for part, each in pair.items()}
            version_id = _insert(self.connection, versions, content | ids, document_id=document_id)
            self.report.versions += 1
            if number > newest:
                newest = number
                if number == max(found.versions):
                    self._enter_texts(document_id, version_id, pair["words"])

    def _enter_sources(self, document_id: int, found: _Found) -> None:
        """The captured files that are kept beside a document."""
        query = select(sources.c.file_no).where(sources.c.document_id == document_id)
        there = set(self.connection.scalars(query))
        for number, content in sorted(found.sources.items()):
            if number not in there:
                stored = self._as_stored(stored_object(content, "source"))
                self._enter_objects([stored], datetime.fromisoformat(found.content["created_at"]))
                ids = {"source_version_id": stored.version_id}
                _insert(self.connection, sources, content | ids, document_id=document_id)

    def _enter_texts(self, document_id: int, version_id: int, words: StoredObject) -> None:
        try:
            read = decode_words(self.store.get(words.key, words.version_id))
        except StoreUnavailableError:
            raise
        except StoreError as error:
            self.report.problems.append(f"{error.message} (its pages cannot be searched)")
        else:
            index_texts(self.connection, document_id, version_id, read)

    # --- batches ---------------------------------------------------------------------------------------

    def enter_batch(self, keys: Sequence[str]) -> None:
        """Enter a batch as its newest manifest says, or as what lies in intake."""
        names = {key: name for key in keys if (name := parse_intake_key(key))}
        batch_id, before = decode_owner(keys[0]), self._newest_known(keys)
        contents = list(self._manifests(keys))
        number, content = contents[0] if contents else (0, None)
        own = batches.c.id == batch_id
        if self.connection.scalar(select(batches.c.id).where(own)) is None:
            if content is None and not names:
                return
            self._enter_objects([self.stored[key] for key in names])
            self.report.batches += 1
            self.report.actions.append(f"batch {batch_id}: entered")
            if content is None:
                self._enter_unlisted_batch(batch_id, names)
                return
            later = _came_later(content, names)
            _insert(self.connection, batches, _safe(content["batch"], later))
            self._enter_pages(batch_id, content, later)
            for no, key in later.items():
                stated: Content = next((each for each in content["files"] if each["no"] == no), {})
                self._enter_file(batch_id, key, names[key], stated)
            return
        if content is not None and number > before and not knows_batch(self.connection, content):
            self.report.batches += 1
            self.report.actions.append(f"batch {batch_id}: brought up to what the bucket says")
            self._update(batches, own, _safe(content["batch"], {}), ("id",))
            self._enter_pages(batch_id, content, {})
            kept = {each["object_key"] for each in (*content["files"], *content["pages"])}
            self._enter_objects([self.stored[key] for key in names if key in kept])
            self._forget_released(content, names)
        self._enter_arrived(batch_id, names)

    def _forget_released(self, content: Content, names: Mapping[str, IntakeName]) -> None:
        """The objects of source files that the batch has let go of meanwhile: they are no loss."""
        if content["batch"]["state"] != BatchState.CLOSED:
            return
        released = {
            (each["no"], each["sha256"])
            for each in content["files"]
            if each["state"] == FileState.UNPACKED and not each["object_key"]
        }
        prefix = intake_prefix(content["batch"]["id"])
        for key in self.connection.scalars(select(objects.c.key).where(objects.c.key.startswith(prefix))):
            name = parse_intake_key(key)
            if name is not None and name.is_file and (name.no, name.sha256) in released and key not in names:
                self.connection.execute(delete(objects).where(objects.c.key == key))

    def _enter_pages(self, batch_id: str, content: Content, later: Mapping[int, str]) -> None:
        """Files and pages of a batch. What has come to rest in the catalog and has a place stays there."""
        for each in content["files"]:
            if each["no"] in later:
                continue
            at = (files.c.batch_id == batch_id) & (files.c.no == each["no"])
            if self.connection.scalar(select(files.c.id).where(at)) is None:
                _insert(self.connection, files, each, batch_id=batch_id)
            else:
                self._update(files, at, each, ("id", "batch_id", "source_id"))
        query = select(files.c.no, files.c.id).where(files.c.batch_id == batch_id)
        file_ids = {row.no: row.id for row in self.connection.execute(query)}
        for page in content["pages"]:
            more = {
                "batch_id": batch_id,
                "file_id": file_ids.get(page["file_no"]),
                "document_id": self._document_id(batch_id, page["dossier"], page["document"]),
            }
            at = (pages.c.batch_id == batch_id) & (pages.c.no == page["no"])
            row = self.connection.execute(select(pages.c.state, pages.c.object_key).where(at)).one_or_none()
            if row is None:
                _insert(self.connection, pages, page, **more)
            elif row.state not in SETTLED or says_more(page, row.state, row.object_key):
                self._update(pages, at, page | more, ("id",))
                if page["state"] == PageState.TAKEN:  # to be read anew: what is kept of it is older
                    of_page = (readings.c.batch_id == batch_id) & (readings.c.no == page["no"])
                    self.connection.execute(delete(readings).where(of_page))
        if content["batch"]["state"] == BatchState.CLOSED:
            for table in (readings, file_attempts):
                self.connection.execute(delete(table).where(table.c.batch_id == batch_id))

    def _document_id(self, batch_id: str, number: str | None, no: int | None) -> int | None:
        if number is None or no is None:
            return None
        if (number, batch_id, no) in self._ids:
            return self._ids[number, batch_id, no]
        query = select(documents.c.id).join(dossiers)
        same = (dossiers.c.number == number) & (documents.c.no == no) & (documents.c.batch_id == batch_id)
        return self.connection.scalar(query.where(same))

    def _enter_arrived(self, batch_id: str, names: Mapping[str, IntakeName]) -> None:
        """Files of an open batch that came after the catalog was saved: to be taken apart like the others."""
        state = self.connection.scalar(select(batches.c.state).where(batches.c.id == batch_id))
        known = {key for key, _ in self.known}
        for key, name in names.items():
            if state == BatchState.CLOSED or not name.is_file or key in known:
                continue
            rows = self.connection.execute(select(files).where(files.c.batch_id == batch_id)).fetchall()
            if any((row.no, row.sha256) == (name.no, name.sha256) for row in rows):
                continue  # its taker was killed, or is at it: the same file comes again
            taken = {row.no for row in rows}
            no = name.no if name.no not in taken else max(taken) + 1
            self._enter_file(batch_id, key, name, {}, no=no)
            self._enter_objects([self.stored[key]])
            if state is BatchState.TAKEN:  # handed in without it: a person looks before anything is filed
                waits = {
                    "state": BatchState.UNASSIGNED,
                    "reason": REBUILT,
                    "job": None,
                    "turn": batches.c.turn + 1,
                }
                self.connection.execute(update(batches).where(batches.c.id == batch_id).values(**waits))
                state = BatchState.UNASSIGNED
            self.report.actions.append(f"batch {batch_id}: file {no} entered")

    def _enter_unlisted_batch(self, batch_id: str, names: Mapping[str, IntakeName]) -> None:
        """A batch of which only captured bytes are left: a person is to say whose it is, nothing is known."""
        now = clock.now()
        batch = {
            "id": batch_id,
            "origin": "rebuild",
            "operator": "",
            "state": BatchState.UNASSIGNED,
            "reason": REBUILT,
        }
        self.connection.execute(insert(batches).values(created_at=now, updated_at=now, **batch))
        whole_files = any(name.is_file for name in names.values())
        for key, name in names.items():
            if name.is_file:
                self._enter_file(batch_id, key, name, {})
            elif not whole_files:  # otherwise the pages will come out of the files again
                values = {"no": name.no, "sha256": name.sha256, "object_key": key, "state": PageState.TAKEN}
                values |= {"media_type": _MEDIA_TYPES.get(name.suffix, "")}
                self.connection.execute(insert(pages).values(batch_id=batch_id, **values))

    def _enter_file(
        self, batch_id: str, key: str, name: IntakeName, stated: Content, *, no: int | None = None
    ) -> None:
        """A file whose bytes lie in intake, with what was stated of it before they came."""
        values = {"no": no or name.no, "sha256": name.sha256, "object_key": key, "state": FileState.TAKEN}
        values |= {"size": self.stored[key].size}
        content = {"name": PurePosixPath(key).name, **stated, **values}
        _insert(self.connection, files, content, batch_id=batch_id)

    # --- what both need --------------------------------------------------------------------------------

    def _newest_known(self, keys: Sequence[str]) -> int:
        """The number of the newest manifest that the catalog has entered."""
        known = {key for key, _ in self.known}
        return max((manifest_number(key) or 0 for key in keys if key in known), default=0)

    def _manifests(self, keys: Sequence[str]) -> Iterator[tuple[int, Content]]:
        """Enter all manifests; number and content of each that is whole, the newest first."""
        numbered = {key: k for key in keys if (k := manifest_number(key))}
        self._enter_objects([self.stored[key] for key in numbered])
        for key in sorted(numbered, key=numbered.__getitem__, reverse=True):
            try:
                content = read_manifest(self.store.get(key, self.stored[key].version_id))
            except StoreUnavailableError:
                raise
            except StoreError as error:
                self.report.problems.append(f"{error.message} (an older manifest is used)")
                continue
            self.entries += content["log"]
            yield numbered[key], content

    def _as_stored(self, wanted: StoredObject) -> StoredObject:
        """An object as the store has it: where it was copied back, its version id is another."""
        there = self.stored.get(wanted.key)
        return there if there is not None and there.sha256 == wanted.sha256 else wanted

    def _enter_objects(self, found: Iterable[StoredObject], created_at: datetime | None = None) -> None:
        for each in found:
            key = (each.key, each.version_id or "")
            if key not in self.known:
                self.known.add(key)
                row = {**asdict(each), "version_id": each.version_id or ""}
                self.connection.execute(insert(objects).values(created_at=created_at or clock.now(), **row))

    def enter_leftover(self, stored: StoredObject) -> None:
        """Have `verify` look after an object that no manifest lists."""
        self._enter_objects([stored])

    def _update(
        self, table: Table, own: ColumnElement[bool], content: Content, without: Sequence[str]
    ) -> None:
        """Have one row of a table say what a manifest does, but for columns that are the catalog's own."""
        row = self.connection.execute(select(table).where(own)).mappings().one()
        changed = {
            name: value
            for name, value in values_of(table, content).items()
            if name not in without and row[name] != value
        }
        if changed:
            self.connection.execute(update(table).where(own).values(**changed))


def _documents_in(contents: Sequence[tuple[int, Content]]) -> list[_Found]:
    """All documents that any manifest lists: of each the newest word, and every version."""
    found: dict[tuple[str, int], _Found] = {}
    for number, content in contents:
        for document in content["documents"]:
            identity = (document["batch_id"], document["first_page"])
            entry = found.setdefault(identity, _Found(document, number, {}, {}))
            for version in document["versions"]:
                entry.versions.setdefault(version["version"], version)
            for source in document.get("sources", ()):
                entry.sources.setdefault(source["file_no"], source)
    return list(found.values())


def _came_later(content: Content, names: Mapping[str, IntakeName]) -> dict[int, str]:
    """Files that came after an open batch's manifest was written, by number: their keys."""
    if content["batch"]["state"] == BatchState.CLOSED:
        return {}  # what is left of it was about to be deleted
    known = {each["no"] for each in content["files"] if each["state"] != FileState.EXPECTED}
    return {name.no: key for key, name in names.items() if name.is_file and name.no not in known}


def _safe(batch: Content, later: Mapping[int, str]) -> Content:
    """A batch as it may go on. One that was handed in has no job here, and its next one gets a new name.

    Where its manifest doesn't know all that has come, a person looks at it before anything is filed.
    """
    if batch["state"] == BatchState.TAKING or (batch["state"] == BatchState.TAKEN and later):
        return {**batch, "state": BatchState.UNASSIGNED, "reason": REBUILT, "job": None}
    if batch["state"] == BatchState.TAKEN:
        return {**batch, "job": None, "turn": batch.get("turn", 0) + 1}
    return batch


def stored_object(version: Content, part: str) -> StoredObject:
    """The PDF or the words of a version, as its row or a manifest says."""
    names = ("key", "sha256", "size", "version_id")
    return StoredObject(*(version[f"{part}_{name}"] for name in names))


def _insert(connection: Connection, table: Table, content: Content, **more: Any) -> Any:
    key = connection.execute(insert(table).values(values_of(table, content) | more)).inserted_primary_key
    assert key is not None  # noqa: S101 - every insert of one row has one
    return key[0]


def values_of(table: Table, content: Content) -> dict[str, Any]:
    """The columns of `table` that `content` speaks of, times made times again."""
    return {
        column.name: datetime.fromisoformat(value)
        if isinstance(column.type, UtcDateTime) and value
        else value
        for column in table.columns
        if column.name in content
        for value in [content[column.name]]
    }
