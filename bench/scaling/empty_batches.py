"""Jobs without pages: batches that are there in the ledger alone, and the shortest work on them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import insert

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import batches
from scanflow.clock import now
from scanflow.ledger.batches import set_batch_state
from scanflow.ledger.lease import Lease, holding
from scanflow.model import BatchState

_ROWS_AT_ONCE = 5000


def take_empty(catalog: Catalog, first: int, count: int) -> list[str]:
    """Enter batches in the state `taken` in bulk, and give their ids."""
    at = now()
    ids = [f"{at:%Y%m%d-%H%M%S}-{no:08}" for no in range(first, first + count)]
    row = {"origin": "inbox", "operator": "", "state": "taken", "updated_at": at}
    with catalog.transaction() as connection:
        for start in range(0, count, _ROWS_AT_ONCE):
            some = enumerate(ids[start : start + _ROWS_AT_ONCE], start=start)
            rows = [{"id": each, "created_at": at + timedelta(milliseconds=no), **row} for no, each in some]
            connection.execute(insert(batches), rows)
    return ids


def close(catalog: Catalog, lease: Lease) -> None:
    """The shortest work: a batch that stays taken would be enqueued again."""
    with holding(catalog, lease) as held:
        set_batch_state(held, BatchState.CLOSED, closed_at=now())


@dataclass
class Closing:
    """Work that closes, and counts up to `expected`; at each multiple of `step` it calls `at_step`."""

    catalog: Catalog
    expected: int
    step: int = 0
    at_step: Callable[[], None] = lambda: None
    done: int = 0
    finished: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, lease: Lease) -> None:
        close(self.catalog, lease)
        with self._lock:
            self.done += 1
            if self.step and self.done % self.step == 0:
                self.at_step()
            if self.done == self.expected:
                self.finished.set()
