"""Server-sent events: `changed` when what a page shows has changed, `signed-out` when its session has ended.

A change in this process is published by the desk; changes by other processes, and agents that connect or
disconnect, are noticed by a check each second.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from scanflow.errors import CatalogUnavailableError, DeskError, NotFoundError
from scanflow.web.authentication import desk_of, still_signed_in

_LOOK_SECONDS = 1.0
_QUIET_SECONDS = 15.0
"""Something is sent this often, because proxies close silent streams."""
_SESSION_SECONDS = 5.0
_PAUSE_SECONDS = 0.2
"""After each event: a feeder's pages come faster than a browser redraws the page."""

Stamp = Callable[[], str]
"""Gives a value that differs whenever what a page shows has changed."""


def event_stream(request: Request, stamp: Stamp, batch_id: str | None = None) -> StreamingResponse:
    """Events for a page of one stack, or of all where `batch_id` is None."""
    return StreamingResponse(
        _events(request, stamp, batch_id),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},  # or nginx would collect them
    )


async def _events(request: Request, stamp: Stamp, batch_id: str | None) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    changed_here = asyncio.Event()

    def on_change(changed: str) -> None:
        if batch_id in (None, changed):
            with suppress(RuntimeError):  # the loop has ended, and the page's stream with it
                loop.call_soon_threadsafe(changed_here.set)

    yield "retry: 1000\n\n"
    known: str | None = None
    said = asked = time.monotonic()
    with desk_of(request).events.subscribed(on_change):
        while not request.app.state.closing.is_set() and not await request.is_disconnected():
            changed_here.clear()
            now = await run_in_threadpool(_looked, stamp, known)
            if now != known:
                # The first is sent too: a page that comes back may have missed some.
                yield f"event: changed\ndata: {now}\n\n"
                known, said = now, time.monotonic()
                await asyncio.sleep(_PAUSE_SECONDS)
            elif time.monotonic() - said > _QUIET_SECONDS:
                yield ": still here\n\n"
                said = time.monotonic()
            if time.monotonic() - asked > _SESSION_SECONDS:
                asked = time.monotonic()
                if not await run_in_threadpool(_signed_in, request):
                    yield "event: signed-out\ndata:\n\n"
                    return
            with suppress(TimeoutError):
                await asyncio.wait_for(changed_here.wait(), _LOOK_SECONDS)


def _looked(stamp: Stamp, known: str | None) -> str | None:
    try:
        return stamp()
    except CatalogUnavailableError:  # nothing new while it can't be reached
        return known
    except (DeskError, NotFoundError) as error:  # gone: the page asks and is told
        return error.code


def _signed_in(request: Request) -> bool:
    try:
        return still_signed_in(request)
    except CatalogUnavailableError:
        return True
