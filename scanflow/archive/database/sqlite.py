"""The embedded catalog: SQLite with a write-ahead log and full syncing, so that commits survive a power cut.

A writing transaction takes the write lock at its start. If it took the lock only after reading, it could fail
in the middle.
"""

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from scanflow.archive.store.canonical_json import dumps
from scanflow.errors import MissingToolError

_BUSY_SECONDS = 30
_OLDEST = (3, 43)  # the first with contentless_delete


def connect(url: URL) -> Engine:
    """An engine for this file. Raises MissingToolError where Python's SQLite is too old."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise MissingToolError(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.43 or later is needed (Debian 13 has 3.46)"
        )
    engine = create_engine(
        url,
        json_serializer=dumps,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def keep_write_ahead_log(file: Path) -> None:
    """Have this database keep a write-ahead log. The setting stays in the file; a missing file is made."""
    engine = connect(URL.create("sqlite", database=str(file)))
    with engine.connect():
        pass
    engine.dispose()


def describe(url: URL) -> str:
    """Which database it is."""
    return f"SQLite {sqlite3.sqlite_version} at {url.database}"


def read_only(engine: Engine) -> Engine:
    """The same database for transactions that only read: they don't wait for writers."""
    return engine.execution_options(sqlite_begin="DEFERRED")


def explain(error: BaseException | None) -> str:
    """SQLite's message, which quotes no values."""
    return str(error)


plain = explain


def _prepare(connection: Any, _record: Any) -> None:
    # Python's driver would begin transactions by its own rules; `_begin` replaces that.
    connection.isolation_level = None
    # Going over to the write-ahead log doesn't wait for other connections by itself.
    _patiently(partial(connection.execute, "PRAGMA journal_mode=WAL"))
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _patiently(action: Callable[[], object]) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
