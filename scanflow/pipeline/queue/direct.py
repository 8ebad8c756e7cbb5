"""Short-lived workers: a command that works on the batches that it has taken in, and then ends.

Starting the queue (DBOS: its tables, its threads, its own polling) takes longer than reading a page. Where
no other process works on the archive and no batch waits, a command does not start it. It claims its batches
in the ledger, as a job of its own, and works on them.

If the command is killed, its batches are found like those of any other worker: a batch is taken and has no
job, or its job names a worker that has stopped. The next worker or the next command starts the queue and
takes them over (`jobs.Submitter.take_over`).
"""

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import Protocol

from scanflow.archive.catalog import Catalog
from scanflow.errors import ScanflowError
from scanflow.ledger import scheduling
from scanflow.ledger.lease import Lease
from scanflow.ledger.live_work import NIGHT
from scanflow.ledger.workers import remove_workers, worker_ids
from scanflow.logs import get_logger
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.queue.worker import embedded_worker, look_later, work_on
from scanflow.pipeline.services import Services

_LOOK_SECONDS = 0.5
"""For how far a batch is; its end is noticed at once."""

log = get_logger(__name__)


class Submits(Protocol):
    """Takes batches that are to be worked on."""

    def submit(self, batch_id: str) -> None: ...

    def pause(self) -> None:
        """Return when it is time to look into the ledger again for what became of a batch."""


class _Direct:
    """Works on batches in threads of this process, without the queue."""

    def __init__(self, services: Services, worker: heartbeat.Worker, stop: threading.Event) -> None:
        self._catalog = services.catalog
        self._worker = worker
        self._work = work_on(services, stop)
        self._pause = services.settings.work.heartbeat
        self._stop = stop
        self._threads = ThreadPoolExecutor(services.settings.work.batches, thread_name_prefix="batch")
        self._begun: list[Future[None]] = []
        self._unfinished: list[str] = []

    def submit(self, batch_id: str) -> None:
        """Claim a batch and work on it, unless it needs no job or another worker has claimed it."""
        # Before the claim: an interrupt may come at any line, and what is claimed must be taken over then.
        self._unfinished.append(batch_id)
        with self._catalog.transaction() as connection:
            lease = scheduling.claim(connection, batch_id, self._worker.id)
        if lease is None:
            self._unfinished.remove(batch_id)
        else:
            self._begun.append(self._threads.submit(self._carry_out, lease))

    def pause(self) -> None:
        """Return after half a second, or as soon as the work on a batch has ended here."""
        running = [each for each in self._begun if not each.done()]
        if running:
            wait(running, _LOOK_SECONDS, FIRST_COMPLETED)
        else:  # another worker has the batch that is waited for
            look_later()

    def _carry_out(self, lease: Lease) -> None:
        """Work until the batch is at its end. After an unexpected error try again, as the queue does."""
        while True:
            try:
                self._work(lease)
            except CancelledError:  # this command is being stopped
                raise
            except Exception:
                log.exception("failed", batch=lease.batch_id)
                if self._stop.wait(self._pause):
                    raise
            else:
                self._unfinished.remove(lease.batch_id)
                return

    def close(self, grace: float) -> bool:
        """Wait at most so many seconds for the work that was begun. Returns whether all of it is done."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        wait(self._begun, grace)
        return not self._unfinished


@contextmanager
def short_lived_worker(services: Services, own: str | None = None) -> Iterator[Submits]:
    """Carry out jobs in this process until the context ends; for commands that wait for their own batches.

    The queue is used where other work is there: another worker is entered, or a stopped one has left batches.
    `own`: a batch that the command has taken in already.
    """
    worker = heartbeat.this_worker()
    if not _entered_alone(services.catalog, worker, own):
        with embedded_worker(services) as submitter:
            yield submitter
        return
    settings = services.settings.work
    stop = threading.Event()
    direct = _Direct(services, worker, stop)
    beating = threading.Thread(
        target=_beat, args=(services.catalog, worker, settings.heartbeat, stop), name="heartbeat", daemon=True
    )
    beating.start()
    try:
        yield direct
    finally:
        stop.set()
        beating.join()
        # Where work is unfinished the name stays: other workers see that this one has ended, and take over.
        if direct.close(settings.grace):
            with suppress(ScanflowError), services.catalog.transaction() as connection:
                remove_workers(connection, [worker.id])


def _entered_alone(catalog: Catalog, worker: heartbeat.Worker, own: str | None) -> bool:
    """Enter this process as a worker where no other one is entered and no batch waits for one."""
    with catalog.transaction() as connection:
        # Workers of the night work on no batches.
        others = {each for each in worker_ids(connection) if not each.startswith(NIGHT)}
        if others or scheduling.is_any_left(connection, besides=own):
            return False
        heartbeat.announce(connection, worker)
        return True


def _beat(catalog: Catalog, worker: heartbeat.Worker, seconds: float, stop: threading.Event) -> None:
    """Count beats, so that no other worker believes that this one has stopped."""
    while not stop.wait(seconds):
        try:
            with catalog.transaction() as connection:
                heartbeat.beat(connection, worker)
        except Exception as error:  # the database's driver may raise anything while it can't be reached
            log.warning("heartbeat", reason=type(error).__name__)
