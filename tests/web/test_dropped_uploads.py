"""Uploaded files go into the own stack only, once, and only complete; and who may upload."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from scanflow.archive.database.tables import files
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.web.app import make_app
from tests.web.reviewing import signed_in, small_desk
from tests.web.serving import ORIGIN, PASSWORD, staffed_desk

DATA = b"%PDF-1.7 broken, but safe %%EOF"
HEADERS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_desk(tmp_path) as opened:
        yield opened


def clerk(desk: Desk, name: str) -> TestClient:
    client = TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False)
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    assert client.post("/desk/counter", data={"counter": "Quầy 1"}).status_code == 303
    return client


def upload(client: TestClient, *, whole: bool = True, hold: bool = True) -> str:
    said = {"filename": "đơn.pdf"} | ({"hold": "true"} if hold else {})
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    announced = HEADERS | {"Upload-Length": str(len(DATA)), "Upload-Metadata": pairs}
    address: str = client.post("/api/v1/uploads", headers=announced).headers["Location"]
    sent = HEADERS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    client.patch(address, headers=sent, content=DATA if whole else DATA[:9])
    return address.rpartition("/")[2]


def files_of(desk: Desk, batch_id: str) -> int:
    with desk.services.catalog.reading() as connection:
        query = select(func.count()).where(files.c.batch_id == batch_id)
        return connection.scalar(query) or 0


def test_an_upload_goes_into_the_own_stack_once(desk: Desk) -> None:
    lan, minh = clerk(desk, "lan"), clerk(desk, "minh")
    stack = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)
    own, of_minh = upload(lan), upload(minh)
    address = f"/desk/stacks/{stack}/uploads"
    assert minh.post(f"{address}/{own}").status_code in (403, 404)
    assert lan.post(f"{address}/{of_minh}").status_code == 404, "an upload of another person is unknown"
    assert minh.post(f"{address}/{of_minh}").status_code in (403, 404), (
        "an upload goes into no stack of another person"
    )
    for odd in ("0" * 32, "..%2f..", "x"):
        assert lan.post(f"{address}/{odd}").status_code == 404
    assert files_of(desk, stack) == 0
    for _ in range(2):  # asked again, after an answer that was lost
        assert lan.post(f"{address}/{own}").status_code == 204
    assert files_of(desk, stack) == 1


def test_only_whole_files_that_are_held_can_be_put_into_a_stack(desk: Desk) -> None:
    lan = clerk(desk, "lan")
    stack = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)
    for wrong in (upload(lan, whole=False), upload(lan, hold=False)):
        assert lan.post(f"/desk/stacks/{stack}/uploads/{wrong}").status_code == 422
    foreign = {"Origin": "http://elsewhere"}
    assert lan.post(f"/desk/stacks/{stack}/uploads/{upload(lan)}", headers=foreign).status_code == 403
    assert files_of(desk, stack) == 0


def test_people_who_may_upload_have_the_page(tmp_path: Path) -> None:
    with small_desk(tmp_path) as desk:
        app = make_app(desk)
        assert signed_in(app, "thu").get("/review/uploads").status_code == 200
        assert 'value="&lt;b&gt;"' in signed_in(app, "thu").get("/review/uploads?dossier=<b>").text
        for name in ("binh", "lan", "hoa"):
            assert signed_in(app, name).get("/review/uploads").status_code == 403
        assert "/review/uploads" not in signed_in(app, "binh").get("/review").text
