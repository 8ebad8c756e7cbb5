"""The pages of the night's runs: of the own agency, with examples; stop and undo are the operators'."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from scanflow.archive.identity import Archive
from scanflow.archive.people import accounts
from scanflow.desk.context import Desk
from scanflow.ledger.nightly import night_runs
from scanflow.membership import Membership, Role
from scanflow.model.night_states import REWORK, RunState
from scanflow.night.jobs.running import jobs_named, run_job
from scanflow.web.app import make_app
from tests.web.review_items import improved_run
from tests.web.reviewing import NORTH, OURS, THEIRS, signed_in, small_desk
from tests.web.serving import PASSWORD


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with small_desk(tmp_path_factory.mktemp("runs")) as opened:
        member = Membership(NORTH, Role.OPERATOR)
        accounts.add_user(opened.services.catalog, "minh", "Minh", PASSWORD, member=member)
        yield opened


@pytest.fixture(scope="module")
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


@pytest.fixture
def run(desk: Desk) -> str:
    return improved_run(desk)


def test_a_reviewer_sees_runs_and_examples_of_the_own_agency(app: FastAPI, run: str) -> None:
    thu = signed_in(app, "thu")
    assert f"/review/runs/{run}" in thu.get("/review/runs").text
    text = thu.get(f"/review/runs/{run}").text
    assert OURS in text and THEIRS not in text
    assert (
        text.count("/compare?version=2&with=1") == 2 * text.count('hx-trigger="toggle once"') > 0
    )  # also in place
    assert 'id="worse">0<' in text
    assert 'id="stop"' not in text
    assert thu.get("/review/runs/20200101-000000-aaaaaa").status_code == 404
    assert signed_in(app, "lan").get("/review/runs").status_code == 403


def test_runs_that_read_nothing_are_shown_too(desk: Desk, app: FastAPI) -> None:
    with desk.services.catalog.transaction() as connection:
        made = night_runs.begin_run(connection, REWORK, {"parts": ["profiles"]}, by="cron")
    thu = signed_in(app, "thu")
    listed = thu.get("/review/runs").text
    assert f"/review/runs/{made.id}" in listed and "Phân loại, ghi lại" in listed
    shown = thu.get(f"/review/runs/{made.id}").text
    assert "Phân loại, ghi lại" in shown and 'id="worse"' not in shown
    assert signed_in(app, "minh").post(f"/review/runs/{made.id}/stop").status_code == 303
    with desk.services.catalog.reading() as connection:
        assert night_runs.get_run(connection, made.id).state is RunState.STOPPED


def test_operators_stop_a_run_and_others_may_not(desk: Desk, app: FastAPI, run: str) -> None:
    assert signed_in(app, "thu").post(f"/review/runs/{run}/stop").status_code == 403
    assert signed_in(app, "thu").post(f"/review/runs/{run}/undo").status_code == 403
    minh = signed_in(app, "minh")
    assert 'id="stop"' in minh.get(f"/review/runs/{run}").text
    assert minh.post(f"/review/runs/{run}/stop").status_code == 303
    with desk.services.catalog.reading() as connection:
        assert night_runs.get_run(connection, run).state is RunState.STOPPED
    assert 'id="undo"' in minh.get(f"/review/runs/{run}").text
    # Nothing of it is as the run left it: there is nothing to undo, and the run says so.
    assert minh.post(f"/review/runs/{run}/undo").status_code == 303
    with desk.services.catalog.reading() as connection:
        assert night_runs.get_run(connection, run).state is RunState.UNDONE


def test_operators_see_what_the_jobs_of_the_night_came_to(desk: Desk, app: FastAPI) -> None:
    services = desk.services
    archive = Archive(services.store, services.catalog)
    (job,) = jobs_named(["retention"])
    run_job(services.settings, archive, services.profiles, job, by="cron")
    text = signed_in(app, "minh").get("/review/runs").text
    assert job.what.vi in text and "Chưa có hồ sơ nào hết thời hạn bảo quản." in text
    assert text.count("chưa chạy lần nào") == len(jobs_named([])) - 1
    assert 'id="jobs"' not in signed_in(app, "thu").get("/review/runs").text


@pytest.mark.usefixtures("run")
def test_strong_disagreements_wait_in_the_queue_until_they_are_settled(app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    text = thu.get("/review/queue?kind=reread").text
    assert f"reread/{OURS}/1" in text and THEIRS not in text
    assert (
        thu.post("/review/queue/take", data={"key": f"reread/{OURS}/1"})
        .headers["location"]
        .endswith("/compare?version=2&with=1")
    )
    thu.post("/review/queue/settle", data={"key": f"reread/{OURS}/1"})
    assert f"reread/{OURS}/1" not in thu.get("/review/queue?kind=reread").text
