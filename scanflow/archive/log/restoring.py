"""Restores the log from its segments: into an empty catalog, or one that is older than the bucket."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, insert, select

from scanflow import clock
from scanflow.archive.database.tables import log
from scanflow.archive.log import chain
from scanflow.archive.log.chain import Chained
from scanflow.archive.log.check import absent, shifts
from scanflow.archive.log.hashing import storable
from scanflow.archive.log.segments import Segment, read_segment
from scanflow.archive.logbook import RESTORED, SCANFLOW, LogEntry
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.canonical_json import dumps
from scanflow.archive.store.keys import parse_segment_key
from scanflow.errors import StoreError, StoreUnavailableError


def read_segments(store: ObjectStore, keys: Iterable[str]) -> tuple[list[Segment], list[str]]:
    """The usable segments among these keys, and a line for each gap between them.

    Raises StoreUnavailableError.
    """
    segments: list[Segment] = []
    problems: list[str] = []
    for key in sorted(key for key in keys if parse_segment_key(key)):
        try:
            segments.append(read_segment(store, key))
        except StoreUnavailableError:
            raise
        except StoreError as error:
            problems.append(f"log: {error.message}")
    last = 0
    for segment in segments:
        if segment.name.first > last + 1:
            problems.append(f"log: entries {last + 1} to {segment.name.first - 1} are in no segment")
        last = max(last, segment.name.last)
    return segments, problems


def restore_segments(connection: Connection, segments: Iterable[Segment]) -> int:
    """Enter the segments' entries that the catalog's log lacks; gives how many.

    If the catalog's log is a beginning of the segments, it continues as the same chain. If it has continued
    without them, they are appended at its end, and an entry says by how much their numbers have moved.
    """
    chain.lock(connection)
    restored = 0
    for segment in sorted(segments, key=lambda each: (each.name.first, each.name.last)):
        for run in _runs(absent(connection, segment, shifts(connection))):
            restored += len(run)
            _append(connection, segment, run)
    return restored


def restore_entries(connection: Connection, entries: Iterable[LogEntry]) -> int:
    """Append log entries that are in manifests and in no segment, in the order of time; gives how many.

    They were written after the last copy, or by a release without segments.
    """
    wanted = {_identity(entry): entry for entry in sorted(entries, key=lambda entry: entry.at)}
    if wanted:
        for each in chain.entries_of(connection, select(log)):
            wanted.pop(_identity(each.entry), None)
    chain.append(connection, list(wanted.values()))
    return len(wanted)


def _append(connection: Connection, segment: Segment, run: list[Chained]) -> None:
    last, hash_ = chain.head(connection)
    if run[0].seq == last + 1 and hash_ == _hash_before(segment, run[0]):
        connection.execute(insert(log), [chain.row_of(each) for each in run])
        return
    moved: dict[str, Any] = {"first": run[0].seq, "last": run[-1].seq, "shift": last + 1 - run[0].seq}
    note = LogEntry(clock.now(), SCANFLOW, RESTORED, "log", after=moved)
    chain.append(connection, [*(each.entry for each in run), note])


def _hash_before(segment: Segment, first: Chained) -> str:
    index = first.seq - segment.name.first
    return segment.entries[index - 1].hash if index else segment.previous


def _runs(entries: list[Chained]) -> Iterator[list[Chained]]:
    """Entries whose numbers follow each other."""
    run: list[Chained] = []
    for each in entries:
        if run and each.seq != run[-1].seq + 1:
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _identity(entry: LogEntry) -> tuple[Any, ...]:
    values = dumps(storable([entry.before, entry.after]))
    return (entry.at, entry.actor, entry.action, entry.subject, values)
