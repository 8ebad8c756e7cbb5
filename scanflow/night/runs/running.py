"""Carries out a nightly run: items are claimed and worked on while `pace` allows it.

A worker that stops gives back the items that it claimed and did not finish. Any number of processes may work
on one run, on any number of machines. If one is killed, others claim its items, because the claims of a
worker that is no longer entered do not count.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from scanflow.backoff import Backoff
from scanflow.errors import CatalogBehindError, CatalogUnavailableError, ScanflowError, StoreUnavailableError
from scanflow.freed_memory import keep_freed_memory
from scanflow.ledger.live_work import NIGHT
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.ledger.workers import remove_workers
from scanflow.logs import get_logger
from scanflow.model.night_states import ItemState, RunState
from scanflow.night.runs.pace import EndOfNight, Pace
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.services import Services

log = get_logger(__name__)

FAILED = "failed"
"""The result of an item that was tried too often."""
ATTEMPTS = 3
"""How often an item is tried if it fails, or if somebody else changes the document meanwhile."""
_CLAIMED = 0.05
"""Seconds to wait while another worker is claiming an item."""
_CLAIMS = 20
"""An item that was claimed so often has killed its workers each time, so it is not claimed again."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done in a run.

    `extend` adds the next items, and gives whether there may be more. `work` carries out one, in any of
    several threads: it notes the result (`night_items.item_done`), and raises EndOfNight when nothing more
    may begin. `threads`: how many items are worked on at once. `join` is called first: it raises StateError
    where this machine may not take part. `overtaken` tells whether it may no longer take part.
    """

    run: NightRun
    extend: Callable[[NightRun], bool]
    work: Callable[[NightItem, Pace], None]
    threads: int
    join: Callable[[], None] = lambda: None
    overtaken: Callable[[NightRun], bool] = lambda _: False


@dataclass(slots=True)
class _Shared:
    """The state that the threads of one process share."""

    services: Services
    job: Job
    pace: Pace
    worker: heartbeat.Worker
    after_item: Callable[[], None]
    lock: threading.Lock = field(default_factory=threading.Lock)
    failure: BaseException | None = None


def carry_out(
    services: Services, job: Job, pace: Pace, after_item: Callable[[], None] = lambda: None
) -> RunState:
    """Work on a run until nothing is left, its window closes or it is stopped. Returns its state then.

    `after_item` is called after each item, in any thread. Raises StateError where this machine may not take
    part, and errors that stop the whole work, such as a missing engine.
    """
    job.join()
    keep_freed_memory()
    with entered(services) as worker:
        shared = _Shared(services, job, pace, worker, after_item)
        threads = [
            threading.Thread(target=_work, args=(shared,), name=f"night-{no}") for no in range(job.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if shared.failure is not None:
        raise shared.failure
    return _end(services, job.run.id)


def _end(services: Services, run_id: str) -> RunState:
    """Close a run if nothing of it is left; gives its state."""
    with services.catalog.transaction() as connection:
        run = night_runs.lock_run(connection, run_id)
        done = run.cursor >= run.last_document and not night_items.is_any_open(connection, run_id)
        if run.state is RunState.OPEN and done:
            night_runs.set_run_state(connection, run_id, RunState.DONE)
            return RunState.DONE
        return run.state


@contextmanager
def entered(services: Services) -> Iterator[heartbeat.Worker]:
    """Enter this process as a worker of nightly runs: it counts beats, and removes others of its kind that
    have stopped.
    """
    worker = heartbeat.this_worker()
    worker = replace(worker, id=f"{NIGHT}{worker.id}")
    stop = threading.Event()
    with services.catalog.transaction() as connection:
        heartbeat.announce(connection, worker)
    observer = heartbeat.Observer(worker, services.settings.work.silence)
    _look(services, worker, observer)
    beating = threading.Thread(
        target=_beat, args=(services, worker, observer, stop), name="heartbeat", daemon=True
    )
    beating.start()
    try:
        yield worker
    finally:
        stop.set()
        beating.join()
        with suppress(ScanflowError), services.catalog.transaction() as connection:
            remove_workers(connection, [worker.id])


def _beat(
    services: Services, worker: heartbeat.Worker, observer: heartbeat.Observer, stop: threading.Event
) -> None:
    while not stop.wait(services.settings.work.heartbeat):
        try:
            _look(services, worker, observer)
        except Exception as error:  # the database's driver may raise anything while it can't be reached
            log.warning("heartbeat", reason=type(error).__name__)


def _look(services: Services, worker: heartbeat.Worker, observer: heartbeat.Observer) -> None:
    with services.catalog.transaction() as connection:
        heartbeat.beat(connection, worker)
        # Others' batches are taken over by workers of their own kind.
        gone = [each for each in observer.dead(connection) if each.startswith(NIGHT)]
        if gone:
            remove_workers(connection, gone)


def _work(shared: _Shared) -> None:
    backoff = Backoff(shared.services.settings.work.backoff)
    while not shared.pace.is_over() and shared.failure is None:
        item: NightItem | None = None
        try:
            shared.pace.wait()
            item = _next(shared)
            if item is None:
                return
            if item.attempts > _CLAIMS:
                _leave_alone(shared, item)
                continue
            shared.job.work(item, shared.pace)
        except (EndOfNight, CancelledError):
            _give_back(shared, item)
            return
        except (StoreUnavailableError, CatalogUnavailableError, CatalogBehindError) as error:
            log.warning("waiting", reason=error.message)
            _give_back(shared, item)
            if backoff.wait(shared.pace.stop):
                return
        except Exception as error:
            log.exception("failed", item=item.id if item else None)
            if item is None or not _may_go_on(shared, item, error):
                shared.failure = shared.failure or error
                return
        else:
            backoff = Backoff(shared.services.settings.work.backoff)
            shared.after_item()


def _next(shared: _Shared) -> NightItem | None:
    """Claim the next item. None if nothing is left, or other workers have the rest."""
    run_id = shared.job.run.id
    while True:
        with shared.services.catalog.transaction() as connection:
            item = night_items.claim_item(connection, run_id, shared.worker.id)
        if item is not None:
            return item
        with shared.lock, shared.services.catalog.reading() as connection:
            run = night_runs.get_run(connection, run_id)
            waiting = night_items.is_any_waiting(connection, run_id)
        if waiting:  # another is claiming it at this moment
            shared.pace.stop.wait(_CLAIMED)
            continue
        if run.cursor >= run.last_document or not shared.job.extend(run):
            with shared.services.catalog.reading() as connection:
                if not night_items.is_any_waiting(connection, run_id):
                    return None


def _give_back(shared: _Shared, item: NightItem | None) -> None:
    # Where the database is away the claim stays until this worker is struck out.
    if item is not None:
        with suppress(ScanflowError), shared.services.catalog.transaction() as connection:
            night_items.give_back(connection, item)


def _leave_alone(shared: _Shared, item: NightItem) -> None:
    with shared.services.catalog.transaction() as connection:
        night_items.item_done(connection, item.id, result=FAILED, reason="its worker was stopped each time")


def _may_go_on(shared: _Shared, item: NightItem, error: Exception) -> bool:
    """Note that an item failed; False where that can't be noted."""
    reason = error.message if isinstance(error, ScanflowError) else type(error).__name__
    try:
        with shared.services.catalog.transaction() as connection:
            if item.attempts < ATTEMPTS:
                night_items.retry_later(connection, item, reason)
            else:
                filed = night_items.get_item(connection, item.id).state is ItemState.FILED
                kept = {} if filed else {"result": FAILED}  # what was filed can still be undone
                night_items.item_done(connection, item.id, reason=reason, **kept)
    except ScanflowError:
        return False
    return True
