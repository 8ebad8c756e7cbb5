"""Brings the daily counts up to date: days with changed documents are counted anew."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select, update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.inserts import insert_if_absent
from scanflow.archive.database.tables import (
    counted_changes,
    counted_documents,
    daily_counters,
    daily_figures,
    documents,
    dossiers,
)
from scanflow.archive.figures.facts import Day, Rules, count_day
from scanflow.archive.search.changes import Change, changes_after, continues, newest_change
from scanflow.clock import date_in_vietnam

Value = TypeVar("Value")

_PORTION = 2000
"""Changes that are taken in at once."""
_MANY = 400
"""Numbers in one query to the database."""


def bring_up_to_date(
    catalog: Catalog,
    rules: Rules,
    *,
    seconds: float | None = None,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> int:
    """Count the days with changes; gives how many changes are left after `seconds` (None: no limit).

    No lock is held while counting: the counts are entered only if no other process has entered them
    meanwhile.
    """
    ends = None if seconds is None else time.monotonic() + seconds
    while True:
        with catalog.reading() as connection:
            last, newest = _last_counted(connection), newest_change(connection)
            anew = not continues(connection, last)
            start = Change() if anew else last
            progress(start.seq, newest.seq)
            changes = changes_after(connection, start.seq, _PORTION)
            if not changes and not anew:
                return 0
            if ends is not None and time.monotonic() > ends:
                return newest.seq - start.seq
            places = _places(connection, {each.document_id for each in changes})
            days = {day for place in places.values() for day in place}
            if not anew:
                days |= _counted_before(connection, {each.document_id for each in changes})
            counted = {day: count_day(connection, day, rules) for day in sorted(days)}
        with catalog.transaction() as connection:
            if _last_counted(connection, lock=True) == last:
                if anew:
                    _forget(connection)
                _enter(connection, counted)
                _note_places(connection, [each.document_id for each in changes], places)
                end = changes[-1] if changes else Change()
                connection.execute(update(counted_changes).values(seq=end.seq, token=end.token))


def _last_counted(connection: Connection, *, lock: bool = False) -> Change:
    """The last change that was counted; `lock`: nobody else enters counts until the transaction ends."""
    if lock:
        insert_if_absent(connection, counted_changes, {"one": 1, "seq": 0, "token": ""})
    query = select(counted_changes.c.seq, counted_changes.c.token)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Change() if row is None else Change(row.seq, row.token)


def _places(connection: Connection, ids: Collection[int]) -> dict[int, tuple[date, date]]:
    """The day on which a document was filed, and that of its dossier; without documents that are gone."""
    found: dict[int, tuple[date, date]] = {}
    for some in _portions(sorted(ids)):
        query = (
            select(documents.c.id, documents.c.created_at, dossiers.c.created_at.label("taken_at"))
            .join(dossiers, dossiers.c.id == documents.c.dossier_id)
            .where(documents.c.id.in_(some))
        )
        for row in connection.execute(query):
            found[row.id] = (date_in_vietnam(row.created_at), date_in_vietnam(row.taken_at))
    return found


def _counted_before(connection: Connection, ids: Collection[int]) -> set[date]:
    days: set[date] = set()
    for some in _portions(sorted(ids)):
        query = select(counted_documents.c.filed_on, counted_documents.c.taken_on)
        for row in connection.execute(query.where(counted_documents.c.document_id.in_(some))):
            days |= {row.filed_on, row.taken_on}
    return days


def _note_places(connection: Connection, ids: Sequence[int], places: dict[int, tuple[date, date]]) -> None:
    for some in _portions(sorted(set(ids))):
        connection.execute(delete(counted_documents).where(counted_documents.c.document_id.in_(some)))
    rows = [
        {"document_id": id, "filed_on": filed, "taken_on": taken} for id, (filed, taken) in places.items()
    ]
    if rows:
        connection.execute(insert(counted_documents), rows)


def _forget(connection: Connection) -> None:
    for table in (daily_figures, daily_counters, counted_documents):
        connection.execute(delete(table))


def _enter(connection: Connection, counted: dict[date, Day]) -> None:
    """Put the counts of whole days in place of what was counted of them before."""
    for table in (daily_figures, daily_counters):
        for some in _portions(sorted(counted)):
            connection.execute(delete(table).where(table.c.day.in_(some)))
    figures = [
        {"agency": agency, "day": day, "procedure": procedure, **asdict(each)}
        for day, of_day in counted.items()
        for (agency, procedure), each in of_day.figures.items()
    ]
    counters = [
        {
            "agency": agency,
            "day": day,
            "counter": counter,
            "papers": each.papers,
            "pages": each.pages,
            "hours": len(each.hours),
        }
        for day, of_day in counted.items()
        for (agency, counter), each in of_day.counters.items()
    ]
    for table, rows in ((daily_figures, figures), (daily_counters, counters)):
        if rows:
            connection.execute(insert(table), rows)


def _portions(values: Sequence[Value]) -> Iterable[Sequence[Value]]:
    return (values[at : at + _MANY] for at in range(0, len(values), _MANY))
