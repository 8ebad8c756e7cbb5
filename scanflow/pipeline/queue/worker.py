"""Working on batches. While store or database can't be reached it waits; after other failures it tries again
a few times."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from scanflow.archive.manifest import write_batch_manifest
from scanflow.backoff import Backoff
from scanflow.errors import (
    CatalogBehindError,
    CatalogUnavailableError,
    OvertakenError,
    ScanflowError,
    StoreUnavailableError,
)
from scanflow.ledger import scheduling
from scanflow.ledger.batches import count_of, get_batch
from scanflow.ledger.lease import Lease, holding
from scanflow.logs import get_logger
from scanflow.model import BatchState
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.page_readings import Progress
from scanflow.pipeline.services import Services
from scanflow.pipeline.stages import process_batch

if TYPE_CHECKING:
    from scanflow.pipeline.queue.jobs import Submitter

log = get_logger(__name__)

Done = Callable[[Outcome], None]
Work = Callable[[Lease], None]
"""Works on a batch until it is closed, waits for a person, has failed for good, or another worker has it."""

_LOOK_SECONDS = 0.1


@contextmanager
def embedded_worker(services: Services, done: Done | None = None) -> "Iterator[Submitter]":
    """Carry out jobs in this process; gives a submitter. `done` is called for each batch, in any thread."""
    # Here, because loading the queue takes longer than many commands that don't need it (`direct`).
    from scanflow.pipeline.queue import jobs  # noqa: PLC0415

    stop = threading.Event()
    with jobs.working(services.settings, services.catalog, work_on(services, stop, done)) as submitter:
        try:
            yield submitter
        finally:
            stop.set()


def work_on(services: Services, stop: threading.Event, done: Done | None = None) -> Work:
    """What a job does: work on a batch until it is closed, waits for a person, or has failed for good.

    While the store or the database can't be reached it waits without a limit. After any other failure it
    tries again a few times. When `stop` is set it gives the batch back.
    """

    def work(lease: Lease) -> None:
        backoff = Backoff(services.settings.work.backoff)
        while not _try(services, lease, done):
            if backoff.wait(stop):
                # The next worker's sweep enqueues the batch again, even if this can't be noted.
                with suppress(ScanflowError):
                    _release(services, lease)
                return

    return work


def _release(services: Services, lease: Lease) -> None:
    """Let another job go on with the work of this turn, or tidy up after its end."""
    with services.catalog.reading() as connection:
        state = get_batch(connection, lease.batch_id).state
    with holding(services.catalog, replace(lease, state=state)) as held:
        scheduling.release_job(held)


def _try(services: Services, lease: Lease, done: Done | None) -> bool:
    """Work on a batch once. Returns whether nothing more is to be done."""
    try:
        outcome = process_batch(services.with_fixed_profiles(), lease)
    except OvertakenError as error:
        log.info("overtaken", batch=lease.batch_id, reason=error.message)
        return True
    except CancelledError:  # this worker is being stopped: no failure, another takes over
        raise
    except (StoreUnavailableError, CatalogUnavailableError, CatalogBehindError) as error:
        log.warning("waiting", batch=lease.batch_id, reason=error.message)
        if isinstance(error, StoreUnavailableError):
            _note_that_it_waits(services, lease, scheduling.STORE_UNAVAILABLE)
        elif isinstance(error, CatalogBehindError):
            _note_that_it_waits(services, lease, scheduling.CATALOG_BEHIND)
        return False
    except Exception as error:
        log.exception("failed", batch=lease.batch_id)
        return _is_given_up(services, lease, error)
    if done:
        done(outcome)
    return True


def _note_that_it_waits(services: Services, lease: Lease, why: str) -> None:
    with suppress(ScanflowError), holding(services.catalog, lease) as held:
        scheduling.note_waiting(held, why)


def _is_given_up(services: Services, lease: Lease, error: Exception) -> bool:
    """Count a failure. Returns True if the batch now waits for a person, or is no longer ours."""
    try:
        with holding(services.catalog, lease) as held:
            if scheduling.count_failure(held) < services.settings.work.attempts:
                return False
            scheduling.fail(held, f"{type(error).__name__} after several tries; see the log")
        with suppress(ScanflowError):  # without it a rebuilt catalog tries again, which does no harm
            write_batch_manifest(services.store, services.catalog, lease.batch_id)
    except OvertakenError:
        pass
    except ScanflowError:  # the catalog can't be reached either: not counted
        return False
    return True


def wait_for(
    services: Services,
    batch_id: str,
    progress: Progress | None = None,
    pause: Callable[[], None] | None = None,
) -> Outcome:
    """Wait until no worker works on a batch any more, and tell what became of it.

    `pause` waits until it is time to look into the ledger again.
    """
    while True:
        with services.catalog.reading() as connection:
            state = get_batch(connection, batch_id).state
            count = count_of(connection, batch_id) if progress else None
        if progress and count:
            progress(count.captured - count.unread, count.captured)
        if state not in (BatchState.TAKING, BatchState.TAKEN):
            return load_outcome(services, batch_id)
        (pause or look_later)()


def look_later() -> None:
    """Wait until it is time to look again, where no event tells of a batch's end."""
    time.sleep(_LOOK_SECONDS)
