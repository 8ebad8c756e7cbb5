"""Limits on size and time of request bodies: small for unknown senders, larger for known ones.

A body is read only when it is needed. The limit starts at `STRANGER`; code that has identified the sender
raises it (`allow_body`). A request that sends more, or too slowly, is answered at once, and the connection is
closed, so that the rest is never read.
"""

import asyncio
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanflow.errors import OversizedInputError

STRANGER = 16 * 2**10
"""Bytes of a form that anybody may send: a name and the longest password, percent-encoded."""

KNOWN = 64 * 2**10
"""Bytes of a form or JSON of somebody who is signed in, or of a counter's agent."""

SLOWEST = 4 * 2**10
"""Bytes per second that a body must reach, after the seconds that each body may take."""

_KEY = "scanflow.body"
_BODILESS = {"GET", "HEAD", "OPTIONS", "DELETE"}


class Body:
    """The body of one request, while it is received."""

    def __init__(self, headers: Headers, limit: int, seconds: float, receive: Receive) -> None:
        self.announced = _announced(headers)
        self.limit = limit
        self.unread = self.announced > 0 or "Transfer-Encoding" in headers
        self._seconds = seconds
        self._receive = receive
        self._received = 0
        self._begun: float | None = None

    async def receive(self) -> Message:
        """The next part. Raises HTTPException: 413 for more than the limit, 408 when it takes too long."""
        if not self.unread:
            return await self._receive()
        if self.announced > self.limit:
            raise HTTPException(413)
        self._begun = self._begun or time.monotonic()
        until = self._begun + self._seconds + self._received / SLOWEST
        try:
            message = await asyncio.wait_for(self._receive(), until - time.monotonic())
        except TimeoutError:
            raise HTTPException(408) from None
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self.unread = message.get("more_body", False)
            if self._received > self.limit:
                self.unread = True
                raise HTTPException(413)
        return message


class Bodies:
    """Middleware: limits each body as described above; a body with a method without one is refused."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = 0 if scope["method"] in _BODILESS else STRANGER
        body = scope[_KEY] = Body(Headers(scope=scope), limit, self._seconds, receive)

        async def send_and_close(message: Message) -> None:
            # The rest of the body is never read, so the connection can't be used for another request.
            if message["type"] == "http.response.start" and body.unread:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        if body.unread and not limit:
            await PlainTextResponse("no body is wanted here\n", 413)(scope, receive, send_and_close)
            return
        await self._app(scope, body.receive, send_and_close)


def _announced(headers: Headers) -> int:
    """The bytes that a request's header states; 0 where it states none."""
    announced = headers.get("Content-Length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else 0


def allow_body(request: Request, limit: int) -> None:
    """Allow so many bytes for a request's body, after its sender was identified."""
    body = request.scope.get(_KEY)
    if isinstance(body, Body) and request.method not in _BODILESS:
        body.limit = limit


async def read_body(request: Request, limit: int) -> bytes:
    """A request's body, up to `limit` bytes; its sender was identified. Raises OversizedInputError."""
    allow_body(request, limit)
    if (announced := _announced(request.headers)) > limit:
        raise OversizedInputError(f"the file has {announced} bytes, {limit} are allowed")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise OversizedInputError(f"the file has more than the {limit} bytes that are allowed")
        parts.append(part)
    return b"".join(parts)
