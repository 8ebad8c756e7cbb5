"""Signing in, the headers of every answer, and what nobody can do without signing in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from scanflow.archive.database.tables import sessions
from scanflow.archive.people import counter_accounts
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.web.app import make_app
from scanflow.web.security import CONTENT_SECURITY_POLICY
from scanflow.web_settings import WebSettings
from tests.web.serving import ORIGIN, PASSWORD, staffed_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False) as opened:
        yield opened


def sign_in(client: TestClient, name: str = "lan", password: str = PASSWORD, where: str = "/desk") -> int:
    answer = client.post("/sign-in", data={"name": name, "password": password, "next": where})
    assert answer.status_code != 303 or answer.headers["Location"].startswith("/")
    return int(answer.status_code)


def sit_down(client: TestClient) -> None:
    assert sign_in(client) == 303
    assert client.post("/desk/counter", data={"counter": "Quầy 1"}).status_code == 303


@pytest.mark.parametrize("path", ["/", "/desk", "/desk/stacks/x", "/desk/counter", "/desk/events"])
def test_strangers_are_asked_to_sign_in(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert answer.url.path == "/sign-in"
    part = client.get("/desk/parts", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == "/sign-in"


def test_bookmarks_of_former_addresses_lead_to_the_desk(client: TestClient) -> None:
    for path in ("", "/stacks/x", "?number=H57.132-260804-0583"):
        answer = client.get(f"/station{path}")
        assert (answer.status_code, answer.headers["Location"]) == (308, f"/desk{path}")
    assert client.get("/stationery").status_code == 404


def test_every_answer_is_guarded(client: TestClient) -> None:
    sit_down(client)
    for path in ("/desk", "/sign-in", "/nowhere", "/static/scanflow.css"):
        answer = client.get(path)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        kept = answer.headers["Cache-Control"]
        assert kept == "no-store" if "static" not in path else "max-age" in kept
        assert "<script>" not in answer.text and "style=" not in answer.text


def test_the_cookie_is_for_our_pages_only(client: TestClient, desk: Desk) -> None:
    answer = client.post("/sign-in", data={"name": "lan", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
    web = WebSettings(secure_cookies=True)
    services = desk.services
    secure = services.settings.model_copy(update={"web": web})
    object.__setattr__(services, "settings", secure)
    cookie = client.post("/sign-in", data={"name": "lan", "password": PASSWORD}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-") and "secure" in cookie.lower()


def test_another_sites_page_can_change_nothing(client: TestClient) -> None:
    sit_down(client)
    for origin in ("https://evil.example", "null", ""):
        answer = client.post("/desk/stacks", data={"number": ""}, headers={"Origin": origin})
        assert answer.status_code == 403
    assert "HX-Redirect" in client.post("/desk/stacks", data={"number": ""}).headers


def test_a_wrong_password_says_what_to_do_and_guessing_slows_down(client: TestClient) -> None:
    codes = [sign_in(client, password="wrong") for _ in range(6)]
    assert codes == [403] * 5 + [429]
    answer = client.post("/sign-in", data={"name": "lan", "password": PASSWORD})
    assert answer.status_code == 429 and "chờ" in answer.text
    assert sign_in(client, "minh") == 303


def test_signing_out_ends_the_session(client: TestClient, desk: Desk) -> None:
    sit_down(client)
    token = client.cookies["scanflow_session"]
    client.post("/sign-out")
    client.cookies.set("scanflow_session", token)
    assert client.get("/desk").headers["Location"].startswith("/sign-in")
    with desk.services.catalog.reading() as connection:
        assert connection.execute(select(sessions)).all() == []


def test_a_link_leads_where_it_was_to_lead_but_not_away(client: TestClient) -> None:
    asked = client.get("/desk/stacks/x")
    assert asked.headers["Location"] == "/sign-in?next=/desk/stacks/x"
    for where in ("https://evil.example", "//evil.example"):
        data = {"name": "lan", "password": PASSWORD, "next": where}
        assert client.post("/sign-in", data=data).headers["Location"] == "/desk"


def test_a_clerk_without_a_counter_is_asked(client: TestClient) -> None:
    sign_in(client)
    assert client.get("/desk").headers["Location"] == "/desk/counter"
    assert client.post("/desk/counter", data={"counter": "Quầy 9"}).status_code == 404


def test_what_is_anothers_stays_theirs(client: TestClient, desk: Desk) -> None:
    sit_down(client)
    theirs = stacks.open_stack(desk, clerk="minh", counter="Quầy 1", number=None, procedure=None)
    at = f"/desk/stacks/{theirs}"
    for path in (at, f"{at}/parts", f"{at}/pages/1.jpg", f"{at}/describe", f"{at}/filed"):
        assert client.get(path).status_code == 403, path
    for action, data in (
        ("scan", {}), ("stop", {}), ("turn", {"no": "1", "degrees": "90"}), ("remove", {"no": "1"}),
        ("restore", {"no": "1"}), ("arrange", {"papers": "1"}), ("split", {"no": "1"}), ("join", {"no": "1"}),
        ("type", {"first": "1"}), ("attest", {"first": "1"}), ("describe", {}), ("rescan", {"no": "1"}),
        ("hand-in", {"revision": "0"}), ("give-up", {}), ("choose", {}), ("look", {}),
    ):  # fmt: skip
        answer = client.post(f"{at}/{action}", data=data)
        assert answer.status_code == 403, action
        assert "đang do Minh xử lý" in answer.text


def test_a_stack_is_scanned_where_it_was_begun(client: TestClient, desk: Desk) -> None:
    sit_down(client)
    batch_id = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)
    counter_accounts.make_counter(desk.services.catalog, "Quầy 2")
    assert client.post("/desk/counter", data={"counter": "Quầy 2"}).status_code == 303
    assert "· Quầy 1" in client.get(f"/desk/stacks/{batch_id}").text
    client.post(f"/desk/stacks/{batch_id}/choose", data={"device": "dev", "profile": "duplex"})
    client.post("/desk/choose", data={"device": "other", "profile": "papers"})
    chosen = {counter.name: counter.device for counter in counter_accounts.counters(desk.services.catalog)}
    assert chosen == {"Quầy 1": "dev", "Quầy 2": "other"}


def test_errors_are_pages_that_say_what_to_do(client: TestClient) -> None:
    sit_down(client)
    answer = client.get("/desk/stacks/no-such")
    assert answer.status_code == 404 and "Quay lại danh sách" in answer.text
    client.post("/language", data={"language": "en"})
    answer = client.get("/desk/stacks/no-such")
    assert "Go back to the list" in answer.text
    part = client.post("/desk/stacks/no-such/stop", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Retarget"]) == (404, "#notice")
    assert "<html" not in part.text


def test_what_was_sent_is_not_repeated(client: TestClient) -> None:
    sit_down(client)
    answer = client.post("/desk/stacks/x/turn", data={"no": "private", "degrees": "1"})
    assert answer.status_code == 422 and "private" not in answer.text
