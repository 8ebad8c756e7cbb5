"""What the bucket knows of stacks at the desk: their manifest, written a few seconds after a change of them.

A rebuilt catalog has them as they were then: whose they are, at which counter, what was decided. What came
later lies in `intake/`, and waits for a person there.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import select

from scanflow.archive.database.tables import batches
from scanflow.archive.manifest import write_batch_manifest
from scanflow.desk.context import Desk
from scanflow.errors import ScanflowError
from scanflow.ledger.lease import AT_DESK

log = structlog.get_logger(__name__)

_MOST_LOOKS = 6
"""A stack that changes all the time is written at every so many looks."""


@contextmanager
def safekeeping(desk: Desk) -> Iterator[None]:
    """Write manifests of stacks that have changed, during the context, and at its end."""
    keeper = Keeper(desk)
    stop = threading.Event()
    thread = threading.Thread(
        target=_run,
        args=(keeper, stop, desk.services.settings.work.heartbeat),
        name="desk manifests",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if not keeper.away:
            keeper.look(all_of_them=True)


class Keeper:
    """Remembers which revision of which stack stands in the bucket. `away`: the last look failed."""

    def __init__(self, desk: Desk) -> None:
        self.away = False
        self._desk = desk
        self._written: dict[str, int] = {}
        self._waiting: dict[str, tuple[int, int]] = {}

    def look(self, *, all_of_them: bool = False) -> None:
        """Write the manifests of stacks that have stood still since the last look."""
        try:
            self._look(all_of_them)
            self.away = False
        except ScanflowError as error:
            log.warning("stacks not noted", reason=error.message)
            self.away = True
        except Exception as error:  # the database's driver may raise anything while it is away
            log.warning("stacks not noted", reason=type(error).__name__)
            self.away = True

    def _look(self, all_of_them: bool) -> None:
        services = self._desk.services
        with services.catalog.reading() as connection:
            query = select(batches.c.id, batches.c.revision).where(batches.c.state == AT_DESK)
            found = {row.id: int(row.revision) for row in connection.execute(query)}
        changed = {
            batch: revision for batch, revision in found.items() if self._written.get(batch) != revision
        }
        waiting, self._waiting = self._waiting, {}
        for batch_id, revision in changed.items():
            before, looks = waiting.get(batch_id, (-1, 0))
            if all_of_them or before == revision or looks >= _MOST_LOOKS:
                write_batch_manifest(services.store, services.catalog, batch_id)
                self._written[batch_id] = revision
            else:
                self._waiting[batch_id] = (revision, looks + 1)
        self._written = {batch: revision for batch, revision in self._written.items() if batch in found}


def _run(keeper: Keeper, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        keeper.look()
