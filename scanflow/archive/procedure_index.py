"""The compiled index of all procedures: one SQLite file, from which one procedure at a time is loaded.

It is written once for a state of the profiles' files, under a temporary name first, and never changed: any
number of processes and threads may read it, and two may make the same one at once.
`scanflow.classify.procedures.index` has the interface that classification uses.
"""

import atexit
import hashlib
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from typing import Any
from urllib.parse import quote

import msgspec
import zstandard

from scanflow import __version__
from scanflow.classify.procedures.forms import FormOf, form_key, form_titles
from scanflow.classify.profiles import Procedure, ProcedureName, RequiredPaper
from scanflow.text.folding import fold, folded_key

# Raise it whenever what stands in the file, or how procedures are read, becomes another.
VERSION = 1
# Files of earlier states that are kept, for processes that have not begun with the newest.
KEPT = 3
_LOADED = 256
_SCHEMA = """
CREATE TABLE procedure(
    code TEXT, place INTEGER, name TEXT, field TEXT, agency TEXT, data BLOB, PRIMARY KEY (code, place)
) WITHOUT ROWID;
CREATE TABLE asked_type(type TEXT, code TEXT, PRIMARY KEY (type, code)) WITHOUT ROWID;
CREATE TABLE form(number TEXT, code TEXT, row TEXT, PRIMARY KEY (number, code, row)) WITHOUT ROWID;
CREATE TABLE title(id INTEGER PRIMARY KEY, folded TEXT, title TEXT, code TEXT, row TEXT);
CREATE INDEX title_folded ON title(folded);
CREATE VIRTUAL TABLE title_words USING fts5(
    folded, content='title', content_rowid='id', tokenize='unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE named USING fts5(
    name, code, field, agency, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3'
);
"""


def open_procedures(
    cache: Path, name: str, compiled: Callable[[], Iterable[Sequence[Procedure]]]
) -> "StoredProcedures":
    """The index for a named state of the files, made of these procedures if `cache` has none yet.

    If `cache` can't be written to, it is made in a temporary folder that is deleted with this process.
    """
    name = _named(name)
    if (path := cache / f"{name}.sqlite").is_file():
        return StoredProcedures(path)
    procedures = compiled()
    try:
        return StoredProcedures(_build(cache, name, procedures))
    except OSError as error:
        from scanflow.logs import get_logger  # noqa: PLC0415 - seldom needed

        get_logger(__name__).warning(
            "no index of procedures in the home; using a temporary one", error=str(error)
        )
        return StoredProcedures(_build(_temporary(), name, procedures))


def _named(state: str) -> str:
    """The name of the index for a state of the files: the program's version and this format are in it."""
    shape = [each.name for kind in (Procedure, RequiredPaper) for each in fields(kind)]
    return hashlib.blake2b(f"{VERSION} {__version__} {shape} {state}".encode(), digest_size=12).hexdigest()


def _temporary() -> Path:
    """A temporary folder that is deleted at the end of this process."""
    folder = Path(mkdtemp(prefix="scanflow-profiles-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _build(folder: Path, name: str, procedures: Iterable[Sequence[Procedure]]) -> Path:
    """Write the index of these procedures, each as its versions with the newest first; the file's path.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.sqlite"
    with NamedTemporaryFile(dir=folder, prefix=".making-", suffix=".sqlite", delete=False) as file:
        making = Path(file.name)
    try:
        _fill(making, procedures)
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)
    _remove_old(folder, path)
    return path


def _remove_old(folder: Path, newest: Path) -> None:
    others = sorted((p for p in folder.glob("*.sqlite") if p != newest), key=_changed, reverse=True)
    for path in others[KEPT - 1 :]:
        with suppress(OSError):
            path.unlink()


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _fill(path: Path, procedures: Iterable[Sequence[Procedure]]) -> None:
    packer = zstandard.ZstdCompressor(level=3)
    connection = sqlite3.connect(path)
    try:
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
        for versions in procedures:
            newest = versions[0]
            connection.executemany(
                "INSERT INTO procedure VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        each.code,
                        place,
                        each.name,
                        each.field,
                        each.agency,
                        packer.compress(msgspec.msgpack.encode(each)),
                    )
                    for place, each in enumerate(versions)
                ],
            )
            names = " ".join(map(fold, (newest.name, *newest.aliases)))
            connection.execute(
                "INSERT INTO named VALUES (?, ?, ?, ?)",
                (names, newest.code, fold(newest.field), fold(newest.agency)),
            )
            _add_papers(connection, newest)
        connection.execute("INSERT INTO title_words(title_words) VALUES ('rebuild')")
        connection.commit()
    finally:
        connection.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _add_papers(connection: sqlite3.Connection, procedure: Procedure) -> None:
    code = procedure.code
    asked = {kind for row in procedure.required for kind in row.types}
    connection.executemany("INSERT INTO asked_type VALUES (?, ?)", [(kind, code) for kind in asked])
    connection.executemany(
        "INSERT OR IGNORE INTO form VALUES (?, ?, ?)",
        [(form_key(number), code, row.id) for row in procedure.required for number in row.form_numbers],
    )
    connection.executemany(
        "INSERT INTO title(folded, title, code, row) VALUES (?, ?, ?, ?)",
        [
            (folded_key(title), title, code, row.id)
            for row in procedure.required
            for title in form_titles(row)
        ],
    )


class StoredProcedures:
    """A compiled index, open for reading. May be pickled and used in any process and thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._codes: tuple[str, ...] | None = None
        self._load = lru_cache(maxsize=_LOADED)(self._load_versions)

    def __reduce__(self) -> tuple[type["StoredProcedures"], tuple[Path]]:
        return StoredProcedures, (self.path,)

    def codes(self) -> tuple[str, ...]:
        """The codes of all procedures, sorted."""
        if self._codes is None:
            rows = self._rows("SELECT code FROM procedure WHERE place = 0 ORDER BY code")
            self._codes = tuple(code for (code,) in rows)
        return self._codes

    def versions(self, code: str) -> tuple[Procedure, ...]:
        """The versions of a procedure, the newest first; none for an unknown code."""
        return self._load(code)

    def has(self, code: str) -> bool:
        return bool(self._rows("SELECT 1 FROM procedure WHERE code = ? AND place = 0", code))

    def names(self) -> list[ProcedureName]:
        """All procedures by name, without loading any."""
        rows = self._rows("SELECT code, name, field, agency FROM procedure WHERE place = 0")
        return sorted((ProcedureName(*row) for row in rows), key=lambda each: (each.name, each.code))

    def search(self, words: Sequence[str], limit: int, *, every: bool = True) -> list[ProcedureName]:
        """Procedures in whose name, code, field or agency a word begins with each of these folded words (or
        with one of them), the likeliest first."""
        if not words:
            return []
        query = (" AND " if every else " OR ").join(f'"{word}"*' for word in words)
        rows = self._rows(
            "SELECT p.code, p.name, p.field, p.agency FROM named JOIN procedure p ON p.code = named.code"
            " AND p.place = 0 WHERE named MATCH ? ORDER BY bm25(named, 10, 8, 2, 1), length(p.name)"
            " LIMIT ?",
            query,
            limit,
        )
        return [ProcedureName(*row) for row in rows]

    def asking_for_type(self, type_id: str) -> list[str]:
        """The codes of the procedures that ask for a paper of a type."""
        return [
            code
            for (code,) in self._rows("SELECT code FROM asked_type WHERE type = ? ORDER BY code", type_id)
        ]

    def forms_numbered(self, number: str) -> list[FormOf]:
        """The rows that ask for the form with this number."""
        rows = self._rows("SELECT code, row FROM form WHERE number = ? ORDER BY code, row", form_key(number))
        return [FormOf(code, row, self._title_of(code, row)) for code, row in rows]

    def forms_titled(self, title: str, candidates: int = 200) -> Iterator[FormOf]:
        """Rows that ask for a form whose title shares words with this one; the same title alone where there
        is one. `likeness` is for the caller to find."""
        folded = folded_key(title)
        exact = self._rows("SELECT code, row, title FROM title WHERE folded = ? ORDER BY code, row", folded)
        if exact:
            yield from (FormOf(code, row, found) for code, row, found in exact)
            return
        words = list(dict.fromkeys(re.findall(r"\w+", folded)))[:24]
        if not words:
            return
        rows = self._rows(
            "SELECT t.code, t.row, t.title FROM title_words JOIN title t ON t.id = title_words.rowid"
            " WHERE title_words MATCH ? ORDER BY rank LIMIT ?",
            " OR ".join(f'"{word}"' for word in words),
            candidates,
        )
        yield from (FormOf(code, row, found, 0.0) for code, row, found in rows)

    def _title_of(self, code: str, row_id: str) -> str:
        for row in self.versions(code)[0].required:
            if row.id == row_id:
                return row.titles[0] if row.titles else row.name
        return ""

    def _load_versions(self, code: str) -> tuple[Procedure, ...]:
        rows = self._rows("SELECT data FROM procedure WHERE code = ? ORDER BY place", code)
        unpacker = zstandard.ZstdDecompressor()
        return tuple(_procedures.decode(unpacker.decompress(data)) for (data,) in rows)

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._connection().execute(statement, values).fetchall()

    def _connection(self) -> sqlite3.Connection:
        """This process's connection: none may be shared between processes, so a child opens its own.

        It stays open, so that the file may be removed once there is a newer one.
        """
        if self._opened is None or self._opened[0] != os.getpid():
            uri = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
            self._opened = os.getpid(), sqlite3.connect(uri, uri=True, check_same_thread=False)
        return self._opened[1]


_procedures = msgspec.msgpack.Decoder(Procedure)
