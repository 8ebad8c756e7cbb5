"""Saved searches: a person's own, shared within the agency only, and finding the agency's papers only."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete

from scanflow.archive.database.tables import saved_searches
from scanflow.archive.log.queries import LogQuery, find
from scanflow.desk.context import Desk
from scanflow.review import saved
from tests.web.reviewing import signed_in

WHAT = "q=nguyễn+thị&type=can-cuoc&sort=newest&tolerant=true"


@pytest.fixture(autouse=True)
def _none_is_left(desk: Desk) -> Iterator[None]:
    """The desk is the module's: each test removes what it has saved."""
    yield
    with desk.services.catalog.transaction() as connection:
        connection.execute(delete(saved_searches))


def listed(client: TestClient) -> str:
    text: str = client.get("/review").text
    return text.partition('id="saved"')[2].partition("</section>")[0]


def test_a_search_is_kept_with_its_filters_and_removed(desk: Desk, app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    assert not listed(thu)
    said = thu.post(f"/review/saved?{WHAT}", data={"name": "  Căn cước   họ Nguyễn "})
    assert said.status_code == 303 and "type=can-cuoc" in said.headers["location"]
    found = listed(thu)
    assert "Căn cước họ Nguyễn" in found
    question = found.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert thu.get(question).status_code == 200
    for part in ("type=can-cuoc", "sort=newest", "tolerant=true", "nguy%E1%BB%85n"):
        assert part in question
    thu.post("/review/saved?q=khác", data={"name": "Căn cước họ Nguyễn"})
    assert listed(thu).count("<li>") == 1, "the same name again replaces it"
    number = listed(thu).partition("/review/saved/")[2].partition("/")[0]
    assert thu.post(f"/review/saved/{number}/remove").status_code == 303
    assert not listed(thu)
    actions = [each.entry.action for each in find(desk.services.catalog, LogQuery(person="thu"), 100)]
    assert "search saved" in actions and "search removed" in actions


def test_shared_ones_are_seen_in_the_own_agency_only(app: FastAPI) -> None:
    thu, binh, nam = (signed_in(app, name) for name in ("thu", "binh", "nam"))
    thu.post("/review/saved?q=riêng", data={"name": "của riêng"})
    thu.post("/review/saved?q=chung", data={"name": "dùng chung", "shared": "true"})
    assert listed(thu).count("<li>") == 2
    assert "dùng chung" in listed(binh) and "của riêng" not in listed(binh)
    assert not listed(nam)
    number = listed(thu).split("/review/saved/")[2].partition("/")[0]
    for other in (binh, nam):
        assert other.post(f"/review/saved/{number}/remove").status_code == 404
    assert listed(thu).count("<li>") == 2


def test_names_and_numbers_have_limits(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    thu = signed_in(app, "thu")
    for name in ("", "   ", "x" * 81, "\x00"):
        assert thu.post("/review/saved?q=a", data={"name": name}).status_code == 422
    thu.post("/review/saved?q=%3Cscript%3E", data={"name": '<script>"'})
    assert "<script>" not in listed(thu) and "&lt;script&gt;" in listed(thu)
    monkeypatch.setattr(saved, "MOST", 1)
    assert thu.post("/review/saved?q=a", data={"name": "another"}).status_code == 422
    assert signed_in(app, "lan").post("/review/saved?q=a", data={"name": "x"}).status_code == 403
    assert (
        thu.post("/review/saved?q=a", data={"name": "x"}, headers={"Origin": "http://evil"}).status_code
        == 403
    )
