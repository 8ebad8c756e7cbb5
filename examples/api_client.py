"""A small typed client of scanflow's API: finds pages, fetches a PDF, sends a file in pieces.

    SCANFLOW_TOKEN=sft_… python examples/api_client.py https://scanflow.example.vn "nguyen thi hoa"

Needs httpx only. docs/api.md has the rest.
"""

import base64
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PIECE = 4 * 2**20
"""Bytes that are sent at once."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found; `key` stands for the dossier's number in addresses."""

    dossier: str
    key: str
    document: int
    page: int
    name: str
    snippet: str


class Scanflow:
    """The API of one server. Raises httpx.HTTPStatusError for what it refuses."""

    def __init__(self, server: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=f"{server.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            transport=transport,
        )

    def search(self, text: str) -> Iterator[Hit]:
        """All pages on which something stands."""
        cursor = ""
        while True:
            found = self._get("/search", q=text, cursor=cursor)
            for each in found["hits"]:
                snippet = "".join(piece["text"] for piece in each["snippet"])
                yield Hit(each["dossier"], each["key"], each["document"], each["page"], each["name"], snippet)
            cursor = found["cursor"]
            if not cursor:
                return

    def pdf(self, key: str, document: int) -> bytes:
        """A document's newest PDF."""
        return self._client.get(f"/dossiers/{key}/documents/{document}/file").raise_for_status().content

    def upload(self, file: Path, dossier: str = "") -> str:
        """Send a file piece by piece; the batch in which it was taken, empty where it waits to be taken."""
        said = {"filename": file.name} | ({"dossier": dossier} if dossier else {})
        pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(file.stat().st_size),
            "Upload-Metadata": ",".join(pairs),
        }
        answer = self._client.post("/uploads", headers=headers).raise_for_status()
        place = answer.headers["Location"].removeprefix("/api/v1")
        while (offset := int(answer.headers["Upload-Offset"])) < file.stat().st_size:
            answer = self._send(place, file, offset)
        return str(answer.headers.get("Scanflow-Batch", ""))

    def _send(self, place: str, file: Path, offset: int) -> httpx.Response:
        """The next piece; where the connection breaks, how far the server is."""
        with file.open("rb") as opened:
            opened.seek(offset)
            piece = opened.read(PIECE)
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        try:
            return self._client.patch(place, content=piece, headers=headers).raise_for_status()
        except httpx.TransportError:
            return self._client.head(place, headers={"Tus-Resumable": "1.0.0"}).raise_for_status()

    def _get(self, path: str, **asked: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.get(path, params=asked).raise_for_status().json()
        return found


def main() -> None:
    server, text = sys.argv[1:]
    for hit in Scanflow(server, os.environ["SCANFLOW_TOKEN"]).search(text):
        sys.stdout.write(f"{hit.dossier} {hit.document:02} p. {hit.page}: {hit.name}\n    {hit.snippet}\n")


if __name__ == "__main__":
    main()
