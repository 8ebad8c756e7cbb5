"""Calls with a body that does not end."""

import asyncio

from fastapi import FastAPI

from tests.web.serving import ORIGIN


def answer_of(app: FastAPI, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], int]:
    """Status, headers and how many pieces of a body without end were read."""
    asked = 0
    said: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"a" * 4096, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        said.append(message)

    sent = {"host": "testserver", "origin": ORIGIN, "transfer-encoding": "chunked", **headers}
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "scheme": "http",
        "server": ("testserver", 80), "client": ("127.0.0.1", 1), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # plain dicts are what servers give
    start = said[0]
    pairs: list[tuple[bytes, bytes]] = start["headers"]  # type: ignore[assignment]
    return int(str(start["status"])), {k.decode().lower(): v.decode() for k, v in pairs}, asked
