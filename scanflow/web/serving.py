"""The application on a socket, until a signal: then open event streams end and the server with them."""

import socket
import threading
from types import FrameType

import uvicorn

from scanflow.desk.opened import Desk
from scanflow.web.app import make_app

_GRACE = 5
"""Seconds for requests in hand; agents and browsers ask again."""


def serve(desk: Desk, bound: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    app = make_app(desk)
    config = uvicorn.Config(
        app,
        # Paths name batches and bodies hold numbers of people's dossiers: neither belongs into a log.
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
        # Behind a proxy all clients would look like it: its word on who asks is believed from loopback only.
        proxy_headers=True,
        server_header=False,
    )
    _Server(config, app.state.closing).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Tells the application when it is to end: uvicorn itself would wait for the streams."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._closing.set()
        super().handle_exit(sig, frame)
