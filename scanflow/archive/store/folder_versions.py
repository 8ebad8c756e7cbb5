"""The versions of an object in a folder store: the plain file, the records and older bytes in `.versions`.

`scanflow.archive.store.folder` says how they are laid out. `path` is always that of the plain file. Nothing
here takes a lock: the store does.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scanflow.archive.store.base import not_found, sha256_hex
from scanflow.disk import sync_folder, write_synced
from scanflow.model import StoredObject

UNFINISHED = ".unfinished"
_VERSIONS = ".versions"


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one version of an object: its id (six digits), SHA-256 and size in bytes."""

    version_id: str
    sha256: str
    size: int

    def stored(self, key: str) -> StoredObject:
        return StoredObject(key, self.sha256, self.size, self.version_id)


def versions_folder(path: Path) -> Path:
    """Where the records and older bytes of the plain file at `path` lie."""
    return path.parent / _VERSIONS / path.name


def records_of(path: Path) -> list[Record]:
    """All versions of a key, also unfinished ones, the oldest first."""
    records = []
    for file in sorted(versions_folder(path).glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        records.append(Record(file.stem, content["sha256"], content["size"]))
    return records


def set_aside_versions(path: Path) -> list[str]:
    """Version ids whose bytes have been set aside, the oldest first."""
    return sorted(file.name for file in versions_folder(path).glob("*") if file.name.isdigit())


def last_number(path: Path) -> int:
    """The highest number that a version of a key was given; 0 before the first."""
    return max((int(record.version_id) for record in records_of(path)), default=0)


def current_record(path: Path) -> Record | None:
    """The version that the plain file is, or None when there is no plain file."""
    if not path.is_file():
        return None
    records = records_of(path)
    if len(records) == 1:
        return records[0]
    data = path.read_bytes()
    digest = sha256_hex(data)
    archived = set(set_aside_versions(path))
    # False sorts first: the newest whose bytes aren't set aside, then the others (a put was killed).
    likely = sorted(records, key=lambda record: (record.version_id in archived, -int(record.version_id)))
    for record in likely:
        if record.sha256 == digest:
            return record
    if likely:
        return likely[0]  # damaged: `get` will say so
    return Record("000000", digest, len(data))  # put here by hand, so nothing is known of it


def find_record(key: str, path: Path, version_id: str | None) -> Record:
    """The record of a version whose bytes are there, of the newest for None. Raises ObjectNotFoundError."""
    current = current_record(path)
    if version_id is None:
        if current is None:
            raise not_found(key)
        return current
    if current is not None and current.version_id == version_id:
        return current
    for record in records_of(path):
        if record.version_id == version_id and version_id in set_aside_versions(path):
            return record
    raise not_found(key)


def bytes_path(path: Path, record: Record) -> Path:
    """Where the bytes of a version are: among the older ones, or the plain file."""
    archived = versions_folder(path) / record.version_id
    return archived if archived.is_file() else path


def write_record(
    path: Path, record: Record, content_type: str, metadata: Mapping[str, str], until: datetime | None
) -> None:
    """Write the record of a new version, before its bytes are put in place; `until`: it is retained so
    long.
    """
    content = {
        "sha256": record.sha256,
        "size": record.size,
        "content_type": content_type,
        "metadata": dict(metadata),
        **({"retain_until": until.isoformat()} if until is not None else {}),
    }
    _replace_record(path, record, content)


def add_facts(path: Path, record: Record, **facts: str) -> None:
    """Add values to a record. A file that was put here by hand gets a record now."""
    file = versions_folder(path) / f"{record.version_id}.json"
    known = {"sha256": record.sha256, "size": record.size}
    content = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else known
    _replace_record(path, record, {**content, **facts})


def retention_of(path: Path, version_id: str) -> datetime | None:
    """Until when the record says that a version is retained."""
    file = versions_folder(path) / f"{version_id}.json"
    if not file.is_file():
        return None
    until = json.loads(file.read_text(encoding="utf-8")).get("retain_until")
    return datetime.fromisoformat(until) if until else None


def _replace_record(path: Path, record: Record, content: Mapping[str, object]) -> None:
    folder = versions_folder(path)
    make_folder(folder)
    unfinished = folder / UNFINISHED
    write_synced(unfinished, json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
    unfinished.replace(folder / f"{record.version_id}.json")
    sync_folder(folder)


def set_aside(path: Path, current: Record) -> None:
    """Copy the plain file to its place among the versions. A copy, not a link: shares lack those."""
    folder = versions_folder(path)
    make_folder(folder)
    unfinished = folder / UNFINISHED
    write_synced(unfinished, path.read_bytes())
    unfinished.replace(folder / current.version_id)
    sync_folder(folder)


def remove_version(path: Path, version_id: str) -> None:
    """Remove a version's record and its set-aside bytes; nothing where they are gone already."""
    folder = versions_folder(path)
    (folder / version_id).unlink(missing_ok=True)
    (folder / f"{version_id}.json").unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make `folder` and missing folders above it, synced, so that they survive a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:  # another writer pruned the empty parent at this very moment
        make_folder(folder)
    sync_folder(folder.parent)


def prune(path: Path) -> None:
    """Remove the folders of `path` that have become empty."""
    versions = path.parent / _VERSIONS
    for folder in (versions / path.name, versions, path.parent):
        with suppress(OSError):  # not empty, or gone already
            (folder / UNFINISHED).unlink(missing_ok=True)
            folder.rmdir()
