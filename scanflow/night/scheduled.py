"""Nightly work that workers do without a timer: each job once, whatever the number of workers, and documents
of open runs.

A nightly job is a run named by the day on which the window opened. The worker that enters it first carries it
out. If that worker is no longer entered and the job has not ended, another one takes it over.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.identity import Archive
from scanflow.clock import in_vietnam, now
from scanflow.errors import ScanflowError
from scanflow.ledger.live_work import is_live_work_waiting
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.ledger.workers import worker_ids
from scanflow.logs import get_logger
from scanflow.model.night_states import REOCR, REWORK, RunState
from scanflow.night.jobs.running import is_begun_since, job_kind, jobs_named, run_job
from scanflow.night.reocr import READER, reading_settings, reocr_job
from scanflow.night.rework import rework_job
from scanflow.night.runs.beginning import begin_or_go_on, is_stopped, window_of
from scanflow.night.runs.choosing import Query
from scanflow.night.runs.extending import QUERY
from scanflow.night.runs.pace import EndOfNight, Pace
from scanflow.night.runs.running import Job, carry_out, entered
from scanflow.night.runs.window import Window, parse_window
from scanflow.pipeline.services import Services, open_services
from scanflow.recognition.reader import reader_of
from scanflow.settings import Settings

log = get_logger(__name__)

BY = "scanflow nightly work"
"""The name under which workers begin runs."""
_ASKED = {QUERY: Query().to_json(), READER: {}}
"""The choices of `scanflow reocr` without options, so that the command continues a worker's run,
and reverse.
"""


@dataclass(frozen=True, slots=True)
class Due:
    """`jobs`: names of this night's jobs that no worker has claimed; `runs`: ids of open runs that have
    documents for another worker.
    """

    jobs: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.jobs or self.runs)


def window_of_nights(settings: Settings) -> Window:
    """The window in which workers do nightly work. Raises UsageError for an invalid time."""
    window = parse_window(settings.nightly.opens, settings.nightly.closes)
    assert window is not None  # noqa: S101 - both are set
    return window


def require_jobs_known(settings: Settings) -> None:
    """Raises UsageError where `[nightly] jobs` or the window is invalid."""
    jobs_named([name for name in settings.nightly.jobs if name != REOCR])
    window_of_nights(settings)


def is_anything_due(settings: Settings, catalog: Catalog, at: datetime) -> bool:
    """Whether there is nightly work for an idle worker now."""
    with catalog.reading() as connection:
        return not due(settings, connection, at).is_nothing and not is_live_work_waiting(connection)


def due(settings: Settings, connection: Connection, at: datetime) -> Due:
    """The work that any worker may do now."""
    nightly, window = settings.nightly, window_of_nights(settings)
    alive = worker_ids(connection)
    jobs: list[str] = []
    if window.is_open(at):
        for name in nightly.jobs:
            run = night_runs.find_run(connection, run_id_of(window, at, name))
            if run is None and _is_begun_otherwise(connection, name, window.last_opening(at)):
                continue
            if run is None or _is_left(run, alive):
                jobs.append(name)
    open_runs = night_runs.runs(connection, kind=(REOCR, REWORK), state=RunState.OPEN) if nightly.join else []
    runs = [
        run.id
        for run in reversed(open_runs)  # the oldest first
        if (window_of(run) or window).is_open(at) and _has_work(connection, run)
    ]
    return Due(tuple(jobs), tuple(runs))


def run_id_of(window: Window, at: datetime, job: str) -> str:
    """The id of a job's run in the night of this moment: the same for all workers."""
    return f"{in_vietnam(window.last_opening(at)):%Y%m%d-%H%M}-{job}"


def _is_begun_otherwise(connection: Connection, name: str, opened: datetime) -> bool:
    """Whether a timer or a person has begun a job since the window opened; for reading again also, whether a
    run of an earlier night with the same choices is still open.
    """
    if name != REOCR:
        return is_begun_since(connection, name, opened)
    found = night_runs.runs(connection, kind=REOCR)
    same = [run for run in found if run.asked == _ASKED and run.agency is None]
    return any(run.state is RunState.OPEN or run.started_at >= opened for run in same)


def _is_left(run: NightRun, alive: set[str]) -> bool:
    """Whether the worker that carried out a job is no longer entered."""
    return run.kind != REOCR and run.state is RunState.OPEN and run.started_by not in alive


def _has_work(connection: Connection, run: NightRun) -> bool:
    more = run.cursor < run.last_document or night_items.is_any_free(connection, run.id)
    return more or not night_items.is_any_open(connection, run.id)  # else it is only to be closed


def carry_out_due(settings: Settings, stop: threading.Event) -> list[ScanflowError]:
    """Carry out the jobs and runs that are due, one after the other, until none is left or `stop` is set.

    Returns those that failed. Each is tried once and a failure is logged; the next call tries it again.
    Raises CatalogError, StoreError where the archive can't be opened.
    """
    tried: set[str] = set()
    failed: list[ScanflowError] = []
    while not stop.is_set():
        with open_catalog(settings) as catalog, catalog.reading() as connection:
            found = due(settings, connection, now())
        left = [each for each in (*found.jobs, *found.runs) if each not in tried]
        if not left:
            return failed
        tried.add(left[0])
        try:
            if left[0] in found.jobs:
                _carry_out_job(settings, left[0], stop)
            else:
                _carry_out_run(settings, left[0], stop)
        except EndOfNight:
            return failed
        except ScanflowError as error:
            log.warning("night-work-failed", what=left[0], reason=error.message)
            failed.append(error)
    return failed


def _carry_out_job(settings: Settings, name: str, stop: threading.Event) -> None:
    window = window_of_nights(settings)
    if name == REOCR:
        with open_catalog(settings) as catalog:
            run_id = run_id_of(window, now(), name)
            begin_or_go_on(catalog, REOCR, _ASKED, by=BY, window=window, run_id=run_id)
        return
    (job,) = jobs_named([name])
    with open_services(settings) as services, entered(services) as worker:
        Pace(services.catalog, window, stop).wait()
        run = claim_job(services.catalog, run_id_of(window, now(), name), name, settings, worker.id)
        if run is not None:
            archive = Archive(services.store, services.catalog)
            run_job(settings, archive, services.profiles, job, by=worker.id, run=run)


def claim_job(catalog: Catalog, run_id: str, job: str, settings: Settings, worker_id: str) -> NightRun | None:
    """The run of a night's job, which this worker carries out; None where another does, or did."""
    with catalog.transaction() as connection:
        asked = {"sample": settings.nightly.sample}
        made = night_runs.begin_run(connection, job_kind(job), asked, by=worker_id, run_id=run_id)
        if made.started_by == worker_id:
            return made
        if not _is_left(made, worker_ids(connection)):
            return None
        return night_runs.take_over(connection, made, worker_id)


def _carry_out_run(settings: Settings, run_id: str, stop: threading.Event) -> None:
    with open_catalog(settings) as catalog, catalog.reading() as connection:
        run = night_runs.get_run(connection, run_id)
    if run.kind == REOCR:
        settings = reading_settings(settings, run.asked)
    window = window_of(run) or window_of_nights(settings)
    with open_services(settings) as services:
        job = _job_of(services, settings, run)
        # Where a person stops this run, the worker begins anew with what else is due.
        stopped = partial(is_stopped, services.catalog, run.id, job.overtaken)
        carry_out(services, job, Pace(services.catalog, window, stop, stopped=stopped))


def _job_of(services: Services, settings: Settings, run: NightRun) -> Job:
    if run.kind == REWORK:
        return rework_job(services, run)
    return reocr_job(services, run, reader_of(settings))
