"""Events about an agency's papers, for other programs; each agency's events are numbered without gaps.

Events are made from the audit log, so that no change lacks its event, and none is sent before the commit.
Each agency has its own numbers: those of the log would tell how busy other agencies are. An event names
dossiers, documents and batches, and no person.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.inserts import insert_if_absent
from scanflow.archive.database.tables import batches, dossiers, event_position, events, log
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.archive.logbook import (
    CLOSED,
    FIELD_SET,
    JOINED,
    JOINED_TO,
    MOVED_IN,
    MOVED_OUT,
    REARRANGED,
    SPLIT,
    TEXT_CORRECTED,
    TYPE_SET,
)
from scanflow.archive.store.keys import decode_segment

KINDS = {
    "taken": "batch.taken",
    CLOSED: "batch.closed",
    "filed": "document.filed",
    TEXT_CORRECTED: "document.text_corrected",
    TYPE_SET: "document.type_set",
    FIELD_SET: "document.field_set",
    MOVED_OUT: "document.moved_out",
    MOVED_IN: "document.moved_in",
    SPLIT: "document.split",
    JOINED: "document.joined",
    JOINED_TO: "document.joined_to",
    REARRANGED: "document.rearranged",
}
"""Kinds of events by the log's actions."""

_TOLD = ("version", "type", "to", "no", "captured", "filed", "set_aside", "quarantined")
"""Details that an event takes from its log entry; never values that were read on papers."""
_PORTION = 2000


@dataclass(frozen=True, slots=True)
class Event:
    """An event about a document or batch; `seq` is its number in the agency."""

    seq: int
    kind: str
    at: datetime
    dossier: str | None
    document: int | None
    batch: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _LogRow:
    seq: int
    at: datetime
    action: str
    subject: str
    after: Any


def make_events(catalog: Catalog) -> int:
    """Make events of new log entries; gives how many. Any number of processes may call it."""
    made = 0
    while True:
        with catalog.reading() as connection:
            known = connection.scalar(select(event_position.c.log_seq)) or 0
            newest = connection.scalar(select(func.max(log.c.seq))) or 0
        if newest <= known:
            return made
        with catalog.transaction() as connection:
            made += _make_portion(connection)


def events_after(catalog: Catalog, agency: str, seq: int, limit: int) -> list[Event]:
    """An agency's events after a number, in order."""
    with catalog.reading() as connection:
        return events_within(connection, agency, seq, limit)


def events_within(connection: Connection, agency: str, seq: int, limit: int) -> list[Event]:
    """The same within a transaction."""
    query = (
        select(*(column for column in events.c if column.name not in ("agency", "log_seq")))
        .where(events.c.agency == agency, events.c.seq > seq)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return fetch_all(connection, Event, query)


def newest_seq(connection: Connection, agency: str) -> int:
    """The number of an agency's last event; 0 without one."""
    return int(connection.scalar(select(func.max(events.c.seq)).where(events.c.agency == agency)) or 0)


def _make_portion(connection: Connection) -> int:
    insert_if_absent(connection, event_position, {"one": 1, "log_seq": 0})
    # This is a lock: a second process waits here, and then sees the first one's events.
    known = connection.scalar(select(event_position.c.log_seq).with_for_update()) or 0
    last = min(connection.scalar(select(func.max(log.c.seq))) or 0, known + _PORTION)
    query = (
        select(log.c.seq, log.c.at, log.c.action, log.c.subject, log.c.after)
        .where(log.c.seq > known, log.c.seq <= last, log.c.action.in_(KINDS))
        .order_by(log.c.seq)
    )
    numbers: dict[str, int] = {}
    rows = []
    for row in fetch_all(connection, _LogRow, query):
        placed = _placed(connection, row)
        if placed is None:
            continue
        agency, values = placed
        numbers[agency] = numbers.get(agency) or newest_seq(connection, agency)
        numbers[agency] += 1
        told = row.after if isinstance(row.after, dict) else {}
        data = {name: told[name] for name in _TOLD if told.get(name) is not None}
        rows.append(
            {
                "agency": agency,
                "seq": numbers[agency],
                "log_seq": row.seq,
                "kind": KINDS[row.action],
                "at": row.at,
            }
            | values
            | {"data": data}
        )
    if rows:
        connection.execute(insert(events), rows)
    connection.execute(update(event_position).values(log_seq=last))
    return len(rows)


def _placed(connection: Connection, row: _LogRow) -> tuple[str, dict[str, Any]] | None:
    """The agency of an entry and its subject; None if no agency has it any more."""
    room, _, rest = row.subject.partition("/")
    name, _, inside = rest.partition("/")
    named = decode_segment(name)
    if room == "batches":
        agency = connection.scalar(select(batches.c.agency).where(batches.c.id == named))
        return (agency, {"dossier": None, "document": None, "batch": named}) if agency else None
    if room != "dossiers":
        return None
    agency = connection.scalar(select(dossiers.c.agency).where(dossiers.c.number == named))
    document = int(inside) if inside.isdigit() else None
    return (agency, {"dossier": named, "document": document, "batch": None}) if agency else None
