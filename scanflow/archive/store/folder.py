"""Objects as plain files in plain folders: the embedded default.

    <root>/dossiers/H57…/01-to-khai/v1.pdf                      the newest version: an ordinary file
    <root>/dossiers/H57…/01-to-khai/.versions/v1.pdf/000001.json  size, SHA-256, type, metadata of version 1,
                                                                  and until when it is retained
    <root>/dossiers/H57…/01-to-khai/.versions/v1.pdf/000001       its bytes, once a newer one took its place

A record (the JSON) stands beside each object because the folder alone must be enough to verify it, and
extended attributes get lost in backups and on network shares. Files are written beside, synced, read back,
renamed, and their folder is synced. A put of a new key commits with the rename of the bytes: a record
without bytes is nothing. A put over an old key first copies the old bytes to their place among the
versions, then renames the new ones in. So where a key has several versions, the hash of the plain file says
which of them it is, and a put that was killed in between has no effect.

A lock (flock) lets one process at a time write to a folder, so a fixed name for the unfinished file is
enough, and the next writer overwrites a leftover. A writer that does not get the lock gives up after some
time: the process that has the lock may be suspended.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from scanflow.archive.store.base import (
    damaged,
    exchanged,
    locked,
    not_found,
    require_checksum,
    sha256_hex,
    taken,
    whole_seconds,
)
from scanflow.archive.store.folder_versions import (
    UNFINISHED,
    Record,
    add_facts,
    bytes_path,
    current_record,
    find_record,
    last_number,
    make_folder,
    prune,
    remove_version,
    retention_of,
    set_aside,
    set_aside_versions,
    versions_folder,
    write_record,
)
from scanflow.archive.store.keys import check_key
from scanflow.clock import now
from scanflow.disk import sync_folder, write_synced
from scanflow.errors import ObjectNotFoundError, StoreError, StoreUnavailableError
from scanflow.file_locks import try_lock
from scanflow.model import StoredObject

_LOCKS = ".locks"
_LOCK_COUNT = 256
_TURN_SECONDS = 60.0
"""Seconds to wait for the lock. Another writer holds it as long as one object takes to reach the disk."""
_LOOK_SECONDS = 0.01


class FolderStore:
    """An `ObjectStore` under `root`, a folder on a file system of this machine or a mounted share.

    `locks`: whether new retention is recorded. Retention that was recorded before is always obeyed. It binds
    scanflow only; other programs are limited only by the permissions of the file system.
    """

    def __init__(self, root: Path, *, locks: bool = True) -> None:
        self.root = root
        self._locks = locks
        self._was_there = False
        self._bound: tuple[Path, bytes] | None = None

    def put(  # noqa: PLR0913 - an object and its circumstances, all but two by name
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        path = self._path(key)
        digest = sha256_hex(data)
        with self._writing(path, leaves_it=True):
            current = current_record(path)
            if if_absent and current is not None:
                if current.sha256 != digest:
                    raise taken(key)
                require_checksum(key, path.read_bytes(), digest)
                if retain_until is not None:
                    self._retain(path, current, retain_until)
                return current.stored(key)
            make_folder(path.parent)
            unfinished = path.parent / UNFINISHED
            write_synced(unfinished, data)
            if _read_from_disk(unfinished) != data:
                raise damaged(key)
            record = Record(f"{last_number(path) + 1:06}", digest, len(data))
            write_record(path, record, content_type, metadata or {}, self._binding(retain_until))
            if current is not None:
                set_aside(path, current)
            unfinished.replace(path)
            sync_folder(path.parent)
            return record.stored(key)

    def retain(self, key: str, version_id: str | None, until: datetime) -> None:
        path = self._path(key)
        with self._writing(path):
            self._retain(path, find_record(key, path, version_id), until)

    def _retain(self, path: Path, record: Record, until: datetime) -> None:
        binding = self._binding(until)
        before = retention_of(path, record.version_id)
        if binding is not None and (before is None or before < binding):
            add_facts(path, record, retain_until=binding.isoformat())

    def _binding(self, until: datetime | None) -> datetime | None:
        """Until when a version is to be locked; None where nothing is noted."""
        if until is None or not self._locks:
            return None
        until = whole_seconds(until)
        return until if until > now() else None

    def retained_until(self, key: str, version_id: str | None = None) -> datetime | None:
        path = self._path(key)
        with self._reading(key):
            return retention_of(path, find_record(key, path, version_id).version_id)

    def retains(self) -> bool:
        return self._locks

    def get(self, key: str, version_id: str | None = None) -> bytes:
        path = self._path(key)
        with self._reading(key):
            # A writer may replace the file between the look at the record and the read: look again.
            for _ in range(3):
                record = find_record(key, path, version_id)
                data = bytes_path(path, record).read_bytes()
                if sha256_hex(data) == record.sha256:
                    return data
            return require_checksum(key, data, record.sha256)

    def stat(self, key: str, version_id: str | None = None) -> StoredObject:
        with self._reading(key):
            return find_record(key, self._path(key), version_id).stored(key)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        for key in self.keys(prefix):
            # Deleted since the walk: then it isn't there.
            with suppress(ObjectNotFoundError):
                yield self.stat(key)

    def keys(self, prefix: str = "") -> Iterator[str]:
        found = sorted(self._keys(prefix))
        if self._was_there:
            self._require_root()  # an empty place where a share was mounted is no empty archive
        yield from found

    def delete(self, key: str, version_id: str | None = None) -> None:
        path = self._path(key)
        with self._writing(path):
            current = current_record(path)
            if version_id is None:
                if current is not None:
                    set_aside(path, current)
                    path.unlink()
                prune(path)
                return
            until = retention_of(path, version_id) if version_id.isdigit() else None
            if until is not None and until > now():
                raise locked(key, until)
            if current is not None and current.version_id == version_id:
                older = set_aside_versions(path)
                if older:
                    (versions_folder(path) / older[-1]).replace(path)
                else:
                    path.unlink()
                remove_version(path, version_id)
            elif version_id.isdigit():
                remove_version(path, version_id)
            prune(path)

    def check(self) -> None:
        try:
            make_folder(self.root / _LOCKS)
            probe = self.root / UNFINISHED
            write_synced(probe, b"scanflow")
            probe.unlink(missing_ok=True)  # another process may check at this very moment
            self._was_there = True
        except OSError as error:
            raise StoreError(
                f"{self.root}: cannot write the archive folder ({error.strerror}); "
                "make it writable for this user, or name another by [store] folder",
                "Không ghi được vào thư mục lưu trữ. Hãy báo cho người quản trị hệ thống.",
            ) from error

    def bind(self, key: str, data: bytes) -> None:
        self._bound = (self._path(key), data)
        self._was_there = True

    def require_bound(self) -> None:
        self._require_root()

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        """Errors of the file system become StoreErrors; if the whole folder is missing, it is unavailable."""
        try:
            with _explained(key):
                yield
        except ObjectNotFoundError:
            if self._was_there:
                self._require_root()
            raise

    def _require_root(self) -> None:
        if self._bound is None:
            if not (self.root / _LOCKS).is_dir():
                raise exchanged(str(self.root))
            return
        path, data = self._bound
        try:
            there = path.read_bytes()
        except FileNotFoundError:
            raise exchanged(str(self.root)) from None
        except OSError as error:
            raise StoreUnavailableError(
                f"{self.root}: the archive folder failed: {error.strerror}"
            ) from error
        if there != data:
            raise exchanged(str(self.root))
        make_folder(self.root / _LOCKS)  # backups may leave it out

    @contextmanager
    def _writing(self, path: Path, *, leaves_it: bool = False) -> Iterator[None]:
        """Hold the lock of `path`'s folder; errors of the file system become StoreErrors.

        A share may be unmounted and mounted again within; then what was written lies under its mount point.
        So afterwards the lock must still be there, and `path` too if the writer leaves it there.
        """
        try:
            with _explained(path.name):
                with self._locked(path):
                    yield
                if leaves_it:
                    path.stat()
        except ObjectNotFoundError as error:
            if leaves_it:
                raise exchanged(str(self.root)) from error
            self._require_root()
            raise

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        if self._was_there:
            self._require_root()  # never into the empty place where a share was mounted
        else:
            make_folder(self.root / _LOCKS)
            self._was_there = True
        number = int.from_bytes(sha256(os.fsencode(path.parent)).digest()[:4], "big") % _LOCK_COUNT
        place = self.root / _LOCKS / f"{number:03}"
        with place.open("w") as lock:
            _wait_for_turn(lock, path.name)
            yield
            if not (place.exists() and os.path.samestat(place.stat(), os.fstat(lock.fileno()))):
                raise exchanged(str(self.root))

    def _keys(self, prefix: str) -> Iterator[str]:
        parent = prefix.rpartition("/")[0]
        top = self._path(parent) if parent else self.root
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            base = Path(folder).relative_to(self.root)
            for name in names:
                key = (base / name).as_posix()
                if not name.startswith(".") and key.startswith(prefix):
                    yield key


def _wait_for_turn(lock: IO[str], name: str) -> None:
    until = time.monotonic() + _TURN_SECONDS
    while not try_lock(lock):
        if time.monotonic() > until:
            raise StoreUnavailableError(
                f"{name}: another process has kept the folder's lock {lock.name} for {_TURN_SECONDS:g} s; "
                "it may be stopped: let it go on, or end it"
            )
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise not_found(name) from error
    except OSError as error:
        raise StoreUnavailableError(f"{name}: the archive folder failed: {error.strerror}") from error


def _read_from_disk(path: Path) -> bytes:
    """Read from the disk, not from the page cache, where the system allows it."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()
