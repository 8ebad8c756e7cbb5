"""Which documents a run chooses, what it would take, and whether live work goes first."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanflow.archive.database.tables import batches, documents, pages, versions
from scanflow.cli.commands import app
from scanflow.clock import date_in_vietnam, now
from scanflow.ledger.batches import Intake, begin_batch
from scanflow.ledger.live_work import is_live_work_waiting
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_documents import last_document
from scanflow.ledger.workers import enter_worker
from scanflow.model import BatchState, PageState
from scanflow.model.night_states import REOCR
from scanflow.night.estimate import estimate
from scanflow.night.runs.beginning import begin_or_go_on, is_stopped, stop_run
from scanflow.night.runs.choosing import Query, next_portion
from scanflow.night.runs.pace import EndOfNight, Pace
from scanflow.pipeline.services import Services, open_services
from scanflow.recognition.reader import Reader
from scanflow.settings import Settings
from tests.patience import PATIENCE
from tests.review.filing import file_document

A, B, C = "H13.42-260804-0001", "H13.42-260804-0002", "H57.133-260804-0003"
READER = Reader("new engine", "1.x")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path / "home", jobs=1)) as opened:
        store, catalog = opened.store, opened.catalog
        file_document(store, catalog, A, [["Nguyễn Thị Hoa"]], confidence=0.6)
        file_document(store, catalog, A, [["có chữ sẵn"]], type="can-cuoc", confidence=0.99)
        file_document(store, catalog, B, [["trang một"], ["trang hai"]], confidence=0.95)
        file_document(store, catalog, C, [["cơ quan khác"]], agency="H57.133", confidence=0.5)
        yield opened


def chosen(services: Services, query: Query, agency: str | None = None) -> list[tuple[str, int]]:
    with services.catalog.reading() as connection:
        found, _ = next_portion(connection, query, agency, READER, 0, last_document(connection))
    return [(each.number, each.no) for each in found]


@pytest.mark.usefixtures("one_day")
def test_documents_are_chosen_by_each_option(services: Services) -> None:
    everything = [(A, 1), (A, 2), (B, 1), (C, 1)]
    assert chosen(services, Query()) == everything
    assert chosen(services, Query(score_below=0.9)) == [(A, 1), (C, 1)]
    assert chosen(services, Query(score_below=0.9), "H57.133") == [(C, 1)]
    assert chosen(services, Query(types=("can-cuoc",))) == [(A, 2)]
    with services.catalog.transaction() as connection:
        connection.execute(documents.update().where(documents.c.type == "can-cuoc").values(kind="card"))
    assert chosen(services, Query(kinds=("card", "letter"))) == [(A, 2)]
    assert chosen(services, Query(kinds=("card",), score_below=0.9)) == []
    assert chosen(services, Query(numbers=(B,))) == [(B, 1)]
    assert chosen(services, Query(read_by="test")) == everything
    assert chosen(services, Query(read_by="vie")) == []
    day = date_in_vietnam(now())
    assert chosen(services, Query(filed_from=day.isoformat(), filed_until=day.isoformat())) == everything
    assert chosen(services, Query(filed_until=(day - timedelta(days=1)).isoformat())) == []
    assert chosen(services, Query(made_before=day.isoformat())) == []
    # Programs that say no release of theirs are older than all.
    assert chosen(services, Query(program_below="0.0.1")) == everything


def test_what_this_reader_has_read_and_what_came_with_text_is_left_out(services: Services) -> None:
    with services.catalog.transaction() as connection:
        by_us = {
            "engine": READER.engine,
            "steps": READER.steps,
            "program": "scanflow 1.10",
            "source": "written",
        }
        connection.execute(versions.update().where(versions.c.id == 1).values(made_by=by_us))
        of_itself = {"engine": "text-layer", "source": "kept"}
        connection.execute(versions.update().where(versions.c.id == 2).values(made_by=of_itself))
        # A run of this reader found nothing better for the third.
        run = night_runs.begin_run(connection, REOCR, {}, by="thu")
        night_items.add_items(connection, run.id, [night_items.NewItem("x", 3)])
        item = night_items.claim_item(connection, run.id, "night-x")
        assert item is not None
        night_items.item_done(connection, item.id, result="same", version_before=1, score={"by": str(READER)})
    assert chosen(services, Query()) == [(C, 1)]
    assert chosen(services, Query(other_reader=False)) == [(A, 1), (B, 1), (C, 1)]
    assert chosen(services, Query(other_reader=False, never_again=True)) == [(A, 1), (C, 1)]
    assert chosen(services, Query(other_reader=False, program_below="1.9")) == [(B, 1), (C, 1)]


def test_the_same_call_goes_on_with_an_open_run_and_another_begins_one(services: Services) -> None:
    asked = {"query": Query().to_json(), "reader": {}}
    assert Query.from_json(asked["query"]) == Query()
    first = begin_or_go_on(services.catalog, REOCR, asked, by="thu")
    assert begin_or_go_on(services.catalog, REOCR, asked, by="nam").id == first.id
    other = {"query": Query(score_below=0.5).to_json(), "reader": {}}
    assert begin_or_go_on(services.catalog, REOCR, other, by="thu").id != first.id
    assert begin_or_go_on(services.catalog, REOCR, asked, by="thu", new=True).id != first.id
    stop_run(services.catalog, first.id, "thu")
    assert is_stopped(services.catalog, first.id)


def test_an_estimate_reads_a_sample_and_changes_nothing(services: Services) -> None:
    with services.catalog.reading() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM versions").scalar_one()
    found = estimate(services, {"query": Query().to_json()}, "default", READER, None, 2, lambda *_: None)
    assert (found.documents, found.pages, found.sampled) == (3, 4, 2)
    assert found.hours_interval[0] <= found.hours <= found.hours_interval[1] and found.hours > 0
    assert found.better_interval[0] <= found.better <= found.better_interval[1]
    assert found.gain_interval[0] <= found.gain <= found.gain_interval[1]
    with services.catalog.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM versions").scalar_one() == before
        assert night_runs.runs(connection) == []


def test_live_work_goes_first(services: Services) -> None:
    def waits() -> bool:
        with services.catalog.reading() as connection:
            return is_live_work_waiting(connection)

    def of_batch(**values: object) -> None:
        with services.catalog.transaction() as connection:
            connection.execute(batches.update().where(batches.c.id == batch_id).values(**values))

    assert not waits()
    with services.catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("inbox", "", None), BatchState.TAKING)
        enter_worker(connection, "night-1", host="h", pid=1, born="1", place="p")
    of_batch(state=BatchState.TAKEN, job="job/1")
    assert not waits()  # no worker is there for it
    with services.catalog.transaction() as connection:
        enter_worker(connection, "h-2", host="h", pid=1, born="1", place="p")
    assert waits()
    of_batch(reason="store-away")
    assert not waits()
    of_batch(state=BatchState.DESK, reason=None, job=None)
    assert not waits()
    with services.catalog.transaction() as connection:
        page = {
            "batch_id": batch_id,
            "no": 1,
            "sha256": "0",
            "media_type": "image/png",
            "state": PageState.TAKEN,
        }
        connection.execute(pages.insert().values(page))
    assert waits()
    of_batch(updated_at=now() - timedelta(hours=1))
    assert not waits()  # interrupted: the process that should read it isn't there


def test_an_item_waits_for_live_work_and_ends_with_the_window(services: Services) -> None:
    stop = threading.Event()
    pace = Pace(services.catalog, None, stop)
    with services.catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("inbox", "", None), BatchState.TAKING)
        enter_worker(connection, "h-2", host="h", pid=1, born="1", place="p")
        connection.execute(
            batches.update().where(batches.c.id == batch_id).values(state=BatchState.TAKEN, job="job/1")
        )
    came = threading.Event()

    def wait() -> None:
        pace.wait()
        came.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not came.wait(0.3)
    with services.catalog.transaction() as connection:
        connection.execute(batches.update().where(batches.c.id == batch_id).values(state=BatchState.CLOSED))
    assert came.wait(PATIENCE)
    waiting.join()
    stop.set()
    with pytest.raises(EndOfNight):
        pace.wait()


def test_the_command_reports_wrong_calls_and_shows_runs(services: Services) -> None:
    run = begin_or_go_on(services.catalog, REOCR, {}, by="thu")
    home = str(services.settings.home)

    def called(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["--home", home, "reocr", *arguments])
        return result.exit_code, result.output

    assert called("runs")[0] == 0 and run.id in called("runs")[1]
    assert called("status", run.id, "--json")[0] == 0
    assert called("stop", run.id)[0] == 0
    with services.catalog.reading() as connection:
        assert night_runs.get_run(connection, run.id).state == "stopped"
        assert connection.execute(documents.select()).first() is not None
