"""A web server with filed dossiers of two agencies, and people who review them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.people import accounts, agencies
from scanflow.desk.context import Desk
from scanflow.membership import Membership, Role
from scanflow.model import Box
from scanflow.settings import Settings
from tests.review.filing import file_document, value
from tests.web.serving import ORIGIN, PASSWORD, opened_desk

NORTH, SOUTH = "H57.132", "H57.133"
OURS, THEIRS, NOBODYS = "H57.132-260804-0001", "H57.133-260804-0002", "H57.132-260804-0009"
PEOPLE = {
    "thu": Membership(NORTH, Role.REVIEWER),
    "binh": Membership(NORTH, Role.AUDITOR),
    "lan": Membership(NORTH),
    "hoa": Membership(NORTH, Role.SUPERVISOR),
    "nam": Membership(SOUTH, Role.REVIEWER),
}
PAGES = [
    ["CỘNG HÒA XÃ HỘI", "Nguyễn Thị Hoa", "sinh năm 1990"],
    ["trang thứ hai", "không có gì"],
    ["trang cuối", "Nguyễn Văn Hùng"],
]


def file_papers(desk: Desk) -> None:
    """A dossier of three pages and a kept file in the north, one in the south."""
    store, catalog = desk.services.store, desk.services.catalog
    name = value("name", "Nguyễn Thị Hoa", 0.6, box=Box(36, 64, 200, 76))
    fields = [name, value("date", "04/08/2026")]
    file_document(store, catalog, OURS, PAGES, agency=NORTH, fields=fields, doubtful=["Hoa"])
    file_document(store, catalog, OURS, PAGES[:1], agency=NORTH, type="can-cuoc", title="CĂN CƯỚC", kept=True)
    file_document(store, catalog, THEIRS, [["Nguyễn Thị Hoa", "phương nam"]], agency=SOUTH)


@contextmanager
def reviewed_desk(settings: Settings) -> Iterator[Desk]:
    with opened_desk(settings) as desk:
        for code in (NORTH, SOUTH):
            agencies.add_agency(desk.services.catalog, code, code)
        for name, member in PEOPLE.items():
            accounts.add_user(desk.services.catalog, name, name.title(), PASSWORD, member=member)
        file_papers(desk)
        yield desk


def signed_in(app: FastAPI, name: str, counter: str | None = None) -> TestClient:
    """A person's browser, signed in; at this counter where one is given."""
    client = TestClient(app, headers={"Origin": ORIGIN}, follow_redirects=False)
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    if counter is not None:
        assert client.post("/desk/counter", data={"counter": counter}).status_code == 303
    return client


@contextmanager
def small_desk(home: Path) -> Iterator[Desk]:
    with reviewed_desk(Settings(home=home, jobs=1)) as desk:
        yield desk
