"""Workers carry out the nightly jobs by themselves, each job once, and join runs that have begun."""

import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import batches
from scanflow.archive.database.tables import night_items as night_rows
from scanflow.clock import VIETNAM, now
from scanflow.errors import StateError, UsageError
from scanflow.ledger.batches import Intake, begin_batch
from scanflow.ledger.live_work import NIGHT
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_documents import filed_documents
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.ledger.workers import enter_worker, remove_workers, worker_ids
from scanflow.model import BatchState
from scanflow.model.night_states import REOCR, REWORK, RunState
from scanflow.night.rework import INDEX, RENEWED
from scanflow.night.runs.beginning import begin_or_go_on
from scanflow.night.runs.choosing import Query
from scanflow.night.runs.extending import as_item
from scanflow.night.runs.joining import READS
from scanflow.night.runs.window import Window
from scanflow.night.scheduled import (
    Due,
    carry_out_due,
    claim_job,
    due,
    is_anything_due,
    require_jobs_known,
    run_id_of,
)
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import NightlySettings, Settings
from tests.night.nights import start
from tests.patience import PATIENCE, wait_until
from tests.pipeline.archives import open_archive
from tests.review.filing import file_document

ALL_DAY = NightlySettings(jobs=("retention", REOCR), opens="00:00", closes="00:00")
NIGHT_WINDOW = Window(22 * 60, 5 * 60)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path / "home", jobs=1, nightly=ALL_DAY)) as opened:
        yield opened


def file_documents(services: Services, count: int) -> None:
    for no in range(count):
        file_document(services.store, services.catalog, f"H13.42-260804-{no:04}", [["một trang"]])


def begin_rework(services: Services) -> NightRun:
    """A run over all documents, each of which waits."""
    asked = {"query": Query().to_json(), "parts": [INDEX]}
    run = begin_or_go_on(services.catalog, REWORK, asked, by="thu")
    with services.catalog.transaction() as connection:
        found = filed_documents(connection, after=0, until=run.last_document)
        night_items.add_items(connection, run.id, map(as_item, found))
        night_runs.move_cursor(connection, run.id, run.last_document)
    return run


def due_now(services: Services, at: datetime | None = None) -> Due:
    with services.catalog.reading() as connection:
        return due(services.settings, connection, at or now())


def runs_of(catalog: Catalog, kind: str) -> list[NightRun]:
    with catalog.reading() as connection:
        return night_runs.runs(connection, kind=kind)


def test_a_night_has_one_name_from_evening_to_morning() -> None:
    evening = datetime(2026, 11, 27, 23, 30, tzinfo=VIETNAM)
    names = {run_id_of(NIGHT_WINDOW, evening + timedelta(hours=hours), "verify") for hours in (0, 3, 5)}
    assert names == {"20261127-2200-verify"}
    assert run_id_of(NIGHT_WINDOW, evening + timedelta(days=1), "verify") == "20261128-2200-verify"


def test_each_job_is_carried_out_once_by_all_workers_together(services: Services) -> None:
    assert due_now(services) == Due(("retention", REOCR), ())
    stop = threading.Event()
    workers = [threading.Thread(target=carry_out_due, args=(services.settings, stop)) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    (job,) = runs_of(services.catalog, "nightly-retention")
    (reading,) = runs_of(services.catalog, REOCR)
    assert (job.state, reading.state) == (RunState.DONE, RunState.DONE)
    assert job.report is not None and job.report["ok"] is True
    assert due_now(services).is_nothing
    # The next night has its own.
    assert due_now(services, now() + timedelta(days=1)).jobs == ("retention", REOCR)


def test_a_job_that_its_worker_left_is_taken_over_by_one_other(services: Services) -> None:
    catalog, settings = services.catalog, services.settings
    with catalog.transaction() as connection:
        enter_worker(connection, "night-one", host="h", pid=1, born="1", place="elsewhere")
    assert claim_job(catalog, "20261127-2200-space", "space", settings, "night-one")
    assert claim_job(catalog, "20261127-2200-space", "space", settings, "night-two") is None
    with catalog.transaction() as connection:
        remove_workers(connection, ["night-one"])
        enter_worker(connection, "night-two", host="h", pid=1, born="1", place="elsewhere")
    taken = claim_job(catalog, "20261127-2200-space", "space", settings, "night-two")
    assert taken is not None and taken.started_by == "night-two"
    assert claim_job(catalog, "20261127-2200-space", "space", settings, "night-three") is None
    with catalog.transaction() as connection:
        night_runs.set_run_state(connection, taken.id, RunState.DONE)
        remove_workers(connection, ["night-two"])
    assert claim_job(catalog, "20261127-2200-space", "space", settings, "night-three") is None


def test_a_run_is_joined_in_its_window_and_behind_live_work(services: Services) -> None:
    file_documents(services, 1)
    run = begin_rework(services)
    assert due_now(services).runs == (run.id,)
    with services.catalog.transaction() as connection:
        night_runs.set_window(connection, run.id, (22 * 60, 5 * 60))
    assert due_now(services, datetime(2026, 11, 27, 12, tzinfo=VIETNAM)).runs == ()
    assert due_now(services, datetime(2026, 11, 27, 23, tzinfo=VIETNAM)).runs == (run.id,)
    with services.catalog.transaction() as connection:
        night_runs.set_window(connection, run.id, None)
    assert is_anything_due(services.settings, services.catalog, now())
    with services.catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("inbox", "", None), BatchState.TAKING)
        enter_worker(connection, "h-2", host="h", pid=1, born="1", place="p")
        live = batches.update().where(batches.c.id == batch_id)
        connection.execute(live.values(state=BatchState.TAKEN, job="job/1"))
    assert not is_anything_due(services.settings, services.catalog, now())
    with services.catalog.transaction() as connection:
        connection.execute(batches.update().values(state=BatchState.CLOSED))
        # All of it is in another's hands.
        enter_worker(connection, "night-other", host="h", pid=1, born="1", place="p")
        assert night_items.claim_item(connection, run.id, "night-other")
    assert due_now(services).runs == ()


def test_what_the_settings_name_must_be_there() -> None:
    with pytest.raises(UsageError, match="no job tidy"):
        require_jobs_known(Settings(nightly=NightlySettings(jobs=("tidy",))))


@pytest.mark.s3
@pytest.mark.postgresql
def test_workers_join_a_run_by_themselves(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    quick = {
        "SCANFLOW_NIGHTLY__LOOK": "0.2",
        "SCANFLOW_NIGHTLY__OPENS": "00:00",
        "SCANFLOW_NIGHTLY__CLOSES": "00:00",
    }
    with open_archive(tmp_path / "home", request, "s3") as services:
        file_documents(services, 20)

        def at_night() -> int:
            with services.catalog.reading() as connection:
                return sum(each.startswith(NIGHT) for each in worker_ids(connection))

        workers = [start(services, "worker", **quick) for _ in range(2)]
        for worker in workers:
            # The queue's tables are made before that, which waits for every open transaction.
            assert worker.stdout is not None and any("working" in line for line in worker.stdout)
        run = begin_rework(services)

        def counts() -> dict[str, int]:
            with services.catalog.reading() as connection:
                return night_items.counts(connection, run.id)

        with services.catalog.transaction() as connection:
            # No worker gets a document before this ends, so that both take part from the beginning.
            own = night_rows.c.run_id == run.id
            connection.execute(select(night_rows.c.id).where(own).with_for_update())
            assert wait_until(lambda: at_night() == 2)
        assert wait_until(lambda: runs_of(services.catalog, REWORK)[0].state is RunState.DONE)
        assert counts() == {RENEWED: 20}
        with services.catalog.reading() as connection:
            assert {each.attempts for each in night_items.items_of(connection, run.id)} == {1}
        assert wait_until(lambda: at_night() == 0)
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            said, _ = worker.communicate(timeout=PATIENCE)
            assert worker.returncode == 0, said


def test_what_a_timer_began_this_night_is_not_begun_again(services: Services) -> None:
    with services.catalog.transaction() as connection:
        night_runs.begin_run(connection, "nightly-retention", {}, by="root")
        run = night_runs.begin_run(
            connection, REOCR, {"query": Query().to_json(), "reader": {}}, by="root", window=(0, 0)
        )
        night_runs.set_run_state(connection, run.id, RunState.DONE)
    assert due_now(services).is_nothing
    assert due_now(services, now() + timedelta(days=1)).jobs == ("retention", REOCR)


def test_a_timer_leaves_out_what_workers_began_this_night(services: Services) -> None:
    carry_out_due(services.settings, threading.Event())
    night = {"SCANFLOW_NIGHTLY__OPENS": "00:00", "SCANFLOW_NIGHTLY__CLOSES": "00:00"}
    for times in (1, 2):  # `space` is begun by the first of these
        timer = start(services, "nightly", "run", "retention", "space", "--once-a-night", **night)
        said, _ = timer.communicate(timeout=PATIENCE)
        assert timer.returncode == 0, said
        assert said.count("begun this night already") == times
    assert [len(runs_of(services.catalog, f"nightly-{name}")) for name in ("retention", "space")] == [1, 1]


def test_a_worker_of_an_older_release_leaves_a_run_alone_and_says_so(services: Services) -> None:
    file_documents(services, 1)
    run = begin_or_go_on(services.catalog, REOCR, {"query": Query().to_json(), "reader": {}}, by="thu")
    with services.catalog.transaction() as connection:
        reads = {"program": "scanflow 999.0", "reader": "tesseract 9 scanflow_vie"}
        night_runs.set_report(connection, run.id, {READS: reads})
    (error,) = carry_out_due(services.settings, threading.Event())
    assert isinstance(error, StateError) and "scanflow 999.0" in error.message
    (left,) = runs_of(services.catalog, REOCR)
    assert left.state is RunState.OPEN
    with services.catalog.reading() as connection:
        assert night_items.counts(connection, run.id) == {}
