"""Jobs on a real queue with real workers, which are stopped and killed."""

import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
from dbos import DBOSClient
from sqlalchemy import select

from scanflow.archive.database.tables import documents, workers
from scanflow.archive.repair.verify import verify
from scanflow.errors import StoreUnavailableError
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.queue import jobs
from scanflow.pipeline.queue.jobs import Submitter, open_submitter
from scanflow.pipeline.queue.worker import work_on
from scanflow.pipeline.services import Services
from tests.patience import PATIENCE, wait_until
from tests.pipeline.kept_readings import MARK, kept_readings, mark_kept_readings
from tests.pipeline.live_archive import (
    MISBEHAVING,
    LiveArchive,
    batch,
    begun_pages,
    comes_to,
    kill_group,
    lease,
    page,
    slow_pages,
    take_batch,
)


def queued(services: Services) -> dict[str, str]:
    """The queue's jobs with their states, seen with its own client."""
    client = DBOSClient(system_database_url=jobs._url(services.settings))
    try:
        return {job.workflow_id: job.status for job in client.list_workflows()}
    finally:
        client.destroy()


def entered_workers(services: Services) -> list[str]:
    with services.catalog.reading() as connection:
        return list(connection.scalars(select(workers.c.id)))


def test_handed_in_twice_is_done_once(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        batch_id = take_batch(services, [page("1"), page("2")])
        submitter.submit(batch_id)
        submitter.submit(batch_id)
        submitter.sweep()
        assert list(queued(services).values()) == ["ENQUEUED"]
        with live_archive.worker():
            assert comes_to(services, batch_id, "closed")
            assert wait_until(lambda: list(queued(services).values()) == ["SUCCESS"])
        assert load_outcome(services, batch_id).count.filed == 2
        with services.catalog.reading() as connection:
            assert len(list(connection.scalars(select(documents.c.id)))) == len(
                load_outcome(services, batch_id).filed
            )
        submitter.submit(batch_id)
        assert len(queued(services)) == 1


def test_a_stopped_reader_of_the_queue_blocks_no_writer(live_archive: LiveArchive) -> None:
    """A worker may be stopped (SIGSTOP, a frozen container) while it reads."""
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        batch_id = take_batch(services, [page("1")])
        # The reader ends first: a writer that waits for it nevertheless can go on.
        with (
            ThreadPoolExecutor(1) as thread,
            closing(sqlite3.connect(live_archive.home / "jobs.db", isolation_level=None)) as reader,
        ):
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM workflow_status").fetchone() == (0,)
            thread.submit(submitter.submit, batch_id).result(PATIENCE)
            assert list(queued(services).values()) == ["ENQUEUED"]


def test_counter_goes_before_inbox_before_night(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        order = ("night", "inbox", "ingest")
        taken = {origin: take_batch(services, [page(origin)], origin=origin) for origin in order}
        for batch_id in taken.values():
            submitter.submit(batch_id)
        with live_archive.worker(SCANFLOW_WORK__BATCHES="1"):
            assert all(comes_to(services, batch_id, "closed") for batch_id in taken.values())
        closed = {origin: batch(services, batch_id).closed_at for origin, batch_id in taken.items()}
        assert sorted(order, key=lambda origin: str(closed[origin])) == ["ingest", "inbox", "night"]


def begun(services: Services, submitter: Submitter, batch_id: str, pages: int) -> None:
    """Hand a batch in and wait until some pages are read."""
    submitter.submit(batch_id)
    assert wait_until(lambda: len(kept_readings(services, batch_id)) >= pages)


def test_killed_worker_is_followed_by_another_that_reads_no_page_twice(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        # Without a number, so that the readings are still there to be looked at in the end.
        batch_id = take_batch(services, begun_pages(3), number=None)
        with live_archive.worker(module=MISBEHAVING) as first:
            begun(services, submitter, batch_id, 3)
            kill_group(first)
        before = kept_readings(services, batch_id)
        assert len(before) == 3
        mark_kept_readings(services, batch_id)
        assert len(entered_workers(services)) == 1
        with live_archive.worker() as second:
            assert wait_until(lambda: len(kept_readings(services, batch_id)) > len(before))
            assert comes_to(services, batch_id, "unassigned")
            after = kept_readings(services, batch_id)
            assert len(after) == 6
            assert {no for no, count in after.items() if count == MARK} == set(before)
            assert wait_until(lambda: len(entered_workers(services)) == 1)
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE) == 0
        assert entered_workers(services) == []


def test_stopped_worker_finishes_what_it_has(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        batch_id = take_batch(services, slow_pages(6))
        with live_archive.worker() as worker:
            begun(services, submitter, batch_id, 1)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE) == 0
        assert batch(services, batch_id).state == "closed"


def test_stopped_worker_without_time_hands_its_batch_on(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        batch_id = take_batch(services, begun_pages(1))
        with live_archive.worker(module=MISBEHAVING, SCANFLOW_WORK__GRACE="0") as worker:
            begun(services, submitter, batch_id, 1)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE) == 0
        assert batch(services, batch_id).state == "taken"
        assert batch(services, batch_id).attempts == 0
        with live_archive.worker():
            assert comes_to(services, batch_id, "closed")


def test_batch_that_nobody_handed_in_is_swept_up(live_archive: LiveArchive) -> None:
    with live_archive.services() as services, live_archive.worker():
        batch_id = take_batch(services, [page("1")])
        assert comes_to(services, batch_id, "closed")


def test_job_that_ended_without_a_result_is_handed_in_again(live_archive: LiveArchive) -> None:
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        batch_id = take_batch(services, [page("1")])
        submitter.submit(batch_id)
        client = DBOSClient(system_database_url=jobs._url(services.settings))
        client.cancel_workflow(batch(services, batch_id).job or "")
        client.destroy()
        assert list(queued(services).values()) == ["CANCELLED"]
        with live_archive.worker():
            assert comes_to(services, batch_id, "closed")
        assert len(queued(services)) == 2


def test_store_away_the_batch_waits_and_goes_on(live_archive: LiveArchive) -> None:
    objects, away = live_archive.home / "objects", live_archive.home / "away"
    with (
        live_archive.services() as services,
        open_submitter(services.settings, services.catalog) as submitter,
    ):
        with live_archive.worker():
            assert wait_until(lambda: entered_workers(services))
            batch_id = take_batch(services, [page("1")])
            objects.rename(away)
            objects.touch()  # a file in its place can't be used as a store
            submitter.submit(batch_id)
            assert wait_until(lambda: "PENDING" in queued(services).values())
            time.sleep(1.5)
            assert batch(services, batch_id).state == "taken"
            assert batch(services, batch_id).attempts == 0
            objects.unlink()
            away.rename(objects)
            assert comes_to(services, batch_id, "closed")
        assert verify(services.store, services.catalog).ok


def test_batch_that_fails_waits_for_a_person_who_sends_it_on(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")])
        with live_archive.worker(SCANFLOW_OCR__LANGUAGE="nosuch", SCANFLOW_WORK__ATTEMPTS="2"):
            assert comes_to(services, batch_id, "failed")
        assert batch(services, batch_id).attempts == 2
        assert live_archive.run("retry", batch_id)[0] == 0
        assert batch(services, batch_id).state == "closed"
        code, said = live_archive.run("retry", batch_id)
        assert code == 2
        assert "has not failed" in said


def test_stopped_before_it_has_tidied_up_leaves_that_to_the_next(
    live_archive: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store becomes unavailable after a batch is finished, and the worker is told to stop."""

    def away(*_: object) -> None:
        raise StoreUnavailableError("the store is away")

    def manifests() -> list[bytes]:
        return [services.store.get(key) for key in services.store.keys(f"intake/{batch_id}/manifest/")]

    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")], number=None)
        stop = Event()
        stop.set()
        with monkeypatch.context() as patched:
            patched.setattr("scanflow.pipeline.stages.write_batch_manifest", away)
            work_on(services, stop)(lease(services, batch_id))
        assert batch(services, batch_id).state == "unassigned"
        assert [b'"unassigned"' in each for each in manifests()] == [False]
        with live_archive.worker():
            assert wait_until(lambda: len(manifests()) > 1)
        assert b'"unassigned"' in manifests()[-1]
        assert batch(services, batch_id).state == "unassigned"
