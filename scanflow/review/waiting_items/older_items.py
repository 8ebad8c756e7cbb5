"""Older documents and dossiers that wait for a person.

The queue's items are computed from the catalog's rows, which takes too long for all rows of an agency each
time that the queue is shown. So only the newest rows are examined each time. Of the older rows this module
remembers those that have an item. It finds them a portion at a time, from the newest down, and by the
numbered changes of documents. Nothing of this is stored: a server that starts finds them again.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from scanflow.archive.search.changes import newest_change

PORTION = 1000
"""Rows that are examined for the first time when the queue is shown once."""
MOST = 300
"""Greatest number of older rows with items that are given at once; more follow as these are decided."""
_TOP = 2**62


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_HasId)


@dataclass(frozen=True, slots=True)
class RowSource(Generic[Row]):
    """Where an agency's rows come from: those below an id, the highest first; those of some ids, the highest
    first; the ids of those that the changes behind a number concern.
    """

    below: Callable[[Connection, str, int, int], list[Row]]
    of_ids: Callable[[Connection, str, Collection[int]], list[Row]]
    changed: Callable[[Connection, str, int], set[int]]


@dataclass(slots=True)
class _Known:
    """For one agency: the number of the last change that was examined, the id down to which all rows were
    examined (0: all), and the ids of rows that may have an item.
    """

    seq: int
    below: int = _TOP
    ids: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class OlderRows(Generic[Row]):
    """The rows of one kind that have an item, by agency. Threads may share it."""

    def __init__(self, source: RowSource[Row]) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def waiting(
        self,
        connection: Connection,
        agency: str,
        newest: Collection[int],
        of_those: Callable[[Sequence[Row]], Collection[int]],
    ) -> list[Row]:
        """Rows with an item besides the `newest`, the newest first, `MOST` at most.

        `of_those`: finds the ids of those rows that have an item. Each call examines `PORTION` more rows,
        until all were examined.
        """
        source, known = self._source, self._of(connection, agency)
        with known.lock:
            seq = newest_change(connection).seq
            known.ids |= source.changed(connection, agency, known.seq)
            known.seq = seq
            if known.below:
                rows = source.below(connection, agency, known.below, PORTION)
                known.ids |= set(of_those(rows))
                known.below = rows[-1].id if len(rows) == PORTION else 0
            ids = sorted(known.ids.difference(newest), reverse=True)[:MOST]
            found = source.of_ids(connection, agency, ids) if ids else []
            wait = set(of_those(found))
            known.ids -= set(ids) - wait
        return [row for row in found if row.id in wait]

    def _of(self, connection: Connection, agency: str) -> _Known:
        with self._lock:
            if agency not in self._known:
                self._known[agency] = _Known(newest_change(connection).seq)
            return self._known[agency]
