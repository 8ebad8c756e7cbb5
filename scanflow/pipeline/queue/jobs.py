"""Jobs: which batches are to be worked on, in a durable queue, and carried out by free workers.

The queue is DBOS (docs/decisions/0007-jobs.md): on SQLite beside the embedded catalog, or in the shared
PostgreSQL. The ledger stays the truth: a job only says "work on this batch", working on one is idempotent,
and any worker enqueues a batch that is taken and has no job. No other module knows of DBOS.
"""

import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowStatus

from scanflow.archive.catalog import Catalog
from scanflow.archive.database import sqlite
from scanflow.archive.database.backends import database_url, explained
from scanflow.clock import now
from scanflow.errors import ScanflowError
from scanflow.ledger import scheduling
from scanflow.ledger.batches import get_batch
from scanflow.ledger.lease import Lease
from scanflow.ledger.workers import remove_workers, worker_ids
from scanflow.logs import get_logger
from scanflow.model import BatchState
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.queue.worker import Work
from scanflow.settings import Settings

log = get_logger(__name__)

_QUEUE = "batches"
_WORKFLOW = "work-on-batch"
_SHAPE = "1"
"""The version of what a job means. Not the program's: an upgrade must not strand what is pending."""

_POLL_SECONDS = 0.2
_SWEPT_AT_ONCE = 200
_LOOKED_AT_ONCE = 1000
_KEPT = timedelta(days=30)
"""Ended jobs are kept this long. On SQLite the queue reads all of them to find the pending ones."""
_FAILED = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_ENDED = ["SUCCESS", *_FAILED]


class Priority(IntEnum):
    """Which batches go first: lower numbers before higher."""

    COUNTER = 1
    INBOX = 5
    NIGHT = 9


PRIORITIES = {"station": Priority.COUNTER, "ingest": Priority.COUNTER, "night": Priority.NIGHT}
"""By a batch's origin; any other has the inbox's."""


class Submitter:
    """Enqueues batches. Raises CatalogError where the queue's database can't be reached."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._catalog = catalog
        self._abandoned = timedelta(seconds=settings.work.abandoned)
        with explained(catalog.engine):
            _prepare(settings)
            DBOS.migrate(_url(settings))  # a client takes the tables for granted, but may be the first here
            # Otherwise it would retry for ever without a message, where we wait and log it.
            self._client = DBOSClient(system_database_url=_url(settings), retry_connection_errors=False)
        self._looked_at = ""

    def submit(self, batch_id: str) -> None:
        """Enqueue a batch that needs a job. Does nothing while its job is waiting or running."""
        with self._catalog.reading() as connection:
            batch = get_batch(connection, batch_id)
        if batch.state not in scheduling.WORKED_ON or batch.job is not None:
            return
        lease = Lease(batch_id, batch.state, batch.turn)
        job = _name(lease)
        self._enqueue(job, batch.origin)
        with self._catalog.transaction() as connection:
            scheduling.job_enqueued(connection, lease, job)

    def pause(self) -> None:
        """Wait until it is time to look into the ledger again: the queue doesn't tell when a job ends."""
        time.sleep(_POLL_SECONDS)

    def _enqueue(self, job: str, origin: str) -> None:
        """Put a job into the queue. A second job of the same name is ignored."""
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "queue_name": _QUEUE,
            "workflow_id": job,
            "app_version": _SHAPE,
            "priority": PRIORITIES.get(origin, Priority.INBOX),
        }
        with explained(self._catalog.engine):
            self._client.enqueue(options, _lease(job).batch_id)

    def sweep(self, seconds: float = math.inf) -> bool:
        """Enqueue batches that need a job and have none, or whose job ended without a result.

        The process that took them in was killed before it could enqueue them, their worker was stopped, or a
        person wants them to be tried again. Enqueues a portion, for `seconds` at most. Returns whether there
        may be more.
        """
        until = time.monotonic() + seconds
        old, ended = self._old_jobs(), self._ended_jobs()
        with self._catalog.transaction() as connection:
            scheduling.jobs_ended(connection, ended | old)
            scheduling.end_stale_takings(connection, now() - self._abandoned)
            batch_ids = scheduling.batches_without_job(connection, _SWEPT_AT_ONCE)
        if old:
            with explained(self._catalog.engine):
                self._client.delete_workflows(list(old))
        for batch_id in batch_ids:
            self.submit(batch_id)
            if time.monotonic() > until:
                return True
        return len(batch_ids) == _SWEPT_AT_ONCE

    def _ended_jobs(self) -> dict[str, str]:
        """Names of jobs that have ended, each with its batch.

        The latest failed jobs are always among them, so that they don't wait behind a long queue. Of all
        others each sweep looks at the next portion.
        """
        with self._catalog.reading() as connection:
            names = scheduling.jobs_of_taken_batches(connection, self._looked_at, _LOOKED_AT_ONCE)
        self._looked_at = names[-1] if len(names) == _LOOKED_AT_ONCE else ""
        with explained(self._catalog.engine):
            # Not by the queue's name: a cancelled job is in no queue.
            ended = self._list(name=_WORKFLOW, status=_FAILED, sort_desc=True, limit=_SWEPT_AT_ONCE)
            if names:
                ended += self._list(workflow_ids=names, status=_ENDED)
        return _with_batches(ended)

    def _old_jobs(self) -> dict[str, str]:
        """Names of jobs that ended longer ago than `_KEPT`, each with its batch; a portion of them."""
        before = (now() - _KEPT).isoformat()
        with explained(self._catalog.engine):
            return _with_batches(
                self._list(name=_WORKFLOW, status=_ENDED, end_time=before, limit=_LOOKED_AT_ONCE)
            )

    def _list(self, **criteria: Any) -> list[WorkflowStatus]:
        return self._client.list_workflows(load_input=False, load_output=False, **criteria)

    def working(self) -> set[str]:
        """Ids of the workers that have jobs under way, queued or claimed; also of workers that have ended."""
        with explained(self._catalog.engine):
            jobs = self._list(queue_name=_QUEUE, status="PENDING")
        with self._catalog.reading() as connection:
            claimants = scheduling.claimants(connection)
        return claimants | {job.executor_id for job in jobs if job.executor_id}

    def take_over(self, workers: list[str]) -> None:
        """Take their jobs away from these workers.

        A batch that is still `taken` gets its next turn, and the sweep enqueues a job of that name. A worker
        that was only slow can then change nothing more. A batch that has come to its end gets a job that
        tidies up, which needs no lease. A job is never enqueued again under its old name: a worker that was
        only slow would wait for the end of that job, even when it is told to stop. If this process is killed
        in between, the next observer does the rest.
        """
        with explained(self._catalog.engine):
            jobs = _with_batches(self._list(queue_name=_QUEUE, status="PENDING", executor_id=workers))
        with self._catalog.transaction() as connection:
            # Jobs of the queue, and jobs that workers without the queue have claimed.
            all_jobs = jobs | scheduling.claimed_by(connection, workers)
            scheduling.jobs_ended(connection, all_jobs)
            at_their_end = scheduling.batches_by_job(connection, all_jobs)
        for job, batch in at_their_end.items():
            following = _name(Lease(batch.id, batch.state, batch.turn + 1))
            self._enqueue(following, batch.origin)
            with self._catalog.transaction() as connection:
                scheduling.job_replaced(connection, job, following)
        with explained(self._catalog.engine):
            if jobs:
                self._client.cancel_workflows(list(jobs))

    def close(self) -> None:
        """Close the connection to the queue's database."""
        self._client.destroy()


def _name(lease: Lease) -> str:
    """The name of the job that works on a batch in this turn."""
    return f"{lease.batch_id}/{lease.turn}"


def _lease(job: str) -> Lease:
    """The lease that the job of this name works under."""
    batch_id, _, turn = job.rpartition("/")
    return Lease(batch_id, BatchState.TAKEN, int(turn))


def _with_batches(jobs: Iterable[WorkflowStatus]) -> dict[str, str]:
    return {job.workflow_id: _lease(job.workflow_id).batch_id for job in jobs}


@contextmanager
def open_submitter(settings: Settings, catalog: Catalog) -> Iterator[Submitter]:
    """A submitter, closed at the end."""
    submitter = Submitter(settings, catalog)
    try:
        yield submitter
    finally:
        submitter.close()


@contextmanager
def working(settings: Settings, catalog: Catalog, work: Work) -> Iterator[Submitter]:
    """Carry out jobs in this process as long as the context lasts; gives a submitter.

    At the context's end no new job is begun, and running jobs may finish for `work.grace` seconds. Jobs that
    are stopped then, or by a kill, are taken over by another worker within a minute, or when one starts. Only
    one context in a process at a time: DBOS allows no more.
    """
    worker = heartbeat.this_worker()
    in_hand: set[str] = set()
    with catalog.transaction() as connection:
        heartbeat.announce(connection, worker)
    stop = threading.Event()
    with open_submitter(settings, catalog) as submitter:
        _launch(settings, worker.id, work, in_hand)
        beating = threading.Thread(
            target=_beat, args=(settings, catalog, submitter, worker, stop), name="heartbeat", daemon=True
        )
        beating.start()
        try:
            yield submitter
        finally:
            stop.set()
            beating.join()
            # DBOS waits for whole seconds, so we ask for none where nothing is under way.
            DBOS.destroy(workflow_completion_timeout_sec=round(settings.work.grace) if in_hand else 0)
            # Else the name stays: another worker sees that this one has ended, and takes over.
            if not in_hand:
                with suppress(ScanflowError), catalog.transaction() as connection:
                    remove_workers(connection, [worker.id])


def _launch(settings: Settings, worker_id: str, work: Work, in_hand: set[str]) -> None:
    config: DBOSConfig = {
        "name": "scanflow",
        "system_database_url": _url(settings),
        "executor_id": worker_id,
        "application_version": _SHAPE,
        "log_level": "ERROR",
    }
    DBOS(config=config)

    @DBOS.workflow(name=_WORKFLOW)
    def work_on_batch(batch_id: str) -> None:
        job = DBOS.workflow_id
        assert job is not None  # noqa: S101 - a workflow has a name
        in_hand.add(batch_id)
        try:
            work(_lease(job))
        finally:
            in_hand.discard(batch_id)

    DBOS.launch()
    DBOS.register_queue(
        _QUEUE,
        worker_concurrency=settings.work.batches,
        polling_interval_sec=_POLL_SECONDS,
        on_conflict="always_update",
    )


def _beat(
    settings: Settings,
    catalog: Catalog,
    submitter: Submitter,
    worker: heartbeat.Worker,
    stop: threading.Event,
) -> None:
    """Count beats, take over from workers that have stopped, enqueue batches that have no job."""
    observer = heartbeat.Observer(worker, settings.work.silence)
    while True:
        more = False
        try:
            busy = submitter.working()  # before the look at the entered workers: a worker enters itself first
            with catalog.transaction() as connection:
                heartbeat.beat(connection, worker)
                dead = observer.dead(connection)
                # A busy worker that isn't entered has left or was removed, and got a job at that moment.
                dead += sorted(busy - worker_ids(connection))
            if dead:
                log.info("take-over", workers=len(dead))
                # First their jobs, then their names: if we are killed between, the next observer does both.
                submitter.take_over(dead)
                with catalog.transaction() as connection:
                    remove_workers(connection, dead)
            # Only until the next beat is due: else a worker that enqueues many batches seems to have stopped.
            more = submitter.sweep(settings.work.heartbeat)
        except ScanflowError as error:
            log.warning("heartbeat", reason=error.message)
        except Exception as error:  # the database's driver may raise anything while it can't be reached
            log.warning("heartbeat", reason=type(error).__name__)
        if stop.wait(0 if more else settings.work.heartbeat):
            return


def _prepare(settings: Settings) -> None:
    """Have the embedded queue keep a write-ahead log, as the catalog does.

    Without that log, a process that is stopped while it reads blocks every writer.
    """
    if database_url(settings).get_backend_name() == "sqlite":
        sqlite.keep_write_ahead_log(_embedded(settings))


def _url(settings: Settings) -> str:
    """The queue's database: beside the embedded catalog, or the shared one."""
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{_embedded(settings)}"
    return url.render_as_string(hide_password=False)


def _embedded(settings: Settings) -> Path:
    return settings.home / "jobs.db"
