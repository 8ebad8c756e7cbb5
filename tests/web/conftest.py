"""A real browser before a real server with a real agent and a scanner that isn't."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.patience import PATIENCE
from tests.scanner.sane import find_airscan
from tests.tools import missing
from tests.web.clerk import Clerk
from tests.web.place import Place

_BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""The first starts in half the time; elsewhere only the second may be had."""
CHROMIUM = next((path for path in _BROWSERS if Path(path).exists()), _BROWSERS[0])
SCREEN = ViewportSize(width=1366, height=768)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _one_event_loop() -> Iterator[None]:
    """A module's `TestClient`s share an event loop; else each request starts one, and a thread for it."""
    with start_blocking_portal() as portal:
        TestClient.portal = portal
        yield
        TestClient.portal = None


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
    """Makes clerks, each with a browser that nobody has used before. A fault on a page fails the test."""
    contexts = []
    faults: list[str] = []

    def make(name: str) -> Clerk:
        context = browser.new_context(
            viewport=SCREEN, base_url=place.address, locale="vi-VN", reduced_motion="reduce"
        )
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        return Clerk(name, page)

    yield make
    for context in contexts:
        context.close()
    # What lies in the feeder after a test is nobody else's.
    place.scanner.clear()
    place.scanner.unload()
    assert faults == []


@pytest.fixture
def clerk(new_clerk: Callable[[str], Clerk]) -> Clerk:
    """Trần Thị Lan, signed in and sitting at the counter."""
    lan = new_clerk("lan")
    lan.sign_in()
    return lan
