"""An object store from another package: one SQLite file, which `[store.options] file` names."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from scanflow.archive.store.base import (
    exchanged,
    locked,
    not_found,
    require_checksum,
    sha256_hex,
    taken,
    whole_seconds,
)
from scanflow.archive.store.keys import check_key
from scanflow.clock import now
from scanflow.errors import ObjectNotFoundError, SettingsError, StoreUnavailableError
from scanflow.model import StoredObject
from scanflow.settings import Settings

# One row for each version. A row without data hides the versions before it.
_TABLE = """CREATE TABLE IF NOT EXISTS objects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, data BLOB, sha256 TEXT, retain_until TEXT,
    content_type TEXT, metadata TEXT)"""
_NEWEST = "SELECT id, data, sha256, retain_until FROM objects WHERE key = ? ORDER BY id DESC LIMIT 1"
_VERSION = "SELECT id, data, sha256, retain_until FROM objects WHERE key = ? AND CAST(id AS TEXT) = ?"
_INSERT = "INSERT INTO objects (key, data, sha256, content_type, metadata) VALUES (?, ?, ?, ?, ?)"

Row = tuple[int, bytes | None, str, str | None]


class ExampleStore:
    """An `ObjectStore` in the SQLite database `file`; `locks`: whether it retains what it is asked to."""

    def __init__(self, file: Path, *, locks: bool) -> None:
        self._file = file
        self._locks = locks
        self._bound: tuple[str, bytes] | None = None

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        with self._changing() as connection:
            current: Row | None = connection.execute(_NEWEST, (check_key(key),)).fetchone()
            if if_absent and current is not None and current[1] is not None:
                if current[1] != data:
                    raise taken(key)
                version_id = str(current[0])
            else:
                row = (key, data, sha256_hex(data), content_type, json.dumps(dict(metadata or {})))
                version_id = str(connection.execute(_INSERT, row).lastrowid)
        if retain_until is not None:
            self.retain(key, version_id, retain_until)
        self.get(key, version_id)
        return self.stat(key, version_id)

    def retain(self, key: str, version_id: str | None, until: datetime) -> None:
        until = whole_seconds(until)
        with self._changing() as connection:
            row = _find(connection, key, version_id)
            before = _time(row[3])
            if self._locks and until > now() and (before is None or before < until):
                update = "UPDATE objects SET retain_until = ? WHERE id = ?"
                connection.execute(update, (until.isoformat(), row[0]))

    def retained_until(self, key: str, version_id: str | None = None) -> datetime | None:
        with self._connected() as connection:
            return _time(_find(connection, key, version_id)[3])

    def retains(self) -> bool:
        return self._locks

    def get(self, key: str, version_id: str | None = None) -> bytes:
        with self._connected() as connection:
            row = _find(connection, key, version_id)
        return require_checksum(key, row[1] or b"", row[2])

    def stat(self, key: str, version_id: str | None = None) -> StoredObject:
        with self._connected() as connection:
            row = _find(connection, key, version_id)
        return StoredObject(key, row[2], len(row[1] or b""), str(row[0]))

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        return map(self.stat, self.keys(prefix))

    def keys(self, prefix: str = "") -> Iterator[str]:
        newest = "SELECT key, data IS NULL, max(id) FROM objects WHERE substr(key, 1, ?) = ? GROUP BY key"
        with self._connected() as connection:
            rows = connection.execute(newest + " ORDER BY key", (len(prefix), prefix)).fetchall()
        return iter([key for key, hidden, _ in rows if not hidden])

    def delete(self, key: str, version_id: str | None = None) -> None:
        with self._changing() as connection:
            if version_id is None:
                if connection.execute(_NEWEST, (check_key(key),)).fetchone() is not None:
                    connection.execute("INSERT INTO objects (key) VALUES (?)", (key,))
                return
            row: Row | None = connection.execute(_VERSION, (check_key(key), version_id)).fetchone()
            if row is None:
                return
            until = _time(row[3])
            if until is not None and until > now():
                raise locked(key, until)
            connection.execute("DELETE FROM objects WHERE id = ?", (row[0],))

    def check(self) -> None:
        with self._changing():
            pass

    def bind(self, key: str, data: bytes) -> None:
        self._bound = (key, data)

    def require_bound(self) -> None:
        if self._bound is None:
            return
        key, data = self._bound
        try:
            if self.get(key) == data:
                return
        except ObjectNotFoundError:
            pass
        raise exchanged(str(self._file))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._file, timeout=60, isolation_level=None)
            try:
                connection.execute(_TABLE)
                yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"{self._file}: {error}") from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One writer after the other; what was changed is undone where an error ends it."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def _find(connection: sqlite3.Connection, key: str, version_id: str | None) -> Row:
    wanted = (check_key(key),) if version_id is None else (check_key(key), version_id)
    row: Row | None = connection.execute(_NEWEST if version_id is None else _VERSION, wanted).fetchone()
    if row is None or row[1] is None:
        raise not_found(key)
    return row


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def open_example(settings: Settings) -> ExampleStore:
    """`settings.store.options` are this store's own. Raises SettingsError where `file` is not among them."""
    file = settings.store.options.get("file")
    if not isinstance(file, str):
        raise SettingsError("[store.options] file: name the SQLite file of the example store")
    return ExampleStore(Path(file), locks=settings.store.lock_mode != "off")
