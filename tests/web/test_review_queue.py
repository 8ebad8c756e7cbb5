"""The reviewers' queue: what waits in the own agency, one person at a time, gone once it is decided."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive import accounts, review_claims
from scanflow.clock import now
from scanflow.desk.context import Desk
from scanflow.ledger.batches import Intake, begin_batch, get_batch
from scanflow.model import BatchState, Membership, Role
from scanflow.web.addresses import dossier_address
from scanflow.web.app import make_app
from tests.review.filing import file_document, value
from tests.web.reviewing import NORTH, OURS, SOUTH, THEIRS, signed_in, small_desk
from tests.web.serving import PASSWORD

DOUBTFUL = "H57.132-260804-0040"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with small_desk(tmp_path_factory.mktemp("queue")) as opened:
        store, catalog = opened.services.store, opened.services.catalog
        accounts.add_user(catalog, "mai", "Mai", PASSWORD, member=Membership(NORTH, Role.REVIEWER))
        file_document(
            store, catalog, DOUBTFUL, [["giấy lạ"]],
            agency=NORTH, type="unknown", title="GIẤY LẠ", confidence=0.2,
        )  # fmt: skip
        file_document(store, catalog, THEIRS, [["giấy lạ"]], agency=SOUTH, fields=[value("name", "X", 0.1)])
        yield opened


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def waiting(desk: Desk, agency: str) -> str:
    with desk.services.catalog.transaction() as connection:
        return begin_batch(connection, Intake("inbox", agency=agency), BatchState.UNASSIGNED)


def test_the_list_holds_what_waits_in_the_own_agency(desk: Desk, app: FastAPI) -> None:
    ours, theirs = waiting(desk, NORTH), waiting(desk, SOUTH)
    text = signed_in(app, "thu").get("/review/queue").text
    assert ours in text and DOUBTFUL in text and OURS in text  # a doubtful name
    assert theirs not in text and THEIRS not in text
    # A batch, of whose pages nobody finds any, before a type, before a value.
    assert text.index(ours) < text.index(DOUBTFUL) < text.index(f"{OURS} ·")
    assert 'id="next-item"' not in signed_in(app, "binh").get("/review/queue").text
    assert signed_in(app, "lan").get("/review/queue").status_code == 403


def test_an_item_is_in_one_persons_hand(desk: Desk, app: FastAPI) -> None:
    thu, mai = signed_in(app, "thu"), signed_in(app, "mai")
    first = thu.post("/review/queue/next").headers["location"]
    assert first == f"{dossier_address(DOUBTFUL, 1)}?task=type"
    assert thu.post("/review/queue/next").headers["location"] == first  # still the same in hand
    other = mai.post("/review/queue/next").headers["location"]
    assert other == f"{dossier_address(OURS, 1)}?task=fields"
    key = f"type/{DOUBTFUL}/1"
    assert mai.post("/review/queue/take", data={"key": key}).status_code == 409
    assert "thu đang xử lý" in mai.get("/review/queue").text
    # Who leaves it lying loses it.
    with desk.services.catalog.transaction() as connection:
        at = now() + timedelta(minutes=11)
        assert review_claims.claim(connection, key, "mai", at=at, until=at)
    assert signed_in(app, "nam").post("/review/queue/take", data={"key": key}).status_code == 404


def test_what_is_decided_leaves_the_list(app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    base = dossier_address(DOUBTFUL, 1)
    assert thu.post(f"{base}/type", data={"version": "1", "choice": "can-cuoc"}).status_code == 303
    form = {"version": "1", "index": "0", "was": "Nguyễn Thị Hoa", "text": "Nguyễn Thị Hoa"}
    assert thu.post(f"{dossier_address(OURS, 1)}/fields", data=form).status_code == 303
    text = thu.get("/review/queue").text
    assert DOUBTFUL not in text and OURS not in text and "Không còn việc nào" in text
    assert thu.post("/review/queue/next").headers["location"] == "/review/queue"


def test_a_waiting_batch_gets_its_number(desk: Desk, app: FastAPI) -> None:
    ours, theirs = waiting(desk, NORTH), waiting(desk, SOUTH)
    thu = signed_in(app, "thu")
    unknown = thu.get("/review/queue/batches/20261127-080000-00000000")
    foreign = thu.get(f"/review/queue/batches/{theirs}")
    assert unknown.status_code == foreign.status_code == 404
    assert unknown.text.replace("20261127-080000-00000000", "?") == foreign.text.replace(theirs, "?")
    assert thu.post(f"/review/queue/batches/{theirs}", data={"number": OURS}).status_code == 404
    assert thu.get(f"/review/queue/batches/{ours}").status_code == 200
    for wrong in ("", "no number", THEIRS):
        assert thu.post(f"/review/queue/batches/{ours}", data={"number": wrong}).status_code == 422, wrong
    said = thu.post(f"/review/queue/batches/{ours}", data={"number": OURS})
    assert said.headers["location"] == "/review/queue?done=batch"
    with desk.services.catalog.reading() as connection:
        row = get_batch(connection, ours)
    assert (row.state, row.clerk_number or row.dossier_number) == (BatchState.TAKEN, OURS)


def test_a_page_of_another_site_takes_nothing(app: FastAPI) -> None:
    thu: TestClient = signed_in(app, "thu")
    for path in ("/review/queue/next", "/review/queue/take", "/review/queue/batches/x"):
        assert thu.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
