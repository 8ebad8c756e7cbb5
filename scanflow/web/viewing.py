"""The audit log of views: endpoints that show papers are marked with `shows`, others with `shows_nothing`.

A view is in the audit log before the answer is sent. Routes of people's pages use `ViewRoute`; a test finds
routes without a mark.
"""

import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from scanflow.archive.catalog import Catalog
from scanflow.archive.logbook import (
    EXPORTED,
    LISTED,
    VIEWED,
    LogEntry,
    batch_subject,
    document_subject,
    dossier_subject,
    page_subject,
)
from scanflow.clock import now
from scanflow.web.addresses import number_of
from scanflow.web.authentication import AuthenticatedRoute, Signed

_MARK = "__shows__"
_SAME_SECONDS = 60.0
"""Seconds: a page that is fetched again, and its pictures, count once in this time."""
_MOST_REMEMBERED = 10_000

What = Literal["stacks", "stack", "page", "dossiers", "dossier", "document", "filed-page", "file", "source"]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Shown:
    """What an endpoint shows: the lists of stacks, a stack, or one page of it; lists of dossiers, one, a
    document of it, a page of that, or its file. `always`: logged each time, not only once a minute for the
    same session.
    """

    what: What
    always: bool = False


def shows(what: What, *, always: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint whose answer shows papers. Its path has `batch_id`, and `no` for a page; for what is
    filed `key` (the dossier's number), `no` (the document's) and `page_no`.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, Shown(what, always))
        return endpoint

    return mark


def shows_nothing(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint whose answer shows nothing of anybody's papers."""
    setattr(endpoint, _MARK, None)
    return endpoint


def shows_what_it_logs(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint that enters by itself what its answer shows: the search and its hits."""
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
        """Enter a view; it is committed when this returns. Skipped within a minute after the same `unless`.

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

    def note_all(self, entries: Sequence[LogEntry]) -> None:
        """Enter several at once; they are committed when this returns. Raises CatalogError."""
        with self._catalog.transaction() as connection:
            for entry in entries:
                self._catalog.append_log(entry, connection=connection)

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
    after = _details(request, shown.what)
    entry = LogEntry(now(), signed.user.name, action, subject, after=after)
    views: ViewLog = request.app.state.views
    views.note(entry, None if shown.always else (signed.token, subject, repr(after)))


def _details(request: Request, what: What) -> dict[str, Any] | None:
    """Which page of a document, in which width and version, as far as the request says."""
    if what not in ("page", "filed-page", "file"):
        return None
    said = {name: request.query_params.get(name) for name in ("width", "version")}
    if what == "page":
        said.pop("version")
    if "page_no" in request.path_params:
        said["page"] = str(request.path_params["page_no"])
    return {name: value for name, value in said.items() if value} or None


def _subject(request: Request, what: What) -> tuple[str, str]:
    path = request.path_params
    if what in ("stacks", "dossiers"):
        return LISTED, what
    if what == "stack":
        return VIEWED, batch_subject(str(path["batch_id"]))
    if what == "page":
        return VIEWED, page_subject(str(path["batch_id"]), int(path["no"]))
    number = number_of(str(path["key"]))
    if what == "dossier":
        return VIEWED, dossier_subject(number)
    taken_along = what in ("file", "source")
    return EXPORTED if taken_along else VIEWED, document_subject(number, int(path["no"]))
