"""A slow connection: a page has come, and its scripts have not."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route

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
