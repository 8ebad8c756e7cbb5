"""Serves the application on a socket until a signal; then open event streams end, and the server ends."""

import asyncio
import socket
import threading
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from scanflow.desk.context import Desk
from scanflow.web.app import make_app

_GRACE = 5
"""Seconds for current requests at the end; agents and browsers ask again."""

_HEAD_BYTES = 16 * 2**10
"""Of a request's line and headers."""


def serve(desk: Desk, bound: socket.socket, stop: threading.Event) -> None:
    """Serve until SIGTERM, Ctrl-C or `stop`, which is for signals before the server handles them."""
    app = make_app(desk)
    seconds = desk.services.settings.web.request_seconds
    config = uvicorn.Config(
        app,
        http=type("_TimedProtocol", (_Protocol,), {"head_seconds": seconds}),
        h11_max_incomplete_event_size=_HEAD_BYTES,
        ws="none",
        # Paths contain ids of batches, and bodies numbers of people's dossiers: neither may be logged.
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
        # The application handles proxies, by `[web] trusted_proxies`.
        proxy_headers=False,
        server_header=False,
    )
    _Server(config, app.state.closing, stop).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Tells the application when it must end: uvicorn alone would wait for the streams."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event, stop: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        if self._stop.is_set():
            self._closing.set()
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._closing.set()
        super().handle_exit(sig, frame)


class _Protocol(H11Protocol):
    """Closes connections without a complete request head after some time: uvicorn alone would wait."""

    head_seconds: float

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_head()

    def _watch_head(self) -> None:
        """Start the timer: at a connection's start, or with a request's first byte, until its head is
        complete.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget_head()
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.head_seconds, self.transport.close)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
