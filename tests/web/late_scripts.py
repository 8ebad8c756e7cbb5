"""A slow connection: a page has come, and its scripts have not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

_LOOK_MS = 50
_SCRIPTS = re.compile(r"/static/.*\.js")


@contextmanager
def late_scripts(page: Page) -> Iterator[None]:
    """Scripts that are asked for within the block come at its end; pages are opened there with
    `wait_until="commit"`.
    """
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(_SCRIPTS, hold)
    yield
    for route in held:
        route.continue_()
    page.unroute(_SCRIPTS)


def wait_for_head(page: Page) -> None:
    """Until the page has begun to come. Playwright's own waiting needs frames, of which none is drawn yet."""
    while not page.evaluate("document.querySelector('script') !== null"):
        page.wait_for_timeout(_LOOK_MS)
