"""A real browser, a real server with a real agent, and a virtual scanner; and desks without a browser."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, sync_playwright

from scanflow.desk.context import Desk
from scanflow.web.app import make_app
from tests.scanner.sane import find_airscan
from tests.tools import missing
from tests.web.browsers import faultless_pages
from tests.web.clerk import Clerk
from tests.web.place import Place
from tests.web.reviewing import signed_in, small_desk

_BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""The first starts in half the time; elsewhere only the second may be had."""
CHROMIUM = next((path for path in _BROWSERS if Path(path).exists()), _BROWSERS[0])
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _one_event_loop() -> Iterator[None]:
    """Let a module's `TestClient`s share an event loop; else each request starts one, and a thread for it."""
    with start_blocking_portal() as portal:
        TestClient.portal = portal
        yield
        TestClient.portal = None


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with filed dossiers of two agencies, and people who review them (tests/web/reviewing.py)."""
    with small_desk(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(desk: Desk) -> FastAPI:
    """The web application on that desk; its search index has what is filed."""
    made = make_app(desk)
    made.state.review.index.update()
    return made


@pytest.fixture(scope="module")
def thu(app: FastAPI) -> TestClient:
    """A reviewer of the northern agency, signed in."""
    return signed_in(app, "thu")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without its own windows and menus, with a profile of its own.

    One a module: as long as it is open an event loop runs, which other modules' programs would mind.
    """
    if not Path(CHROMIUM).exists():
        missing("no browser here: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A centre that this module's tests share; each has its own dossiers."""
    if shutil.which("scanimage") is None or find_airscan() is None:
        missing("no SANE or no driver for AirScan here: apt-get install sane-utils sane-airscan")
    with Place(tmp_path_factory.mktemp("place")) as opened:
        yield opened


@pytest.fixture
def new_clerk(browser: Browser, place: Place) -> Iterator[Callable[[str], Clerk]]:
    """Makes clerks, each with a browser that nobody has used before."""
    try:
        with faultless_pages(browser, place.address, reduced_motion="reduce") as open_page:
            yield lambda name: Clerk(name, open_page())
    finally:  # the next test begins with an empty feeder
        place.scanner.clear()
        place.scanner.unload()


@pytest.fixture
def clerk(new_clerk: Callable[[str], Clerk]) -> Clerk:
    """Trần Thị Lan, signed in at the counter."""
    lan = new_clerk("lan")
    lan.sign_in()
    return lan
