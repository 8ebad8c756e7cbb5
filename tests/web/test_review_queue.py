"""The reviewers' queue: the own agency's items, each claimed by one person, gone once decided."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.people import accounts, review_claims
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.clock import now
from scanflow.counter_messages import UndeliveredStack
from scanflow.desk.context import Desk
from scanflow.ledger.batches import Intake, begin_batch, get_batch
from scanflow.ledger.desk_work.counters import note_undelivered
from scanflow.membership import Membership, Role
from scanflow.model import BatchState, Evidence, RowMatch
from scanflow.night.runs.entry import type_is_set
from scanflow.pipeline.filing.papers import DOUBTFUL_BORDER
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
    assert first == f"{dossier_address(DOUBTFUL, 1)}?page=1&task=type"
    assert thu.post("/review/queue/next").headers["location"] == first  # she still has it
    other = mai.post("/review/queue/next").headers["location"]
    assert other == f"{dossier_address(OURS)}?task=dossier"  # it lacks papers
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
    assert f"type/{DOUBTFUL}" not in text and f"fields/{OURS}" not in text
    for number in (DOUBTFUL, OURS):  # they lack papers, and a person says why they may be closed
        key = {"key": f"dossier/{number}"}
        assert thu.post("/review/queue/settle", data=key).status_code == 422
        assert thu.post("/review/queue/settle", data={**key, "reason": "bản cũ"}).status_code == 303
    assert "Không còn việc nào" in thu.get("/review/queue").text
    assert thu.post("/review/queue/next").headers["location"] == "/review/queue"
    assert thu.post("/review/queue/reopen", data=key).status_code == 303
    assert f"dossier/{OURS}" in thu.get("/review/queue?kind=dossier").text


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
    for name in (
        "next",
        "take",
        "leave",
        "confirm",
        "settle",
        "reopen",
        "bulk",
        "batches/x",
        "file/x/1/retry",
    ):
        path = f"/review/queue/{name}"
        assert thu.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_several_items_are_confirmed_at_once_and_those_that_cannot_be_are_reported(
    desk: Desk, app: FastAPI
) -> None:
    store, catalog = desk.services.store, desk.services.catalog
    number = "H57.132-260804-0041"
    fields = [value("name", "Lê Văn Hùng", 0.5), value("date", "04/08/2026", 0.4)]
    file_document(store, catalog, number, [["x"]], agency=NORTH, confidence=0.3, fields=fields)
    thu = signed_in(app, "thu")
    keys = [f"type/{number}/1", f"fields/{number}/1", f"type/{DOUBTFUL}/1", f"fields/{THEIRS}/1"]
    said = thu.post("/review/queue/bulk", data={"key": keys, "action": "confirm"})
    # Of an unknown type nobody can say that it is right, and another agency's isn't there.
    assert said.headers["location"] == "/review/queue?done=confirmed&left=2"
    dossier = catalog.dossier(number)
    assert dossier is not None
    (document,) = dossier.documents
    assert document.confidence == 1.0 and {each.source for each in document.field_details} == {"person"}
    assert f"{number}/1" not in thu.get("/review/queue").text
    assert thu.post("/review/queue/bulk", data={"key": keys, "action": "delete"}).status_code == 422


def test_values_are_keyed_from_their_image_and_taken_back(desk: Desk, app: FastAPI) -> None:
    thu, base = signed_in(app, "thu"), dossier_address(OURS, 1)
    text = thu.get(f"{base}/values").text
    assert 'class="line-picture is-tall"' in text and text.count("key-line") == 1
    form = {"version": "1", "index": "0", "was": "Nguyễn Thị Hoa", "text": "Nguyễn Thị Hòa"}
    said = thu.post(f"{base}/values", data=form)
    assert "did=confirmed" in said.headers["location"]
    assert thu.post(f"{base}/values", data=form).status_code == 409  # it is another by now
    assert f'action="{base}/undo"' in thu.get(said.headers["location"]).text
    mai = signed_in(app, "mai")
    assert mai.post(f"{base}/undo").status_code == 409  # not hers
    assert thu.post(f"{base}/undo").headers["location"] == f"{base}?done=undone"
    dossier = desk.services.catalog.dossier(OURS)
    assert dossier is not None
    assert [(each.value, each.source) for each in dossier.documents[0].field_details] == [
        ("Nguyễn Thị Hoa", "print"), ("04/08/2026", "print"),
    ]  # fmt: skip
    assert thu.post(f"{base}/undo").status_code == 409  # once
    assert thu.post(f"{base}/type", data={"version": "1", "choice": "can-cuoc"}).status_code == 303
    assert thu.post(f"{base}/undo").status_code == 303
    dossier = desk.services.catalog.dossier(OURS)
    assert dossier is not None
    assert (dossier.documents[0].type, dossier.documents[0].confidence) == ("to-khai-dang-ky-khai-sinh", 0.97)


def test_a_doubtful_row_is_a_kind_of_its_own_confirmed_and_taken_back(desk: Desk, app: FastAPI) -> None:
    store, catalog = desk.services.store, desk.services.catalog
    number = "H57.132-260804-0043"
    said = (Evidence("title of the row", "GIẤY ỦY QUYỀN", 0.7, 0),)
    for chance in (0.7, 0.97):
        file_document(
            store, catalog, number, [["giấy ủy quyền"]], agency=NORTH, type="unknown", title="GIẤY ỦY QUYỀN",
            confidence=0.3, rows=[RowMatch("uy-quyen", chance, said)],
        )  # fmt: skip
    thu, base = signed_in(app, "thu"), dossier_address(number, 1)
    text = thu.get("/review/queue?kind=row").text
    assert f'href="{base}?page=1&amp;task=row"' in text and f"row/{number}/2" not in text
    assert DOUBTFUL not in text and number not in thu.get("/review/queue?kind=type").text
    assert 'href="/review/queue?kind=row"' in text  # with its count
    asked = thu.get(f"{base}?page=1&task=row").text
    assert "«Giấy ủy quyền (nếu có)»" in asked and f'name="key" value="row/{number}/1"' in asked
    where = thu.post("/review/queue/confirm", data={"key": f"row/{number}/1"}).headers["location"]
    assert f"row/{number}" not in thu.get("/review/queue").text
    dossier = catalog.dossier(number)
    assert dossier is not None
    (row,) = dossier.documents[0].rows
    assert (row.row, row.chance, row.evidence[0].cue) == ("uy-quyen", 1.0, "title of the row")
    assert type_is_set(dossier.documents[0])  # so no night sets another
    assert f'action="{base}/undo"' in thu.get(where).text
    assert thu.post(f"{base}/undo").status_code == 303
    assert f"row/{number}/1" in thu.get("/review/queue?kind=row").text
    # Also as it stands, or as another of the list.
    assert thu.post("/review/queue/settle", data={"key": f"row/{number}/1"}).status_code == 303
    assert thu.post("/review/queue/reopen", data={"key": f"row/{number}/1"}).status_code == 303
    assert thu.post(f"{base}/type", data={"version": "1", "choice": "giay-uy-quyen"}).status_code == 303
    assert f"row/{number}" not in thu.get("/review/queue").text
    assert thu.post("/review/queue/confirm", data={"key": f"row/{number}/1"}).status_code == 404


def test_a_doubtful_cut_waits_until_somebody_says_so_or_rearranges(desk: Desk, app: FastAPI) -> None:
    store, catalog = desk.services.store, desk.services.catalog
    number = "H57.132-260804-0042"
    doubt = (Evidence(DOUBTFUL_BORDER, "joint", 0.45, 1),)
    for _ in range(2):
        file_document(store, catalog, number, [["a"], ["b"]], agency=NORTH, evidence=doubt)
    thu = signed_in(app, "thu")
    assert (
        f'href="{dossier_address(number, 1)}?page=2&amp;task=cut"' in thu.get("/review/queue?kind=cut").text
    )
    said = thu.post("/review/queue/confirm", data={"key": f"cut/{number}/1"}).headers["location"]
    assert said.startswith(f"{dossier_address(number, 2)}?page=2&task=cut&did=confirmed")
    assert 'name="key" value="cut/' in thu.get(said).text
    thu.post(f"{dossier_address(number, 2)}/split", data={"version": "1", "at": "2"})
    assert f"cut/{number}" not in thu.get("/review/queue").text


def test_what_a_counter_cannot_deliver_is_listed_for_its_agency(desk: Desk, app: FastAPI) -> None:
    make_counter(desk.services.catalog, "Quầy 3", agency=NORTH)
    with desk.services.catalog.transaction() as connection:
        told = UndeliveredStack(7, 5, message="refused", message_vi="Máy chủ không nhận")
        note_undelivered(connection, "Quầy 3", [told])
    assert "Quầy 3" in signed_in(app, "thu").get("/review/queue").text
    assert "Quầy 3" not in signed_in(app, "nam").get("/review/queue").text
    first = signed_in(app, "thu").post("/review/queue/next").headers["location"]
    assert first != "/review/queue?kind=counter"  # nobody can decide it here
