"""A long queue: sweeps go in portions, a worker's heartbeat goes on meanwhile, and no other job waits for
them.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOSClient
from sqlalchemy import event, insert, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches, workers
from scanflow.clock import now
from scanflow.ledger import scheduling
from scanflow.pipeline.queue import jobs
from scanflow.pipeline.queue.jobs import Submitter, open_submitter
from scanflow.settings import Settings
from tests.conftest import NewSettings
from tests.patience import PATIENCE, wait_until


@dataclass
class Site:
    """A catalog and its queue."""

    settings: Settings
    catalog: Catalog

    def taken(self, count: int) -> list[str]:
        """So many batches without a job; their ids, oldest first."""
        at = now()
        ids = [f"batch-{no:04}" for no in range(count)]
        row = {"origin": "inbox", "operator": "", "state": "taken", "updated_at": at}
        rows = [{"id": each, "created_at": at + timedelta(seconds=no), **row} for no, each in enumerate(ids)]
        with self.catalog.transaction() as connection:
            connection.execute(insert(batches), rows)
        return ids

    def jobs(self) -> dict[str, str]:
        """The jobs of the batches that have one."""
        query = select(batches.c.id, batches.c.job).where(batches.c.job.is_not(None)).order_by(batches.c.id)
        with self.catalog.reading() as connection:
            return {row.id: row.job for row in connection.execute(query)}

    def cancel(self, batch_id: str) -> None:
        """End a batch's job before it has begun."""
        client = DBOSClient(system_database_url=jobs._url(self.settings))
        client.cancel_workflow(self.jobs()[batch_id])
        client.destroy()

    def queued(self) -> set[str]:
        """The names of all jobs that the engine knows."""
        client = DBOSClient(system_database_url=jobs._url(self.settings))
        found = {job.workflow_id for job in client.list_workflows()}
        client.destroy()
        return found


@pytest.fixture
def site(new_settings: NewSettings) -> Iterator[Site]:
    settings = new_settings("home")
    with open_catalog(settings) as catalog:
        yield Site(settings, catalog)


@pytest.fixture
def submitter(site: Site) -> Iterator[Submitter]:
    with open_submitter(site.settings, site.catalog) as opened:
        yield opened


def test_sweep_hands_in_a_portion_and_says_whether_there_may_be_more(
    site: Site, submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_SWEPT_AT_ONCE", 3)
    ids = site.taken(7)
    found = []
    for _ in range(3):
        more = submitter.sweep()
        found.append((more, list(site.jobs())))
    assert found == [(True, ids[:3]), (True, ids[:6]), (False, ids)]


def test_sweep_ends_when_its_time_is_up(site: Site, submitter: Submitter) -> None:
    ids = site.taken(5)
    assert submitter.sweep(0)
    assert list(site.jobs()) == ids[:1]
    assert not submitter.sweep()
    assert list(site.jobs()) == ids


def test_job_that_failed_is_handed_in_again_in_front_of_a_long_queue(
    site: Site, submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LOOKED_AT_ONCE", 2)
    last = site.taken(6)[-1]
    submitter.sweep()
    for turn in (1, 2):  # the second time there is a job of an earlier turn that failed, too
        site.cancel(last)
        submitter.sweep()
        assert site.jobs()[last] == f"{last}/{turn}"


def test_every_ended_job_is_found_by_a_sweep_in_the_end(
    site: Site, submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LOOKED_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "_FAILED", ["ERROR"])  # so that it is not found for having failed
    ids = site.taken(5)
    submitter.sweep()
    site.cancel(ids[3])
    site.cancel(ids[0])
    for _ in range(4):  # the portions go round, wherever they stand
        submitter.sweep()
    again = {batch_id for batch_id, job in site.jobs().items() if job.endswith("/1")}
    assert again == {ids[0], ids[3]}


def test_jobs_that_ended_long_ago_are_forgotten_and_no_batch_with_them(
    site: Site, submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = site.taken(3)
    submitter.sweep()
    site.cancel(ids[1])
    monkeypatch.setattr(jobs, "_FAILED", ["ERROR"])
    monkeypatch.setattr(submitter, "_looked_at", "z")  # neither of the other ways finds it
    monkeypatch.setattr(jobs, "_KEPT", timedelta(hours=-1))
    submitter.sweep()
    assert list(site.jobs().values()) == [f"{ids[0]}/0", f"{ids[1]}/1", f"{ids[2]}/0"]
    assert site.queued() == set(site.jobs().values())


def test_jobs_that_have_just_ended_are_remembered(site: Site, submitter: Submitter) -> None:
    ids = site.taken(1)
    submitter.sweep()
    site.cancel(ids[0])
    submitter.sweep()
    assert site.queued() == {f"{ids[0]}/0", f"{ids[0]}/1"}


def test_a_worker_sends_heartbeats_while_it_enqueues_many(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = site.settings.work.model_copy(update={"heartbeat": 0.01})
    settings = site.settings.model_copy(update={"work": work})
    seen: list[int] = []
    done = threading.Event()
    submit = Submitter.submit
    count = 30

    def watched(submitter: Submitter, batch_id: str) -> None:
        with site.catalog.reading() as connection:
            seen.extend(connection.scalars(select(workers.c.beats)))
        threading.Event().wait(0.01)
        submit(submitter, batch_id)
        if len(seen) >= count:
            done.set()

    monkeypatch.setattr(Submitter, "submit", watched)
    site.taken(count)
    with jobs.working(settings, site.catalog, lambda _: None):
        assert done.wait(PATIENCE)
    assert len(set(seen[:count])) > 3


def test_worker_that_hands_in_many_goes_on_without_waiting_for_its_next_beat(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_SWEPT_AT_ONCE", 2)
    work = site.settings.work.model_copy(update={"heartbeat": 3600.0})
    ids = site.taken(7)
    with jobs.working(site.settings.model_copy(update={"work": work}), site.catalog, lambda _: None):
        assert wait_until(lambda: list(site.jobs()) == ids)


def test_sweep_does_not_go_through_all_that_wait(tmp_path: Path) -> None:
    """On SQLite alone: its plans don't depend on how many rows there are."""
    asked: list[tuple[str, Any]] = []
    with open_catalog(Settings(home=tmp_path)) as catalog:
        event.listen(catalog.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
        with catalog.reading() as connection:
            scheduling.batches_without_job(connection, 10)
            scheduling.jobs_of_taken_batches(connection, "", 10)
        with catalog.engine.connect() as connection:
            plans = [
                [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
                for query, values in list(asked)
                if query.startswith("SELECT")
            ]
    assert plans == [
        *[["SEARCH batches USING INDEX ix_batches_state_job (state=? AND job=?)"]] * 3,  # a state each
        ["SEARCH batches USING COVERING INDEX ix_batches_state_job (state=? AND job>?)"],
    ]
