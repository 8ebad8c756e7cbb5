"""Appending to the log's chain: each entry has the next number and a hash over the one before it.

Entries are appended at the end of their transaction, under a lock that is held until its commit. So the chain
is linear whatever the number of processes, its order is that of the commits, and a process that holds the
lock waits for nothing else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, text

from scanflow.archive.database.tables import log
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.archive.log.hashing import GENESIS, entry_line, line_hash, storable
from scanflow.archive.logbook import LogEntry

_PENDING = "scanflow_log_entries"
_LOCK = 0x5CAF11  # any number that no other program takes on the same database


@dataclass(frozen=True, slots=True)
class _LogRecord:
    """A row of the log's table."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: Any
    after: Any
    hash: str


@dataclass(frozen=True, slots=True)
class Chained:
    """An entry in its place in the chain; `hash` covers it and all before it."""

    seq: int
    hash: str
    entry: LogEntry

    @property
    def line(self) -> str:
        return entry_line(self.seq, self.entry)


@contextmanager
def appending(connection: Connection) -> Iterator[None]:
    """Append the entries that were deferred on this connection during the context at its end."""
    pending: list[LogEntry] = []
    connection.info[_PENDING] = pending
    try:
        yield
        append(connection, pending)
    finally:
        if not connection.invalidated:  # else it is gone with all that was noted of it
            connection.info.pop(_PENDING, None)


def defer(connection: Connection, entry: LogEntry) -> None:
    """Defer an entry: it is appended when the connection's transaction ends without an error."""
    connection.info[_PENDING].append(entry)


def append(connection: Connection, entries: Sequence[LogEntry]) -> None:
    """Append entries now. The chain's lock is held from here to the end of the transaction."""
    if not entries:
        return
    lock(connection)
    seq, previous = head(connection)
    rows = []
    for entry in entries:
        seq += 1
        clean = replace(entry, **{name: storable(getattr(entry, name)) for name in _TEXTS})
        previous = line_hash(previous, entry_line(seq, clean))
        rows.append(row_of(Chained(seq, previous, clean)))
    connection.execute(insert(log), rows)


def lock(connection: Connection) -> None:
    """Prevent others from appending until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and GENESIS where there is none."""
    row = connection.execute(select(log.c.seq, log.c.hash).order_by(log.c.seq.desc()).limit(1)).one_or_none()
    return (row.seq, row.hash) if row else (0, GENESIS)


def entries_from(connection: Connection, first: int, last: int | None = None) -> Iterator[Chained]:
    """The entries from number `first` to `last`, in order, a portion at a time."""
    while True:
        query = select(log).where(log.c.seq >= first).order_by(log.c.seq).limit(_PORTION)
        if last is not None:
            query = query.where(log.c.seq <= last)
        found = entries_of(connection, query)
        yield from found
        if len(found) < _PORTION:
            return
        first = found[-1].seq + 1


def entries_of(connection: Connection, query: Select[Any]) -> list[Chained]:
    """The entries that a query for whole rows of the log finds, in its order."""
    return [
        Chained(
            row.seq, row.hash, LogEntry(row.at, row.actor, row.action, row.subject, row.before, row.after)
        )
        for row in fetch_all(connection, _LogRecord, query)
    ]


def row_of(each: Chained) -> dict[str, Any]:
    """The table's row of an entry."""
    return {
        "seq": each.seq,
        "hash": each.hash,
        **{name: getattr(each.entry, name) for name in ("at", *_TEXTS)},
    }


_TEXTS = ("actor", "action", "subject", "before", "after")
_PORTION = 2000
