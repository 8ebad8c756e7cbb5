"""A person's own account: another password, other sessions, and signing out of a page that is left open."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import log, sessions
from scanflow.archive.people import accounts, counter_accounts, rate_limit, user_sessions
from scanflow.clock import now
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.errors import DeniedError
from scanflow.settings import Settings
from scanflow.web.app import make_app
from tests.patience import PATIENCE
from tests.web.browsers import require_access
from tests.web.clerk import Clerk
from tests.web.place import COUNTER, PASSWORD
from tests.web.processes import web_process
from tests.web.serving import ORIGIN, opened_desk

NEW = "mật khẩu mới của Lan"
QUIET = timedelta(minutes=50)
"""Without use; after 60 minutes a session ends."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(Settings(home=tmp_path)) as opened:
        accounts.add_user(opened.services.catalog, "lan", "Trần Thị Lan", PASSWORD)
        counter_accounts.make_counter(opened.services.catalog, COUNTER)
        yield opened


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    """Lan's browser, signed in at the counter."""
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False) as opened:
        assert opened.post("/sign-in", data={"name": "lan", "password": PASSWORD}).status_code == 303
        opened.post("/desk/counter", data={"counter": COUNTER})
        yield opened


def change(client: TestClient, old: str, new: str = NEW, again: str = NEW) -> int:
    return int(client.post("/account", data={"old": old, "new": new, "again": again}).status_code)


def begun(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        return list(connection.scalars(select(sessions.c.token)))


def test_a_person_changes_the_own_password(client: TestClient, desk: Desk) -> None:
    catalog = desk.services.catalog
    elsewhere = user_sessions.begin_session(catalog, "lan", COUNTER)
    before = begun(catalog)
    assert change(client, PASSWORD) == 303
    assert client.get("/account").status_code == 200  # by the new cookie
    assert len(begun(catalog)) == 1 and not set(begun(catalog)) & set(before)
    client.cookies.set("scanflow_session", elsewhere)
    assert client.get("/account").status_code == 303
    accounts.check_password(catalog, "lan", NEW)
    with pytest.raises(DeniedError):
        accounts.check_password(catalog, "lan", PASSWORD)
    with catalog.reading() as connection:
        rows = connection.execute(select(log).where(log.c.action == "password changed")).all()
    assert [(row.actor, row.subject) for row in rows] == [("lan", "users/lan")]


def test_a_new_password_is_typed_twice_and_long_enough(client: TestClient, desk: Desk) -> None:
    assert change(client, PASSWORD, NEW, NEW + "x") == 422
    assert change(client, PASSWORD, "short", "short") == 422
    assert client.post("/account", data={}).status_code == 422
    accounts.check_password(desk.services.catalog, "lan", PASSWORD)


def test_the_old_password_cannot_be_guessed_on_an_open_page(client: TestClient) -> None:
    codes = [change(client, "wrong one") for _ in range(rate_limit.OLD_PASSWORD.tries + 1)]
    assert codes == [403] * rate_limit.OLD_PASSWORD.tries + [429]
    assert change(client, PASSWORD) == 429


def test_sessions_elsewhere_are_shown_and_ended(client: TestClient, desk: Desk) -> None:
    catalog = desk.services.catalog
    accounts.add_user(catalog, "minh", "Minh", PASSWORD)
    mine, other = (user_sessions.begin_session(catalog, name, COUNTER) for name in ("lan", "minh"))
    shown = client.get("/account").text
    assert shown.count(f"<td>{COUNTER}") == 2 and "trình duyệt này" in shown
    assert client.post("/account/sign-out-others").status_code == 303
    expiry = user_sessions.Expiry(timedelta(hours=1), timedelta(hours=1))
    assert user_sessions.session_of_token(catalog, mine, expiry=expiry) is None
    assert user_sessions.session_of_token(catalog, other, expiry=expiry) is not None
    assert client.get("/account").status_code == 200


def test_signing_in_ends_older_sessions_on_request(client: TestClient, desk: Desk) -> None:
    catalog = desk.services.catalog
    older = begun(catalog)
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False) as new:
        new.post("/sign-in", data={"name": "lan", "password": PASSWORD})
        assert set(older) < set(begun(catalog))
        new.cookies.delete("scanflow_session")
        new.post("/sign-in", data={"name": "lan", "password": PASSWORD, "others": "true"})
    assert len(begun(catalog)) == 1 and not set(begun(catalog)) & set(older)


def test_signing_in_again_ends_the_browsers_own_session(client: TestClient, desk: Desk) -> None:
    older = begun(desk.services.catalog)
    assert client.post("/sign-in", data={"name": "lan", "password": PASSWORD}).status_code == 303
    assert len(begun(desk.services.catalog)) == 1 and begun(desk.services.catalog) != older


def test_what_a_page_fetches_by_itself_does_not_prolong_the_session(client: TestClient, desk: Desk) -> None:
    """Each change at the counter lets every open page fetch itself anew; that once kept its session alive for
    ever.
    """
    catalog = desk.services.catalog
    mine = stacks.open_stack(desk, clerk="lan", counter=COUNTER, number=None, procedure=None)
    at = f"/desk/stacks/{mine}"
    refresh = {"HX-Request": "true"}

    def is_use(method: str, path: str) -> bool:
        with catalog.transaction() as connection:
            connection.execute(update(sessions).values(seen_at=now() - QUIET))
        answer = client.request(method, path, headers=refresh)
        assert answer.status_code < 500
        with catalog.reading() as connection:
            seen_at = connection.execute(select(sessions.c.seen_at)).scalar_one()
        return bool(now() - seen_at < QUIET / 2)

    for path in ("/desk/parts", f"{at}/parts", f"{at}/pages/1.jpg", f"{at}/filed?part=true"):
        assert not is_use("GET", path), path
    for path in ("/desk", at, f"{at}/filed", f"{at}/describe", "/account", "/desk/counter"):
        assert is_use("GET", path), path
    assert is_use("POST", f"{at}/stop")


def test_a_page_left_open_is_signed_out(browser: Browser, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_catalog(settings) as catalog:
        accounts.add_user(catalog, "lan", "Trần Thị Lan", PASSWORD)
        counter_accounts.make_counter(catalog, COUNTER)
    with (
        open_catalog(settings) as catalog,
        web_process(settings, tmp_path) as server,
        browser.new_context(base_url=server.address, locale="vi-VN") as context,
    ):
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        # The page asks once when it begins to listen: an answer that came later would be the sign-in page.
        with page.expect_response("**/desk/parts"):
            Clerk("lan", page).sign_in()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        with catalog.transaction() as connection:
            connection.execute(update(sessions).values(seen_at=now() - 2 * QUIET))
        expect(page.locator("#password")).to_be_visible()
        assert any(url.endswith("/desk/parts") for url in asked)


def test_the_account_page_is_for_everybody_in_both_languages(browser: Browser, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_catalog(settings) as catalog:
        accounts.add_user(catalog, "lan", "Trần Thị Lan", PASSWORD)
        counter_accounts.make_counter(catalog, COUNTER)
        user_sessions.begin_session(catalog, "lan")
    with (
        web_process(settings, tmp_path) as server,
        browser.new_context(base_url=server.address, locale="vi-VN") as context,
    ):
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        clerk = Clerk("lan", page)
        clerk.sign_in()
        page.get_by_role("link", name="Tài khoản của bạn: Trần Thị Lan").click()
        expect(page.locator("#sessions tbody tr")).to_have_count(2)
        require_access(page)
        page.locator("#old").focus()
        for word in ("sai rồi nhé", NEW, NEW):
            clerk.type(word)
            clerk.press("Tab")
        clerk.press("Enter")
        expect(page.locator("#problem")).to_contain_text("hiện tại chưa đúng")
        require_access(page)
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
        page.get_by_role("button", name="Sign out everywhere else").click()
        expect(page.locator("#done")).to_have_text("All your other sessions have ended.")
        expect(page.locator("#sessions tbody tr")).to_have_count(1)
        for field, word in (("#old", PASSWORD), ("#new", NEW), ("#again", NEW)):
            page.locator(field).fill(word)
        page.get_by_role("button", name="Change the password").click()
        expect(page.locator("#done")).to_contain_text("The password is changed.")
        require_access(page)
