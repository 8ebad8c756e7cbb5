"""A server between a counter's agent and our server; it sometimes answers itself, as proxies do."""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import Any

from scanflow.proof import NONCE_HEADER, PROOF_HEADER, proof_of
from tests.patience import PATIENCE
from tests.servers import answering

_HOP = {"transfer-encoding", "connection", "content-length", "server", "date"}


@dataclass(frozen=True)
class Call:
    """A call as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def order(self) -> int:
        parts = self.path.split("/")
        return int(parts[4]) if "orders" in parts else 1

    @property
    def right(self) -> dict[str, Any]:
        """All values that our server could answer the call with."""
        no = int(self.path.split("/")[-1]) if "/pages/" in self.path else 0
        page = {"order": self.order, "no": no, "sha256": sha256(self.body).hexdigest(), "held": 99}
        order = {"id": 7, "kind": "scan", "device": "d", "profile": "papers", "single": False, "stop": False}
        return {**page, **order, "counter": "Quầy 1", "limits": {"page_bytes": 1, "order_pages": 1}}


@dataclass(frozen=True)
class Reply:
    """What comes back; `cut`: the connection ends before the body does."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Forger = Callable[[Call], Reply | None]
"""None: the call is passed on."""


@dataclass
class Impostor:
    """`forger` may be set at any time, `of` are the methods that it is for; `last`: our server's reply."""

    address: str
    forger: Forger | None = None
    of: tuple[str, ...] = ("GET", "POST", "PUT")
    hits: int = 0
    last: Reply | None = None


def said(body: Any, status: int = 200) -> Forger:
    """A forger that answers every call with the same JSON or the same bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _call: Reply(status, data, {"Content-Type": "application/json"})


def right(
    change: Mapping[str, Any] | None = None, *, proven_by: str = "", status: int = 200
) -> Callable[[Call], Reply]:
    """A forger that answers as our server would, with some values changed; given the token, with a proof."""

    def reply(call: Call) -> Reply:
        data = json.dumps({**call.right, **(change or {})}).encode()
        proof = proof_of(proven_by, call.headers[NONCE_HEADER], status, data) if proven_by else ""
        return Reply(status, data, {PROOF_HEADER: proof})

    return reply


def echo(call: Call) -> Reply:
    """A forger that returns all that it was sent, in the body and in the headers."""
    data = json.dumps({**call.right, "headers": dict(call.headers)}).encode()
    back = {name: value for name, value in call.headers.items() if name.startswith("X-")}
    return Reply(200, data, {**back, PROOF_HEADER: call.headers[NONCE_HEADER]})


@contextmanager
def impostor_before(address: str) -> Iterator[Impostor]:
    """An impostor before a server; gives its address and its switch."""
    endpoint = address.removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(OSError):  # the other side gave up
                super().handle()

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, dict(self.headers.items()), body)
            forger = impostor.forger
            forged = forger(call) if forger and self.command in impostor.of else None
            if forged:
                self._answer(forged)
                impostor.hits += 1
                return
            connection = http.client.HTTPConnection(endpoint, timeout=PATIENCE)
            connection.request(self.command, self.path, body, call.headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            reply = Reply(answer.status, answer.read(), kept)
            connection.close()
            if self.command == "PUT":
                impostor.last = reply
            self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status not in (204, 304):
                self.send_header("Content-Length", str(len(reply.body) + (100 if reply.cut else 0)))
            self.end_headers()
            if reply.status not in (204, 304):
                self.wfile.write(reply.body)
            self.close_connection |= reply.cut

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    for method in ("GET", "PUT", "POST"):
        setattr(Handler, f"do_{method}", Handler.pass_on)
    with answering(Handler) as here:
        impostor = Impostor(f"http://{here}")
        yield impostor
