"""The audit log of the web pages: who saw what; nothing of it reaches the program's own log."""

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import insert

from scanflow.archive.database.tables import files, pages
from scanflow.archive.log.chain import Chained
from scanflow.archive.log.check import check_log
from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import LogEntry, batch_subject, page_subject, user_subject
from scanflow.archive.store.base import sha256_hex
from scanflow.archive.store.keys import intake_file_key
from scanflow.clock import now
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.errors import CatalogUnavailableError
from scanflow.web import counter_api
from scanflow.web.app import make_app
from scanflow.web.viewing import ViewLog, says_what_it_shows
from tests.web.serving import ORIGIN, PASSWORD, staffed_desk

NUMBER = "H13.42-260804-0017"
Row = tuple[str, str, str]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False) as opened:
        yield opened


def entries(desk: Desk, question: LogQuery | None = None) -> list[Chained]:
    return find(desk.services.catalog, question or LogQuery(), 1000)


def rows(desk: Desk, question: LogQuery | None = None) -> list[Row]:
    return [(e.entry.actor, e.entry.action, e.entry.subject) for e in entries(desk, question)]


def sit_down(client: TestClient) -> None:
    client.post("/sign-in", data={"name": "lan", "password": PASSWORD})
    assert client.post("/desk/counter", data={"counter": "Quầy 1"}).status_code == 303


def new_stack(desk: Desk) -> str:
    """A stack of Lan's with one page."""
    services = desk.services
    batch_id = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=NUMBER, procedure=None)
    picture = BytesIO()
    Image.new("L", (600, 800), 200).save(picture, "JPEG", dpi=(200, 200))
    data = picture.getvalue()
    key = intake_file_key(batch_id, 1, sha256_hex(data), "1.jpg")
    services.store.put(key, data, content_type="image/jpeg")
    row = {"batch_id": batch_id, "no": 1, "sha256": sha256_hex(data), "object_key": key}
    with services.catalog.transaction() as connection:
        file = {**row, "name": "1.jpg", "size": len(data), "state": "unpacked"}
        made = connection.execute(insert(files).values(file)).inserted_primary_key
        assert made is not None
        page = {**row, "object_key": None, "file_id": made[0], "file_page": 1, "state": "set_aside"}
        connection.execute(insert(pages).values(page | {"media_type": "image/jpeg", "reason_code": "blank"}))
    return batch_id


def test_every_page_for_people_says_whether_it_shows_papers(desk: Desk) -> None:
    agents = {route.path for route in counter_api.router.routes if isinstance(route, APIRoute)}
    routes = [route for route in _all_routes(make_app(desk).routes) if route.path not in agents]
    assert len(routes) > 25
    silent = [route.path for route in routes if not says_what_it_shows(route.endpoint)]
    assert silent == [], "mark them with `shows` or `shows_nothing` (scanflow.web.viewing)"


def _all_routes(routes: object) -> Iterator[APIRoute]:
    """Also those of routers that a newer FastAPI keeps as they were included."""
    for route in routes:  # type: ignore[attr-defined]  # whatever FastAPI keeps them in
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _all_routes(route.original_router.routes)


def test_signing_in_failing_to_and_signing_out_are_logged(desk: Desk, client: TestClient) -> None:
    before = len(entries(desk))
    client.post("/sign-in", data={"name": "lan", "password": "nhầm mật khẩu"})
    client.post("/sign-in", data={"name": "MyPasswordTypedHere", "password": "x"})
    sit_down(client)
    client.post("/sign-out")
    lan = user_subject("lan")
    assert rows(desk)[before:] == [
        ("stranger", "sign-in failed", lan),
        ("stranger", "sign-in failed", "users"),
        ("lan", "signed in", lan),
        ("lan", "counter chosen", lan),
        ("lan", "signed out", lan),
    ]
    assert entries(desk)[before].entry.after == {"address": "testclient"}
    assert "MyPasswordTypedHere".lower() not in repr(entries(desk)).lower()


def test_a_session_that_ends_by_itself_is_logged(desk: Desk, client: TestClient) -> None:
    sit_down(client)
    web = desk.services.settings.web.model_copy(update={"idle_minutes": 1e-9})
    object.__setattr__(desk.services, "settings", desk.services.settings.model_copy(update={"web": web}))
    assert client.get("/desk").headers["Location"].startswith("/sign-in")
    assert rows(desk)[-1] == ("lan", "session ended", user_subject("lan"))


def test_every_look_is_logged_before_it_is_answered(desk: Desk, client: TestClient) -> None:
    sit_down(client)
    batch_id = new_stack(desk)
    before = len(entries(desk))
    for path in ("", f"/stacks/{batch_id}", f"/stacks/{batch_id}", f"/stacks/{batch_id}/pages/1.jpg"):
        assert client.get(f"/desk{path}").status_code == 200
    # The page draws itself anew, with its pictures: within a minute that is one look.
    for _ in range(2):
        client.get(f"/desk/stacks/{batch_id}/parts")
        client.get(f"/desk/stacks/{batch_id}/pages/1.jpg")
        client.get(f"/desk/stacks/{batch_id}/pages/1.jpg?width=1100")
    stack, page = batch_subject(batch_id), page_subject(batch_id, 1)
    assert rows(desk)[before:] == [
        ("lan", "listed", "stacks"),
        ("lan", "viewed", stack),
        ("lan", "viewed", stack),
        ("lan", "viewed", page),
        ("lan", "viewed", stack),
        ("lan", "viewed", page),
    ]
    assert rows(desk, LogQuery(dossier=NUMBER)) == [("lan", "begun", stack), *rows(desk)[before + 1 :]]
    assert check_log(desk.services.store, desk.services.catalog).problems == ()


def test_what_is_refused_was_not_seen(desk: Desk, client: TestClient) -> None:
    sit_down(client)
    batch_id = stacks.open_stack(desk, clerk="minh", counter=None, number=None, procedure=None)
    before = len(entries(desk))
    assert client.get(f"/desk/stacks/{batch_id}").status_code == 403
    assert client.get(f"/desk/stacks/{batch_id}/pages/1.jpg").status_code == 403
    assert client.get("/desk/stacks/none").status_code == 404
    assert rows(desk)[before:] == []


def test_nothing_is_shown_that_can_not_be_logged(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(client)
    batch_id = new_stack(desk)

    def full(*_: object, **__: object) -> None:
        raise CatalogUnavailableError("the disk is full")

    monkeypatch.setattr(type(desk.services.catalog), "append_log", full)
    answer = client.get(f"/desk/stacks/{batch_id}")
    assert answer.status_code == 503
    assert NUMBER not in answer.text


def test_a_search_of_the_log_by_person_time_and_action(desk: Desk, client: TestClient) -> None:
    sit_down(client)
    start = now()
    client.get("/desk")
    assert rows(desk, LogQuery(person="lan", since=start)) == [("lan", "listed", "stacks")]
    assert rows(desk, LogQuery(until=start, action="listed")) == []
    assert {row[1] for row in rows(desk, LogQuery(person="minh"))} == {"user added"}


def test_views_at_the_same_moment_are_written_together_and_none_is_lost(desk: Desk) -> None:
    views = ViewLog(desk.services.catalog)
    before = len(entries(desk))
    seen: list[bool] = []

    def look(name: str) -> None:
        for no in range(20):
            views.note(LogEntry(now(), name, "viewed", f"{name}/{no}"))
            found = find(desk.services.catalog, LogQuery(person=name), 1)
            seen.append(found[0].entry.subject == f"{name}/{no}")  # the entry is there when `note` returns

    threads = [threading.Thread(target=look, args=(f"p{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 120
    assert len(entries(desk)) == before + 120
    assert check_log(desk.services.store, desk.services.catalog).problems == ()
