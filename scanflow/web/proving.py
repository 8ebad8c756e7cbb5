"""Adds a proof to each answer to a counter's agent, whichever part of the application gives it."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanflow.proof import NONCE_HEADER, PROOF_HEADER, proof_of

_PREFIX = "/api/counter/"
_NONCE = re.compile(r"[0-9a-f]{32,64}")


class Proving:
    """Middleware: the outermost one, so that refusals by others are proven, too.

    Answers on these paths have a few hundred bytes; they are kept until they are complete.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keys = _keys(scope)
        if keys is None:
            await self._app(scope, receive, send)
            return
        token, nonce = keys
        start: Message = {}
        parts: list[bytes] = []

        async def send_proven(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if message.get("more_body", False):
                    return
                body = b"".join(parts)
                proof = proof_of(token, nonce, start["status"], body)
                MutableHeaders(scope=start)[PROOF_HEADER] = proof
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self._app(scope, receive, send_proven)


def bearer_token(headers: Headers) -> str:
    """The token of a call; empty if there is none."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _keys(scope: Scope) -> tuple[str, str] | None:
    """Token and nonce of a call to which the answer is to be proven."""
    if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
        return None
    headers = Headers(scope=scope)
    token, nonce = bearer_token(headers), headers.get(NONCE_HEADER, "")
    return (token, nonce) if token and _NONCE.fullmatch(nonce) else None
