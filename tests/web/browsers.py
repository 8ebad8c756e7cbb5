"""Pages in a browser: a fault on one fails the test, and anybody can use them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.patience import PATIENCE
from tests.web.serving import PASSWORD

WIDE, NARROW = ViewportSize(width=1366, height=768), ViewportSize(width=390, height=844)
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
_RUN = "() => axe.run(document, {resultTypes: ['violations']})"
_GRAVE = {"serious", "critical"}


@contextmanager
def faultless_pages(browser: Browser, address: str, **options: Any) -> Iterator[Callable[[], Page]]:
    """Opens pages, each in a browser context of its own; `options` are those of `Browser.new_context`.

    They are closed at the end. A script with an error, or one that the page's policy forbids, fails the test.
    """
    contexts = []
    faults: list[str] = []

    def open_page() -> Page:
        context = browser.new_context(viewport=WIDE, base_url=address, locale="vi-VN", **options)
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@contextmanager
def search_page(browser: Browser, address: str, user: str) -> Iterator[Page]:
    """The search page of a user who has signed in."""
    with faultless_pages(browser, address) as open_page:
        page = open_page()
        sign_in(page, user)
        yield page


def sign_in(page: Page, user: str) -> None:
    """Sign in, and wait for the search page."""
    page.goto("/")
    fill_in_sign_in(page, user)
    expect(page.locator("#q")).to_be_focused()


def fill_in_sign_in(page: Page, user: str) -> None:
    """Fill in the sign-in page that is shown, and send it off by keyboard."""
    page.locator("#name").fill(user)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")


def require_access(page: Page) -> None:
    """Nothing on the page keeps a person from using it, as far as a program can tell (axe-core)."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(_RUN)
    grave = [
        (fault["id"], fault["help"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in _GRAVE
    ]
    assert grave == []


def require_good_page(page: Page) -> None:
    """On a wide and on a narrow screen anybody can use the page, and nobody has to scroll sideways."""
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        require_access(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.set_viewport_size(WIDE)
