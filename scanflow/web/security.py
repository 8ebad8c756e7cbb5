"""What every answer carries, which requests are refused, and how often a password may be tried."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanflow.settings import WebSettings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers would then send no usable Origin with a form either.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
AGENTS = "/api/"
"""Agents have no cookies: their token is in a header that no foreign page can send."""

_STRICT_TRANSPORT = f"max-age={365 * 24 * 3600}"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Guard:
    """Adds the headers above, and refuses what comes from another site's page or to another host's name."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # What shows people's papers stays in no cache, also after signing out.
                headers.setdefault("Cache-Control", _caching(scope["path"]))
                if self._settings.secure_cookies or scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
            await send(message)

        if not is_our_host(Headers(scope=scope).get("Host", ""), scope.get("server"), self._settings):
            refusal = PlainTextResponse("not a name of this server: see [web] hosts\n", 400)
            await refusal(scope, receive, send_guarded)
            return
        if is_foreign(scope["method"], scope["path"], Headers(scope=scope)):
            refusal = PlainTextResponse("not from here\n", 403)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def is_our_host(stated: str, bound: tuple[str, int | None] | None, settings: WebSettings) -> bool:
    """Whether a Host header names this server: a page elsewhere may have its own name lead to our address.

    `bound` is the address and port that the request came in at.
    """
    try:
        name = urlsplit(f"//{stated}").hostname
    except ValueError:
        return False
    if not name:
        return False
    name = name.rstrip(".")
    here = bound[0] if bound else None
    if name in _LOOPBACK or name in (here, settings.host.lower(), *settings.hosts):
        return True
    return any(
        host == "*" or (host.startswith("*.") and name.endswith(host[1:]) and name != host[2:])
        for host in settings.hosts
    )


def is_foreign(method: str, path: str, headers: Headers) -> bool:
    """Whether a request that changes something comes from a page that isn't ours, or doesn't say."""
    if method in _SAFE_METHODS or path.startswith(AGENTS):
        return False
    return urlsplit(headers.get("Origin", "")).netloc != headers.get("Host", "") or not headers.get("Host")


def _caching(path: str) -> str:
    return "public, max-age=31536000, immutable" if path.startswith("/static/") else "no-store"


@dataclass
class _Tries:
    failed: int = 0
    last: float = 0.0


class Throttle:
    """Makes who guesses passwords wait: after `free` failures twice as long each time, up to `longest`.

    Counted for a name at an address and for an address as a whole, so that a guesser elsewhere keeps nobody
    from signing in. Kept in memory: a restart forgives. Threads may share it.
    """

    def __init__(
        self,
        free: int = 5,
        free_per_address: int = 30,
        longest: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._free_per_address = free_per_address
        self._longest = longest
        self._clock = clock
        self._tries: dict[tuple[str, str], _Tries] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """How many seconds this name at this address must wait before the next try."""
        with self._lock:
            return max(
                self._wait((name, address), self._free),
                self._wait(("", address), self._free_per_address),
            )

    def failed(self, name: str, address: str) -> None:
        """A wrong password."""
        with self._lock:
            self._forget_old()
            for key in ((name, address), ("", address)):
                tries = self._tries.setdefault(key, _Tries())
                tries.failed += 1
                tries.last = self._clock()

    def passed(self, name: str, address: str) -> None:
        """The right one: this name's failures here are forgotten."""
        with self._lock:
            self._tries.pop((name, address), None)

    def _wait(self, key: tuple[str, str], free: int) -> int:
        tries = self._tries.get(key)
        if tries is None or tries.failed < free:
            return 0
        pause = min(2.0 ** min(tries.failed - free, 16), self._longest)
        return max(0, math.ceil(tries.last + pause - self._clock()))

    def _forget_old(self) -> None:
        oldest = self._clock() - 4 * self._longest
        self._tries = {key: tries for key, tries in self._tries.items() if tries.last >= oldest}
