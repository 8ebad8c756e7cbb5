"""Queries of the log: entries by person, dossier, time and action."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import batches, documents, dossiers, log
from scanflow.archive.log.chain import Chained, entries_of
from scanflow.archive.log.visible import visible
from scanflow.archive.logbook import (
    JOINED,
    LOOKS,
    REARRANGED,
    REOPENED,
    SETTLED,
    SPLIT,
    LogEntry,
    batch_subject,
    dossier_subject,
    user_subject,
)

CUT = "cut"
"""The kind of question whether a document begins and ends where it was cut."""
_OF_CUTS = (SPLIT, JOINED, REARRANGED)

_AT_ONCE = 500
_MOST_PASSED = 50_000
"""Entries that one query examines."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Conditions on log entries; None: any. Times are timezone-aware, `until` is not included.

    `dossier` includes its documents, the batches that it was filed from, and batches that were assigned to
    it. `person` includes their actions and changes of their account. `among` are the wanted actions,
    `without` those that are left out.
    """

    person: str | None = None
    dossier: str | None = None
    batch: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    among: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


def find(catalog: Catalog, question: LogQuery, limit: int) -> list[Chained]:
    """The newest `limit` entries that match, the oldest of them first."""
    with catalog.reading() as connection:
        query = select(log).where(*_conditions(connection, question)).order_by(log.c.seq.desc()).limit(limit)
        return entries_of(connection, query)[::-1]


def settled(connection: Connection, subjects: Collection[str]) -> set[tuple[str, str]]:
    """The queue's items of these subjects that people have settled: subject and kind of item.

    Rearranging a document's pages also settles the item about its cut.
    """
    query = (
        select(log.c.subject, log.c.action, log.c.after)
        .where(log.c.subject.in_(list(subjects)))
        .where(log.c.action.in_((SETTLED, REOPENED, *_OF_CUTS)))
        .order_by(log.c.seq)
    )
    found: set[tuple[str, str]] = set()
    for subject, action, after in connection.execute(query):
        kind = CUT if action in _OF_CUTS else str((after or {}).get("kind", ""))
        if action == REOPENED:
            found.discard((subject, kind))
        else:
            found.add((subject, kind))
    return found


def newest_change(connection: Connection, subject: str) -> LogEntry | None:
    """The last change of a subject; views don't count."""
    query = select(log).where(log.c.subject == subject, log.c.action.not_in(LOOKS))
    found = entries_of(connection, query.order_by(log.c.seq.desc()).limit(1))
    return found[0].entry if found else None


def find_of_agency(
    catalog: Catalog, question: LogQuery, agency: str, limit: int, before: int | None = None
) -> tuple[list[Chained], int | None]:
    """The newest entries that match and belong to an agency, the newest first, and the number before which
    the next call continues (None: there are no more). Fewer than `limit` if one query examined too many
    others.
    """
    found: list[Chained] = []
    passed = 0
    with catalog.reading() as connection:
        conditions = _conditions(connection, question)
        while passed < _MOST_PASSED:
            query = select(log).where(*conditions).order_by(log.c.seq.desc()).limit(_AT_ONCE)
            if before is not None:
                query = query.where(log.c.seq < before)
            entries = entries_of(connection, query)
            for each in visible(connection, entries, agency):
                if len(found) == limit:
                    return found, found[-1].seq
                found.append(each)
            if len(entries) < _AT_ONCE:
                return found, None
            before = entries[-1].seq
            passed += len(entries)
    return found, before


def _conditions(connection: Connection, question: LogQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if question.person is not None:
        found.append((log.c.actor == question.person) | (log.c.subject == user_subject(question.person)))
    if question.action is not None:
        found.append(log.c.action == question.action)
    if question.among is not None:
        found.append(log.c.action.in_(sorted(question.among)))
    if question.without:
        found.append(log.c.action.not_in(sorted(question.without)))
    if question.since is not None:
        found.append(log.c.at >= question.since)
    if question.until is not None:
        found.append(log.c.at < question.until)
    if question.batch is not None:
        found.append(_within(batch_subject(question.batch)))
    if question.dossier is not None:
        subjects = [dossier_subject(question.dossier), *_batches_of(connection, question.dossier)]
        found.append(or_(*map(_within, subjects)))
    return found


def _within(subject: str) -> Any:
    return (log.c.subject == subject) | log.c.subject.startswith(f"{subject}/", autoescape=True)


def _batches_of(connection: Connection, number: str) -> list[str]:
    said = select(batches.c.id).where(
        (batches.c.dossier_number == number) | (batches.c.clerk_number == number)
    )
    filed = (
        select(documents.c.batch_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(dossiers.c.number == number)
    )
    return [batch_subject(batch_id) for batch_id in sorted(set(connection.scalars(said.union(filed))))]
