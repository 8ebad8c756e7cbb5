"""Two agencies on one server: each route answers to another agency's ids as to unknown ids."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import insert

from scanflow.archive.database.tables import files, pages
from scanflow.archive.people import accounts, agencies, counter_accounts
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.ledger.batches import Intake, begin_batch, set_batch
from scanflow.ledger.lease import lock
from scanflow.membership import Membership, Role
from scanflow.model import BatchState
from scanflow.settings import Settings
from scanflow.web.app import make_app
from scanflow.web.desk import actions, routes, supervising
from tests.ledger.forcing import force_state
from tests.web.reviewing import NORTH, SOUTH, signed_in
from tests.web.serving import PASSWORD, opened_desk

UNKNOWN = "20261127-080000-00000000"
PEOPLE = {
    "lan": Membership(NORTH),
    "hoa": Membership(NORTH, Role.SUPERVISOR),
    "minh": Membership(SOUTH),
}
FORM = {
    "no": "1", "page": "1", "degrees": "90", "papers": "1", "step": "1", "first": "1", "revision": "0",
    "number": "", "type": "", "procedure": "", "device": "", "profile": "papers", "holder": "minh",
    "to": "hoa",
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(Settings(home=tmp_path)) as opened:
        catalog = opened.services.catalog
        for code, counter in ((NORTH, "Quầy 1"), (SOUTH, "Quầy 2")):
            agencies.add_agency(catalog, code, code)
            counter_accounts.make_counter(catalog, counter, agency=code)
        for name, member in PEOPLE.items():
            accounts.add_user(catalog, name, name.title(), PASSWORD, member=member)
        yield opened


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def begin(desk: Desk, clerk: str, counter: str) -> str:
    return stacks.open_stack(desk, clerk=clerk, counter=counter, number=None, procedure=None)


def with_a_page(desk: Desk, batch_id: str, reason: str | None = None) -> str:
    with desk.services.catalog.transaction() as connection:
        key = desk.services.store.put(f"intake/{batch_id}/x", b"x", content_type="image/jpeg").key
        row = {"batch_id": batch_id, "no": 1, "name": "x.jpg", "sha256": "a" * 64, "size": 1}
        made = connection.execute(insert(files).values(**row, state="unpacked", object_key=key))
        assert made.inserted_primary_key
        page = {"batch_id": batch_id, "no": 1, "file_id": made.inserted_primary_key[0], "sha256": "a" * 64}
        connection.execute(insert(pages).values(**page, state="read", media_type="image/jpeg"))
        set_batch(lock(connection, batch_id), reason=reason)
    return batch_id


def routes_of_batches() -> list[tuple[str, str]]:
    found = [
        (method, route.path)
        for router in (routes.router, actions.router, supervising.router)
        for route in router.routes
        if isinstance(route, APIRoute) and "{batch_id}" in route.path
        for method in sorted(route.methods or ())
    ]
    assert len(found) > 20
    return found


def answer(client: TestClient, method: str, path: str, batch_id: str, *, part: bool) -> tuple[int, str, str]:
    headers = {"HX-Request": "true"} if part else {}
    address = path.replace("{batch_id}", batch_id).replace("{no}", "1")
    data = FORM if method == "POST" else None
    said = client.request(method, address, data=data, headers=headers)
    told = said.text + repr(sorted(said.headers.get(name, "") for name in ("location", "hx-redirect")))
    return said.status_code, told.replace(batch_id, "?"), said.headers["content-type"]


@pytest.mark.parametrize("who", ["lan", "hoa"])
def test_each_route_treats_another_agencys_batch_as_one_that_nobody_has(
    desk: Desk, app: FastAPI, who: str
) -> None:
    with desk.services.catalog.transaction() as connection:
        waits = begin_batch(connection, Intake("inbox", agency=SOUTH), BatchState.UNASSIGNED)
        late = begin_batch(connection, Intake("station", agency=SOUTH), BatchState.UNASSIGNED)
        closed = begin_batch(connection, Intake("station", "minh", agency=SOUTH), BatchState.DESK)
        force_state(connection, closed, BatchState.CLOSED)
    foreign = [
        with_a_page(desk, begin(desk, "minh", "Quầy 2")),
        with_a_page(desk, waits, "no-number"),
        with_a_page(desk, late, "late-pages"),
        with_a_page(desk, closed),
    ]
    client = signed_in(app, who, "Quầy 1")
    for method, path in routes_of_batches():
        for part in (False, True):
            unknown = answer(client, method, path, UNKNOWN, part=part)
            assert unknown[0] in (403, 404), (method, path)
            for batch_id in foreign:
                assert answer(client, method, path, batch_id, part=part) == unknown, (method, path)
    assert not re.search("|".join(foreign), client.get("/desk").text)


def test_a_counter_of_another_agency_can_neither_be_seen_nor_chosen(desk: Desk, app: FastAPI) -> None:
    client = signed_in(app, "lan", "Quầy 1")
    assert "Quầy 2" not in client.get("/desk/counter").text
    said = [
        (each.status_code, each.text.replace(name, "?"))
        for name in ("Quầy 2", "Quầy 9")
        for each in [client.post("/desk/counter", data={"counter": name})]
    ]
    assert said[0] == said[1] and said[0][0] == 404
    # A PC that moved to the other agency remembers the old counter: it is asked for anew.
    client.post("/sign-out")
    assert client.post("/sign-in", data={"name": "minh", "password": PASSWORD}).status_code == 303
    assert client.get("/desk").headers["Location"] == "/desk/counter"


def test_a_supervisor_hands_a_stack_over_on_the_page(desk: Desk, app: FastAPI) -> None:
    lan, hoa = signed_in(app, "lan", "Quầy 1"), signed_in(app, "hoa", "Quầy 1")
    stack = begin(desk, "lan", "Quầy 1")
    path = f"/desk/stacks/{stack}/hand-over"
    part = {"HX-Request": "true"}
    assert f"others-{stack}" in hoa.get("/desk").text
    assert 'id="others"' not in lan.get("/desk").text
    assert lan.get(path).status_code == lan.post(path, data={"holder": "lan", "to": "lan"}).status_code == 403
    form = hoa.get(path, headers=part).text
    assert 'value="hoa"' in form and "minh" not in form
    done = hoa.post(path, data={"holder": "lan", "to": "hoa"}, headers=part)
    assert f"mine-{stack}" in done.text
    assert 'id="away"' in lan.get("/desk").text
    assert "đã được chuyển cho Hoa xử lý" in lan.get(f"/desk/stacks/{stack}").text
    stale = hoa.post(path, data={"holder": "lan", "to": ""}, headers=part)
    assert "vừa được chuyển" in stale.text and f"mine-{stack}" in stale.text


def test_a_supervisor_gives_a_stack_back_to_those_that_wait(desk: Desk, app: FastAPI) -> None:
    lan, hoa = signed_in(app, "lan", "Quầy 1"), signed_in(app, "hoa", "Quầy 1")
    stack = begin(desk, "lan", "Quầy 1")
    part = {"HX-Request": "true"}
    done = hoa.post(f"/desk/stacks/{stack}/hand-over", data={"holder": "lan", "to": ""}, headers=part)
    assert f"unclaimed-{stack}" in done.text
    assert "đã trả lại hàng chờ lúc" in lan.get("/desk").text
    assert "HX-Redirect" in lan.post(f"/desk/stacks/{stack}/claim").headers
    assert 'id="away"' not in lan.get("/desk").text
