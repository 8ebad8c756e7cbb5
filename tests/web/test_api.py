"""The API: the own agency's papers only, whatever is asked and sent; scopes; each view in the log."""

import inspect
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from scanflow import clock
from scanflow.archive.log.check import check_log
from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import (
    EXPORTED,
    FOUND,
    LISTED,
    SEARCHED,
    TEXT_CORRECTED,
    TYPE_SET,
    VIEWED,
    dossier_subject,
)
from scanflow.archive.logbook import document_subject as subject
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.archive.programs.api_tokens import make_token, revoke_token
from scanflow.desk.context import Desk
from scanflow.membership import Scope
from scanflow.web.addresses import number_key
from scanflow.web.api import batches, dossiers, search, search_helps
from scanflow.web.api.app import ROUTERS
from scanflow.web.api.callers import scopes_of
from scanflow.web.app import make_app
from scanflow.web.bodies import KNOWN
from tests.pipeline.archives import EITHER, archive_settings
from tests.review.filing import file_document
from tests.web.calling import caller, new_token
from tests.web.endless_bodies import answer_of
from tests.web.reviewing import NOBODYS, NORTH, OURS, SOUTH, THEIRS, reviewed_desk, signed_in

BASE = f"/dossiers/{number_key(OURS)}"


@pytest.fixture(scope="module", params=EITHER)
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A program that calls the API of an archive on either pair of backends, for the main tests."""
    settings = archive_settings(tmp_path_factory.mktemp("either"), request, request.param)
    with reviewed_desk(settings) as desk:
        app = make_app(desk)
        app.state.review.index.update()
        yield caller(app, new_token(desk))


@pytest.fixture
def portal(app: FastAPI, desk: Desk) -> TestClient:
    return caller(app, new_token(desk))


def api_of(app: FastAPI) -> FastAPI:
    mount = next(each for each in app.routes if isinstance(each, Mount) and each.path == "/api/v1")
    assert isinstance(mount.app, FastAPI)
    return mount.app


def calls(app: FastAPI, values: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Method, path with these values in its places, and description of all calls."""
    found = []
    for path, item in api_of(app).openapi()["paths"].items():
        filled = filled_in(path, values)
        found += [(method.upper(), filled, said) for method, said in item.items()]
    return found


def filled_in(path: str, values: dict[str, str]) -> str:
    """A path with values in its places."""
    return re.sub(r"\{(\w+)\}", lambda place: values.get(place[1], "1"), path)


PLACES = {"key": number_key(OURS), "upload_id": "0" * 32, "batch_id": "nobody", "code": "1.001193"}


def test_a_dossier_with_its_documents_pages_words_and_files(either: TestClient) -> None:
    portal = either
    listed = portal.get("/dossiers").json()
    assert [each["number"] for each in listed["dossiers"]] == [OURS] and listed["cursor"] == ""
    dossier = portal.get(BASE).json()
    assert [(each["no"], each["pages"]) for each in dossier["documents"]] == [(1, 3), (2, 1)]
    assert dossier["checklist"][0]["documents"] and dossier["procedure"] == "1.001193"
    document = portal.get(f"{BASE}/documents/1").json()
    assert [(each["name"], each["doubtful"]) for each in document["fields"]] == [
        ("name", True),
        ("date", False),
    ]
    page = portal.get(f"{BASE}/documents/1/pages/1").json()
    assert "Nguyễn Thị Hoa" in page["text"] and (page["width"], page["height"]) == (420, 297)
    words = portal.get(f"{BASE}/documents/1/pages/1/words").json()["words"]
    hoa = next(each for each in words if each["text"] == "Hoa")
    assert hoa["confidence"] == 0.4 and len(hoa["box"]) == 4 and words[hoa["index"]] == hoa
    file = portal.get(f"{BASE}/documents/1/file")
    assert file.content.startswith(b"%PDF-") and file.headers["Content-Type"] == "application/pdf"
    tag = file.headers["ETag"]
    again = portal.get(f"{BASE}/documents/1/file", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    picture = portal.get(f"{BASE}/documents/1/pages/1/picture?width=160")
    assert picture.content[:2] == b"\xff\xd8"


def test_lists_come_in_pages(app: FastAPI, desk: Desk) -> None:
    store, catalog = desk.services.store, desk.services.catalog
    numbers = {f"H57.133-260804-01{no:02}" for no in range(5)}
    for number in sorted(numbers):
        file_document(store, catalog, number, [["trang"]], agency=SOUTH)
    south = caller(app, new_token(desk, agency=SOUTH))
    seen, cursor = [], ""
    while True:
        page = south.get("/dossiers", params={"limit": 2, "cursor": cursor}).json()
        assert len(page["dossiers"]) <= 2
        seen += [each["number"] for each in page["dossiers"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) and set(seen) == numbers | {THEIRS}
    for wrong in ("xyz", "%%%", "MjAyNg==", "é"):
        assert south.get("/dossiers", params={"cursor": wrong}).status_code == 422


def test_search_finds_counts_and_pages(either: TestClient) -> None:
    portal = either
    found = portal.get("/search", params={"q": "nguyen thi"}).json()
    assert found["total"] == 2 and {each["dossier"] for each in found["hits"]} == {OURS}
    assert "".join(each["text"] for each in found["hits"][0]["snippet"] if each["matched"])
    assert sum(each["pages"] for each in found["counts"]["type"]) == 2
    for wrong in ({}, {"q": "-hoa"}, {"q": "hoa", "cursor": "xyz"}, {"q": "hoa", "sort": "up"}):
        assert portal.get("/search", params=wrong).status_code == 422


def test_what_is_found_comes_as_csv_and_names_are_suggested(either: TestClient) -> None:
    portal = either
    file = portal.get("/search/found.csv", params={"q": "nguyen thi"})
    assert file.headers["Content-Type"].startswith("text/csv")
    head, *rows = file.content.decode("utf-8-sig").split("\r\n")[:-1]
    assert head.startswith("ma_ho_so,") and len(rows) == 2 and all(row.startswith(OURS) for row in rows)
    for wrong in ({}, {"q": "-hoa"}):
        assert portal.get("/search/found.csv", params=wrong).status_code == 422
    (suggested,) = portal.get("/search/suggestions", params={"q": "to khai dang"}).json()
    assert suggested["text"].lower() == "tờ khai đăng ký khai sinh" and suggested["papers"] == 1
    assert portal.get("/search/suggestions").json() == []


def test_questions_are_kept_by_people_and_shared_with_programs(app: FastAPI, portal: TestClient) -> None:
    thu, nam = signed_in(app, "thu"), signed_in(app, "nam")
    asked = {
        "name": " Họ  Nguyễn ",
        "q": "nguyen thi",
        "type": ["can-cuoc"],
        "sort": "newest",
        "shared": True,
    }
    made = thu.post("/api/v1/search/saved", json=asked)
    assert made.status_code == 201 and (made.json()["name"], made.json()["own"]) == ("Họ Nguyễn", True)
    mine = {"name": "riêng", "q": "~hoa", "tolerant": True}
    assert thu.post("/api/v1/search/saved", json=mine).status_code == 201
    (shared,) = portal.get("/search/saved").json()
    assert (shared["name"], shared["own"], shared["shared"]) == ("Họ Nguyễn", False, True)
    assert portal.get(f"/search?{shared['query']}").json()["total"] == 1
    assert "Họ Nguyễn" in thu.get("/review").text and nam.get("/api/v1/search/saved").json() == []
    # Whose it isn't can't forget it; a token keeps none; what /search refuses is not kept.
    place = f"/api/v1/search/saved/{shared['id']}"
    assert (
        nam.delete(place).status_code == 404
        and portal.delete(f"/search/saved/{shared['id']}").status_code == 403
    )
    assert portal.post("/search/saved", json=asked).status_code == 403
    for wrong in ({"q": "-hoa"}, {"q": ""}, {"q": "a", "sort": "up"}, {"q": "a", "type": [""]}):
        assert thu.post("/api/v1/search/saved", json={"name": "x", **wrong}).status_code == 422, wrong
    assert thu.delete(place).status_code == 204 and portal.get("/search/saved").json() == []


def test_procedures_are_found_and_say_their_papers(portal: TestClient) -> None:
    found = portal.get("/procedures", params={"q": "dang ky", "limit": 1}).json()
    assert len(found["procedures"]) == 1 and found["cursor"]
    said = portal.get("/procedures/1.001193").json()
    assert said["code"] == "1.001193" and said["papers"]
    assert portal.get("/procedures/9.999999").status_code == 404


def test_corrections_are_versions_and_in_the_log(app: FastAPI, desk: Desk) -> None:
    portal = caller(app, new_token(desk, Scope.CORRECT, Scope.READ))
    store, catalog = desk.services.store, desk.services.catalog
    number = "H57.132-260804-0300"
    file_document(store, catalog, number, [["sai chữ", "dòng hai"]], agency=NORTH)
    place = f"/dossiers/{number_key(number)}/documents/1"
    lines = {"version": 1, "lines": [{"first": 0, "count": 2, "text": "đúng chữ"}]}
    made = portal.post(f"{place}/pages/1/lines", json=lines)
    assert made.status_code == 200, made.text
    assert made.json() == {"dossier": number, "key": number_key(number), "no": 1, "version": 2}
    assert portal.get(f"{place}/pages/1").json()["text"].startswith("đúng chữ")
    assert portal.get(f"{place}/pages/1", params={"version": 1}).json()["text"].startswith("sai chữ")
    assert portal.post(f"{place}/pages/1/lines", json=lines).status_code == 409
    said = portal.post(f"{place}/type", json={"version": 2, "type": "can-cuoc"})
    assert said.status_code == 200 and portal.get(place).json()["type"] == "can-cuoc"
    assert portal.post(f"{place}/type", json={"version": 2, "type": "nothing"}).status_code == 422
    not_text = portal.post(f"{place}/type", content=b"z\xff", headers={"Content-Type": "application/json"})
    assert not_text.status_code == 422 and "UTF-8" in not_text.json()["detail"]
    other = "H57.132-260804-0301"
    moved = portal.post(f"{place}/move", json={"version": 2, "to": other}).json()
    assert (moved["dossier"], moved["no"]) == (other, 1) and portal.get(place).status_code == 404
    actions = {(each.entry.actor, each.entry.action) for each in find(catalog, LogQuery(dossier=number), 100)}
    who = next(actor for actor, action in actions if action == TEXT_CORRECTED)
    assert who.startswith("token:portal-") and (who, TYPE_SET) in actions


def test_every_view_is_in_the_chained_log(app: FastAPI, desk: Desk) -> None:
    secret = make_token(desk.services.catalog, "viewer", list(Scope), agency=NORTH)
    portal, who = caller(app, secret), "token:viewer"
    for path in (
        "/dossiers", BASE, f"{BASE}/documents/1", f"{BASE}/documents/1/file", f"{BASE}/documents/1/pages/2",
        f"{BASE}/documents/1/pages/2/words", f"{BASE}/documents/2/pages/1/picture", "/search?q=hoa",
    ):  # fmt: skip
        assert portal.get(path).status_code == 200, path
    seen = [each.entry for each in find(desk.services.catalog, LogQuery(person=who), 100)]
    rows = [(each.action, each.subject) for each in seen]
    assert rows[:7] == [
        (LISTED, "dossiers"),
        (VIEWED, dossier_subject(OURS)),
        (VIEWED, subject(OURS, 1)),
        (EXPORTED, subject(OURS, 1)),
        (VIEWED, subject(OURS, 1)),
        (VIEWED, subject(OURS, 1)),
        (VIEWED, subject(OURS, 2)),
    ]
    assert rows[7] == (SEARCHED, "archive") and (FOUND, subject(OURS, 1)) in rows[8:]
    assert seen[4].after == {"page": "2", "version": "1"} and seen[7].after["query"] == "hoa"
    assert not check_log(desk.services.store, desk.services.catalog).problems


# --- attacks -------------------------------------------------------------------------------------------


def test_another_agencys_papers_answer_as_what_is_not_there(portal: TestClient) -> None:
    """In every place of every call that has a dossier, also after a correction or with odd versions."""
    nothing = number_key(NOBODYS)
    parts = ("", "/file", "/pages/1", "/pages/1/words", "/pages/1/picture")
    for path in ("", *(f"/documents/1{each}" for each in parts)):
        theirs = portal.get(f"/dossiers/{number_key(THEIRS)}{path}")
        unknown = portal.get(f"/dossiers/{nothing}{path}")
        assert theirs.status_code == unknown.status_code == 404, path
        assert theirs.text.replace(THEIRS, "") == unknown.text.replace(NOBODYS, ""), path
        assert theirs.headers.keys() == unknown.headers.keys()
    bodies: dict[str, Any] = {
        "type": {"version": 1, "type": "can-cuoc"},
        "fields": {"version": 1, "fields": [{"index": 0, "was": "", "text": "x"}]},
        "move": {"version": 1, "to": NOBODYS},
        "pages/1/lines": {"version": 1, "lines": [{"first": 0, "count": 1, "text": "x"}]},
    }
    for call, body in bodies.items():
        theirs = portal.post(f"/dossiers/{number_key(THEIRS)}/documents/1/{call}", json=body)
        unknown = portal.post(f"/dossiers/{nothing}/documents/1/{call}", json=body)
        assert theirs.status_code == unknown.status_code == 404, call
        assert theirs.text.replace(THEIRS, "") == unknown.text.replace(NOBODYS, ""), call


def test_no_parameter_of_search_reaches_another_agency(portal: TestClient) -> None:
    theirs = ({"q": "phương nam"}, {"q": f"ma_ho_so:{THEIRS}"}, {"q": f"co_quan:{SOUTH}"}, {"q": "phương~"})
    for asked in theirs:
        found = portal.get("/search", params=asked)
        assert found.json().get("total", 0) == 0 and THEIRS not in found.text, asked
        assert "phương" not in str(found.json().get("closest", "")), asked
    plain = portal.get("/search", params={"q": "hoa"}).json()
    for more in ({"agency": SOUTH}, {"agencies": SOUTH}, {"co_quan": SOUTH}):
        found = portal.get("/search", params={"q": "hoa", **more}).json()
        assert (found["total"], found["counts"]) == (plain["total"], plain["counts"])
    for call in ("suggestions", "found.csv"):
        assert "phương" not in portal.get(f"/search/{call}", params={"q": "phuong n"}).text
    listed = portal.get("/dossiers", params={"agency": SOUTH, "limit": 200}).text
    assert THEIRS not in listed
    # A cursor of another agency's list gives the own list only.
    assert SOUTH not in listed


def test_forged_expired_and_foreign_tokens_are_refused(
    app: FastAPI, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = desk.services.catalog
    counter = make_counter(catalog, "Quầy 9", agency=NORTH)
    expiring = make_token(catalog, "expiring", list(Scope), agency=NORTH, days=1)
    revoked = make_token(catalog, "revoked", list(Scope), agency=NORTH)
    assert caller(app, expiring).get("/dossiers").status_code == 200
    revoke_token(catalog, "revoked")
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    for forged in ("", "x", "sft_" + "A" * 43, counter, expiring, revoked, expiring.upper(), "é"):
        answer = caller(app, "x").get("/dossiers", headers={"Authorization": f"Bearer {forged}".encode()})
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer"), forged
        assert answer.json()["status"] == 401
    # A session does not make up for a wrong token.
    client = signed_in(app, "thu")
    assert client.get("/api/v1/dossiers").status_code == 200
    assert client.get("/api/v1/dossiers", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_token_opens_neither_pages_nor_the_agents_interface(app: FastAPI, desk: Desk) -> None:
    client = TestClient(app, headers={"Authorization": f"Bearer {new_token(desk)}"}, follow_redirects=False)
    for path in ("/review", "/review/dossiers", "/desk"):
        assert client.get(path).headers["Location"].startswith("/sign-in")
    assert client.get("/api/counter/order").status_code == 401


def test_each_call_needs_its_scope(app: FastAPI, desk: Desk) -> None:
    """A token with all scopes except the needed ones is refused, and nothing of the body is read."""
    routes = [each for router in ROUTERS for each in router.routes if isinstance(each, APIRoute)]
    assert len(routes) > 18
    for route in routes:
        wanted = scopes_of(route.endpoint)
        assert wanted is not None, route.path
        if not wanted:
            continue
        client = caller(app, new_token(desk, *(set(Scope) - wanted)))
        path = filled_in(route.path, PLACES)
        for method in route.methods or ():
            answer = client.request(method, path, content=b"{}" if method in ("POST", "PATCH") else None)
            assert answer.status_code == 403, (method, path)
            assert method == "HEAD" or answer.json()["code"] == "denied"


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("thu", {"/dossiers": 200, "/search?q=hoa": 200, "/uploads": 200}),
        ("binh", {"/dossiers": 200, "/search?q=hoa": 200, "/uploads": 403}),
        ("lan", {"/dossiers": 403, "/search?q=hoa": 403, "/uploads": 200, "/procedures": 200}),
        ("nam", {BASE: 404, "/dossiers": 200}),
    ],
)
def test_people_may_what_their_role_may(app: FastAPI, name: str, statuses: dict[str, int]) -> None:
    client = signed_in(app, name)
    assert {path: client.get(f"/api/v1{path}").status_code for path in statuses} == statuses
    body = {"version": 1, "type": "can-cuoc"}
    if name in ("binh", "lan"):
        assert client.post(f"/api/v1{BASE}/documents/2/type", json=body).status_code == 403
    foreign = client.post(
        f"/api/v1{BASE}/documents/2/type", json=body, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


def test_calls_are_limited_a_minute_on_all_servers_together(app: FastAPI, desk: Desk) -> None:
    token = new_token(desk, rate=3)
    client, other = caller(app, token), caller(make_app(desk), token)
    said = [each.get("/procedures").status_code for each in (client, other, client, other, client)]
    assert said == [200, 200, 200, 429, 429]
    refused = other.get("/procedures")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60 and refused.json()["status"] == 429
    assert caller(app, new_token(desk)).get("/procedures").status_code == 200


def test_no_strangers_body_is_read_and_nobodys_without_a_bound(app: FastAPI, desk: Desk) -> None:
    token = new_token(desk, Scope.SEARCH, Scope.CORRECT, Scope.UPLOAD)
    with_body = [call for call in calls(app, PLACES) if "requestBody" in call[2]]
    assert len(with_body) >= 3
    for method, path, said in with_body:
        kind = next(iter(said["requestBody"]["content"]))
        status, headers, asked = answer_of(app, method, f"/api/v1{path}", **{"content-type": kind})
        assert (status, headers["connection"], asked) == (401, "close", 0), path
        known = {"authorization": f"Bearer {token}", "content-type": kind}
        status, headers, asked = answer_of(app, method, f"/api/v1{path}", **known)
        assert headers["connection"] == "close" and asked <= KNOWN // 4096 + 1, path
        assert status == 413 if kind == "application/json" else status in (404, 412), path


ODD = ("-1", "9" * 23, "nan１２", "a\x00b", "~2F~2E~2E~2Fetc", "'; DROP TABLE log; --")


def test_no_odd_value_is_a_failure(app: FastAPI, desk: Desk) -> None:
    portal = caller(app, new_token(desk, rate=100_000))
    failed = []
    tried = 0
    for path, item in api_of(app).openapi()["paths"].items():
        for method, said in item.items():
            for place, name in {(each["in"], each["name"]) for each in said.get("parameters", [])}:
                for odd in ODD:
                    values = PLACES | ({name: quote(odd, safe="")} if place == "path" else {})
                    filled = filled_in(path, values)
                    sent = {"params": {name: odd}} if place == "query" else {}
                    tried += 1
                    if portal.request(method.upper(), filled, **sent).status_code >= 500:
                        failed.append((method, path, name, odd))
    assert tried > 200 and failed == []


def test_errors_are_problems_and_repeat_nothing(app: FastAPI, desk: Desk) -> None:
    portal = caller(app, new_token(desk))
    for method, path, status in (
        ("GET", "/nowhere", 404), ("PUT", "/dossiers", 405), ("GET", "/dossiers?limit=<script>", 422),
        ("GET", f"{BASE}/documents/99", 404), ("POST", "/batches", 422),
    ):  # fmt: skip
        answer = portal.request(method, path)
        assert answer.status_code == status, path
        assert answer.headers["Content-Type"] == "application/problem+json"
        said = answer.json()
        assert said["status"] == status and said["code"] and said["detail"] and said["detail_vi"]
        assert "<script>" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_endpoints_log_what_they_show() -> None:
    """Each route that shows papers makes an entry in the audit log: this fails for a new one without it."""
    for module in (batches, dossiers, search, search_helps):
        routes = [route for route in module.router.routes if isinstance(route, APIRoute)]
        assert len(routes) == len(module.router.routes)
        reading = [route for route in routes if route.methods == {"GET"}]
        assert reading
        for route in reading:
            text = inspect.getsource(route.endpoint)
            assert re.search(r"note_view\(|_note\w*\(|note_found\(|views\.note\(", text), route.path
