"""Single sign-on in Chromium: to the provider and back, signing out, and answers that sign nobody in."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from tests.web.browsers import faultless_pages, require_access
from tests.web.serving import serving_agents
from tests.web.single_sign_on import PERSONS, sso_desk, sso_settings


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The sign-in page, before a provider on another port."""
    persons = [User(sub=sub, claims=claims) for sub, claims in PERSONS.items()]
    with ExitStack() as stack:
        server = stack.enter_context(run_server_in_thread(user_claims=persons))
        settings = sso_settings(f"http://localhost:{server.server_port}")
        desk = stack.enter_context(sso_desk(tmp_path, settings))
        address = stack.enter_context(serving_agents(desk))
        opened = stack.enter_context(faultless_pages(browser, address))()
        opened.goto("/sign-in")
        yield opened


def begin(page: Page) -> str:
    """Go to the provider; the state that it was given."""
    page.goto("/sign-in")
    page.locator("#sso").click()
    expect(page).to_have_url(re.compile("/oauth2/authorize"))
    return parse_qs(urlsplit(page.url).query)["state"][0]


def require_nobody(page: Page) -> None:
    expect(page.locator("#problem")).to_be_visible()
    page.goto("/review")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_person_signs_on_and_out_and_wrong_answers_sign_nobody_in(page: Page) -> None:
    require_access(page)
    answers: list[str] = []
    page.on("request", lambda sent: answers.append(sent.url) if "/sso/back?" in sent.url else None)
    begin(page)
    page.locator("input[name=sub]").fill("s-1")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_be_focused()
    page.get_by_role("button", name="Đăng xuất").click()
    page.get_by_role("link", name="Đăng xuất", exact=False).click()
    page.get_by_role("button", name="End session").click()
    expect(page.locator("#name")).to_be_visible()
    # The same answer again; a used code with a new state; a wrong state; the provider's refusal.
    (answer,) = answers
    page.goto(answer)
    require_nobody(page)
    used = parse_qs(urlsplit(answer).query)["code"][0]
    for code, state in ((used, begin(page)), ("new", "wrong")):
        page.goto(f"/sign-in/sso/back?{urlencode({'code': code, 'state': state})}")
        require_nobody(page)
        begin(page)
    page.get_by_role("button", name=re.compile("deny", re.IGNORECASE)).click()
    require_nobody(page)
