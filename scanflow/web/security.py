"""Security headers, refused requests, and the number of passwords that are checked at the same time."""

from collections.abc import Callable
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanflow.web_settings import WebSettings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send no usable Origin with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
AGENTS = "/api/"
"""Path of the agents' interface. Agents have no cookies: their token is in a header that pages of other sites
can't send.
"""

_STRICT_TRANSPORT = f"max-age={365 * 24 * 3600}"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SecurityMiddleware:
    """Adds the headers above; refuses requests from pages of other sites, and for other host names."""

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
                # People's papers must not be cached, so that they can't be seen after signing out.
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
    """Whether a Host header names this server: another site may let its own name lead to our address.

    `bound` is the address and port at which the request arrived.
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
    """Whether a request that changes something comes from a page of another site, or has no Origin."""
    if method in _SAFE_METHODS or path.startswith(AGENTS):
        return False
    return urlsplit(headers.get("Origin", "")).netloc != headers.get("Host", "") or not headers.get("Host")


def _caching(path: str) -> str:
    return "public, max-age=31536000, immutable" if path.startswith("/static/") else "no-store"


class BusyError(Exception):
    """Too many passwords are being checked."""


class PasswordCheckLimiter:
    """Lets `at_once` passwords be checked and `waiting` more wait, without a thread; others are refused.

    Argon2 takes much memory and time on purpose: many attempts of strangers must not take all of it.
    """

    def __init__(self, at_once: int = 2, waiting: int = 8) -> None:
        self._most = at_once + waiting
        self._inside = 0
        self._slots = CapacityLimiter(at_once)

    async def run(self, work: Callable[[], Response]) -> Response:
        """Run `work` in a thread. Raises BusyError at once if too many are waiting."""
        if self._inside >= self._most:
            raise BusyError
        self._inside += 1
        try:
            return await to_thread.run_sync(work, limiter=self._slots)
        finally:
            self._inside -= 1
