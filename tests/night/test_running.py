"""The items of a run are carried out once each: by several threads, after stops and after kills."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.catalog import Catalog
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NewItem, NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.ledger.workers import enter_worker, worker_ids
from scanflow.model.night_states import ItemState, RunState
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import FAILED, Job, carry_out
from scanflow.night.runs.window import Window
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings, WorkSettings


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    work = WorkSettings(heartbeat=0.1, backoff=0.05)
    with open_services(Settings(home=tmp_path / "home", jobs=1, work=work)) as opened:
        yield opened


def new_run(catalog: Catalog, count: int) -> NightRun:
    with catalog.transaction() as connection:
        run = night_runs.begin_run(connection, "test", {}, by="thu")
        night_items.add_items(connection, run.id, [NewItem(f"item {no}") for no in range(count)])
    return run


def results(catalog: Catalog, run: NightRun) -> dict[str, int]:
    with catalog.reading() as connection:
        return night_items.counts(connection, run.id)


class NotingWork:
    """Notes items as done, and what was done in which order; stops after so many."""

    def __init__(self, services: Services, stop_after: int | None = None) -> None:
        self.catalog = services.catalog
        self.stop = threading.Event()
        self.pace = Pace(services.catalog, None, self.stop)
        self.done: list[str] = []
        self.lock = threading.Lock()
        self.stop_after = stop_after

    def job(self, run: NightRun, threads: int = 3) -> Job:
        return Job(run, lambda _: False, self, threads)

    def __call__(self, item: NightItem, pace: Pace) -> None:
        pace.wait()
        with self.catalog.transaction() as connection:
            night_items.item_done(connection, item.id, result="better")
        with self.lock:
            self.done.append(item.subject)
            if len(self.done) == self.stop_after:
                self.stop.set()


def test_each_item_is_done_once_by_several_threads(services: Services) -> None:
    run = new_run(services.catalog, 12)
    noting = NotingWork(services)
    assert carry_out(services, noting.job(run), noting.pace) is RunState.DONE
    assert sorted(noting.done) == sorted(f"item {no}" for no in range(12))
    assert results(services.catalog, run) == {"better": 12}
    with services.catalog.reading() as connection:
        assert not worker_ids(connection)


def test_a_stop_gives_back_what_is_in_hand_and_another_night_goes_on(services: Services) -> None:
    run = new_run(services.catalog, 8)
    first = NotingWork(services, stop_after=3)
    assert carry_out(services, first.job(run), first.pace) is RunState.OPEN
    counts = results(services.catalog, run)
    assert "in hand" not in counts and counts["better"] + counts["waiting"] == 8
    second = NotingWork(services)
    assert carry_out(services, second.job(run), second.pace) is RunState.DONE
    assert sorted(first.done + second.done) == sorted(f"item {no}" for no in range(8))


def test_what_a_dead_worker_had_in_hand_is_taken_over(services: Services) -> None:
    run = new_run(services.catalog, 2)
    with services.catalog.transaction() as connection:
        enter_worker(connection, "night-dead", host="h", pid=2**22 + 1, born="1", place="elsewhere")
        assert night_items.claim_item(connection, run.id, "night-dead")
        assert night_items.claim_item(connection, run.id, "night-alive-no-more")
        # Neither waits, and one is held by a worker that is entered.
        free = night_items.claim_item(connection, run.id, "night-third")
    assert free is not None and free.attempts == 2
    noting = NotingWork(services)
    with services.catalog.transaction() as connection:
        night_items.give_back(connection, free)
    assert carry_out(services, noting.job(run), noting.pace) is RunState.OPEN
    assert len(noting.done) == 1
    with services.catalog.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM workers")
    assert carry_out(services, noting.job(run), noting.pace) is RunState.DONE
    assert len(noting.done) == 2


def test_an_item_that_fails_is_tried_a_few_times_and_the_others_go_on(services: Services) -> None:
    run = new_run(services.catalog, 3)
    noting = NotingWork(services)

    def work(item: NightItem, pace: Pace) -> None:
        if item.subject == "item 1":
            raise ValueError("broken")
        noting(item, pace)

    job = Job(run, lambda _: False, work, threads=1)
    assert carry_out(services, job, noting.pace) is RunState.DONE
    assert results(services.catalog, run) == {"better": 2, FAILED: 1}
    with services.catalog.reading() as connection:
        (failed,) = night_items.items_of(connection, run.id, results=[FAILED])
    assert (failed.attempts, failed.reason, failed.state) == (3, "ValueError", ItemState.DONE)


def test_nothing_is_begun_outside_of_the_window(services: Services) -> None:
    run = new_run(services.catalog, 2)
    noting = NotingWork(services)
    closed = next(w for w in (Window(0, 1), Window(720, 721)) if not w.is_open(noting.pace.clock()))
    pace = Pace(services.catalog, closed, noting.stop)
    assert carry_out(services, noting.job(run), pace) is RunState.OPEN
    assert noting.done == [] and results(services.catalog, run) == {"waiting": 2}


def test_a_person_stops_a_run(services: Services) -> None:
    run = new_run(services.catalog, 2)
    with services.catalog.transaction() as connection:
        night_runs.set_run_state(connection, run.id, RunState.STOPPED)
    noting = NotingWork(services)
    pace = Pace(services.catalog, None, noting.stop, stopped=lambda: True)
    assert carry_out(services, noting.job(run), pace) is RunState.STOPPED
    assert noting.done == []
