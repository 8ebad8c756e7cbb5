"""A proxy before an S3 server that misbehaves on demand, as networks and servers do."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Literal

from tests.patience import PATIENCE
from tests.servers import answering

Fault = Literal[
    "error-500",
    "error-503",
    "hang",
    "refuse",
    "cut-upload",
    "cut-answer",
    "damage-upload",
    "damage-download",
    "lie-about-checksum",
]
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]  # a Literal has its values there

HANG_SECONDS = 2.0
_HOP = {"transfer-encoding", "connection", "content-length"}


@dataclass(slots=True)
class Proxy:
    """`fault` may be set at any time; `hits` counts the requests that it affected."""

    endpoint: str
    fault: Fault | None = None
    hits: int = 0


@contextmanager
def failing_proxy(endpoint: str) -> Iterator[Proxy]:
    """A proxy to `endpoint`; gives its own endpoint and its switch."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(OSError):  # the other side gave up, or we cut it off
                super().handle()

        def pass_on(self) -> None:
            fault = proxy.fault
            if fault and self._fail(fault):
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if fault == "damage-upload" and self.command == "PUT" and body:
                proxy.hits += 1
                body = bytes([body[0] ^ 1]) + body[1:]
            answer, data = self._ask(body)
            if fault == "cut-answer" and self.command == "PUT":
                proxy.hits += 1
                self._cut()
                return
            self._answer(answer, data, fault)

        def _fail(self, fault: Fault) -> bool:
            """Whether the request came to nothing."""
            if fault in ("error-500", "error-503"):
                proxy.hits += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(int(fault[-3:]))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return True
            if fault == "hang":
                proxy.hits += 1
                time.sleep(HANG_SECONDS)
                self._cut()
                return True
            if fault == "refuse" or (fault == "cut-upload" and self.command == "PUT"):
                proxy.hits += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
                self._cut()
                return True
            return False

        def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
            connection = http.client.HTTPConnection(endpoint, timeout=PATIENCE)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            return answer, data

        def _answer(self, answer: http.client.HTTPResponse, data: bytes, fault: Fault | None) -> None:
            is_object = bool(answer.getheader("x-amz-meta-sha256"))
            if fault == "damage-download" and self.command == "GET" and is_object:
                proxy.hits += 1
                data = bytes([data[0] ^ 1]) + data[1:]
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() in _HOP:
                    continue
                if fault == "lie-about-checksum" and name.lower() in ("etag", "x-amz-meta-sha256"):
                    proxy.hits += 1
                    value = '"' + "0" * 32 + '"' if name.lower() == "etag" else "0" * 64  # noqa: PLW2901  wrong
                self.send_header(name, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _cut(self) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.pass_on)
    with answering(Handler) as address:
        proxy = Proxy(address)
        yield proxy
