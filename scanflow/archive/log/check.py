"""Checks the log: the chain in the catalog, the triggers that protect it, and the copies in the bucket."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import log
from scanflow.archive.log import chain
from scanflow.archive.log.chain import Chained
from scanflow.archive.log.hashing import GENESIS, line_hash
from scanflow.archive.log.segments import Segment, read_segment
from scanflow.archive.logbook import RESTORED
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import LOG
from scanflow.errors import ObjectNotFoundError, StoreError, StoreUnavailableError

_TRIGGERS = {
    "sqlite": ("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log'", 2),
    "postgresql": (
        "SELECT count(*) FROM pg_trigger "
        "WHERE tgrelid = 'log'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')",
        1,
    ),
}


@dataclass(frozen=True, slots=True)
class LogCheck:
    """How many entries there are, up to which number the bucket has them, and what is wrong, a line each."""

    entries: int
    anchored: int
    problems: tuple[str, ...]


def check_log(store: ObjectStore, catalog: Catalog) -> LogCheck:
    """Compare the log with itself and with the bucket. Raises StoreUnavailableError, CatalogError."""
    anchored = 0
    problems: list[str] = []
    with catalog.reading() as connection:
        problems += _guards(connection)
        entries, found = _check_chain(chain.entries_from(connection, 1))
        problems += found
        moved = shifts(connection)
        for key in sorted(_keys(store, catalog, connection)):
            try:
                segment = read_segment(store, key)
            except StoreUnavailableError:
                raise
            except ObjectNotFoundError:
                problems.append(f"log: the segment {key} is missing from the bucket")
                continue
            except StoreError as error:
                problems.append(f"log: {error.message}")
                continue
            anchored = max(anchored, segment.name.last)
            problems += _compare(connection, segment, moved)
    return LogCheck(entries, anchored, tuple(dict.fromkeys(problems)))


def shifts(connection: Connection) -> list[int]:
    """The possible differences between numbers of copied entries in the bucket and in the catalog.

    There are none, unless entries were restored into a log that had continued without them.
    """
    query = select(log.c.after).where(log.c.action == RESTORED, log.c.after.is_not(None))
    return [0, *(int(after["shift"]) for after in connection.scalars(query) if "shift" in after)]


def absent(connection: Connection, segment: Segment, moved: Iterable[int]) -> list[Chained]:
    """Entries of a segment that are at none of their possible places in the catalog's log."""
    name = segment.name
    missing = list(segment.entries)
    for shift in moved:
        here = {
            each.seq - shift: each.entry
            for each in chain.entries_from(connection, name.first + shift, name.last + shift)
        }
        missing = [each for each in missing if here.get(each.seq) != each.entry]
        if not missing:
            break
    return missing


def _guards(connection: Connection) -> list[str]:
    query, expected = _TRIGGERS[connection.dialect.name]
    if (connection.scalar(text(query)) or 0) >= expected:
        return []
    return ["log: the triggers that keep it append-only are gone from the database"]


def _check_chain(entries: Iterator[Chained]) -> tuple[int, list[str]]:
    """Check the chain from its beginning; gives the number of entries, and where it is broken."""
    problems: list[str] = []
    seq, previous = 0, GENESIS
    for count, each in enumerate(entries, start=1):
        if each.seq != seq + 1:
            problems.append(f"log: {_numbers(seq + 1, each.seq - 1)} removed")
        elif line_hash(previous, each.line) != each.hash:
            problems.append(f"log: entry {each.seq} changed, or the one before it was replaced")
        seq, previous = each.seq, each.hash
        if len(problems) >= _MOST:
            return count, [*problems, "log: more of the same"]
    return seq if not problems else count, problems


def _compare(connection: Connection, segment: Segment, moved: Iterable[int]) -> list[str]:
    missing = [each.seq for each in absent(connection, segment, moved)]
    last, _ = chain.head(connection)
    wrong = [
        f"log: {_numbers(first, end)} not as anchored in the bucket (changed or removed)"
        for first, end in _runs([seq for seq in missing if seq <= last])
    ]
    cut = [
        f"log: {_numbers(first, end)} cut off: the bucket has them, the catalog doesn't"
        for first, end in _runs([seq for seq in missing if seq > last])
    ]
    return wrong + cut


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, as first and last."""
    if not numbers:
        return
    start = before = numbers[0]
    for number in numbers[1:]:
        if number != before + 1:
            yield start, before
            start = number
        before = number
    yield start, before


def _numbers(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _keys(store: ObjectStore, catalog: Catalog, connection: Connection) -> set[str]:
    """Segments that the bucket shows, and those that the catalog knows of."""
    return {each.key for each in store.list(LOG)} | {each.key for each in catalog.objects(LOG, connection)}


_MOST = 100
