"""The audit log of views: endpoints that show papers are marked with `shows`, others with `shows_nothing`.

A view is in the audit log before the answer is sent. Routes of people's pages use `ViewRoute`; a test finds
routes without a mark.
"""

import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from scanflow.archive.catalog import Catalog
from scanflow.archive.logbook import LISTED, VIEWED, LogEntry, batch_subject, page_subject
from scanflow.clock import now
from scanflow.web.authentication import AuthenticatedRoute, Signed

_MARK = "__shows__"
_SAME_SECONDS = 60.0
"""Seconds: a page that is fetched again, and its pictures, count once in this time."""
_MOST_REMEMBERED = 10_000

What = Literal["stacks", "stack", "page"]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Shown:
    """What an endpoint shows: the lists of stacks, a stack, or one page of it. `always`: logged each time,
    not only once a minute for the same session.
    """

    what: What
    always: bool = False


def shows(what: What, *, always: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint whose answer shows papers. Its path has `batch_id`, and `no` for a page."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, Shown(what, always))
        return endpoint

    return mark


def shows_nothing(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint whose answer shows nothing of anybody's papers."""
    setattr(endpoint, _MARK, None)
    return endpoint


def says_what_it_shows(endpoint: Callable[..., Any]) -> bool:
    """Whether an endpoint is marked either way."""
    return hasattr(endpoint, _MARK)


class ViewRoute(AuthenticatedRoute):
    """Enters what its endpoint shows in the audit log, before the answer is sent."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        # As in `AuthenticatedRoute`.
        handle = super().get_route_handler()
        shown: Shown | None = getattr(self.endpoint, _MARK, None)

        async def handle_and_log(request: Request) -> Response:
            response = await handle(request)
            if shown is not None and _has_content(response):
                await run_in_threadpool(_log, request, shown)
            return response

        return handle_and_log


class ViewLog:
    """Enters views in the audit log. Views at the same time are committed together."""

    def __init__(self, catalog: Catalog, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalog = catalog
        self._clock = clock
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._seen: dict[tuple[Any, ...], float] = {}

    def note(self, entry: LogEntry, unless: tuple[Any, ...] | None = None) -> None:
        """Enter a view; it is committed when this returns. Not again within a minute after the same `unless`.

        Raises CatalogError.
        """
        if unless is not None and self._is_known(unless):
            return
        ticket = _Ticket(entry)
        with self._lock:
            self._waiting.append(ticket)
        with self._writing:
            # The thread that had this lock before may have written this entry, too.
            if not ticket.done:
                self._write()
        if ticket.error is not None:
            raise ticket.error
        if unless is not None:
            self._remember(unless)

    def _write(self) -> None:
        with self._lock:
            tickets, self._waiting = self._waiting, []
        error: Exception | None = None
        try:
            with self._catalog.transaction() as connection:
                for ticket in tickets:
                    self._catalog.append_log(ticket.entry, connection=connection)
        except Exception as caught:  # raised in each waiting thread
            error = caught
        for ticket in tickets:
            ticket.error, ticket.done = error, True

    def _is_known(self, key: tuple[Any, ...]) -> bool:
        with self._lock:
            return self._clock() - self._seen.get(key, float("-inf")) < _SAME_SECONDS

    def _remember(self, key: tuple[Any, ...]) -> None:
        with self._lock:
            self._seen[key] = self._clock()
            if len(self._seen) > _MOST_REMEMBERED:
                limit = self._clock() - _SAME_SECONDS
                self._seen = {each: at for each, at in self._seen.items() if at > limit}


@dataclass(slots=True)
class _Ticket:
    entry: LogEntry
    done: bool = False
    error: Exception | None = None


def _has_content(response: Response) -> bool:
    """Whether an answer shows something: redirects don't, and errors are raised."""
    return response.status_code == 200 and "HX-Redirect" not in response.headers


def _log(request: Request, shown: Shown) -> None:
    signed: Signed = request.state.signed
    action, subject = _subject(request, shown.what)
    width = request.query_params.get("width") if shown.what == "page" else None
    after = {"width": width} if width else None
    entry = LogEntry(now(), signed.user.name, action, subject, after=after)
    views: ViewLog = request.app.state.views
    views.note(entry, None if shown.always else (signed.token, subject, width))


def _subject(request: Request, what: What) -> tuple[str, str]:
    if what == "stacks":
        return LISTED, "stacks"
    batch_id = str(request.path_params["batch_id"])
    if what == "stack":
        return VIEWED, batch_subject(batch_id)
    return VIEWED, page_subject(batch_id, int(request.path_params["no"]))
