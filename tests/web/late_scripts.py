"""A slow connection: a page has arrived and its scripts have not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

_LOOK_MS = 50
_SCRIPTS = re.compile(r"/static/.*\.js")


@contextmanager
def late_scripts(page: Page) -> Iterator[None]:
    """Hold back scripts until the end of the block; pages are opened in it with `wait_until="commit"`."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(_SCRIPTS, hold)
    yield
    for route in held:
        route.continue_()
    page.unroute(_SCRIPTS)


def wait_for_head(page: Page) -> None:
    """Wait until the page has begun to arrive. Playwright's own waiting needs a drawn frame, and there is
    none yet.
    """
    while not page.evaluate("document.querySelector('script') !== null"):
        page.wait_for_timeout(_LOOK_MS)
