"""Readings of whole files, kept outside the repository so that a bench on splitting or types reads each once.

A reading is kept by the file's checksum and what reads it (program version, engine; for a bench that
compares readings before and after a change also the source code). The folder is `var/readings`, or what
`BENCH_READINGS` names; it can be removed at any time.
"""

import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from bench.programs import unpack_for_reading
from fixtures.extra import ROOT
from scanflow import __version__
from scanflow.ledger.readings import decode, encode
from scanflow.model import PageReading
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings


class CachedReader:
    """Reads files, each once; the engine is opened when the first page is not there yet."""

    def __init__(
        self, folder: Path | None = None, settings: Settings | None = None, made_by: str = ""
    ) -> None:
        self.folder = folder or Path(os.environ.get("BENCH_READINGS", ROOT / "var" / "readings"))
        self.settings = settings or Settings()
        self._made_by = made_by

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.settings.ocr)

    def folder_of(self, path: Path) -> Path:
        """Where what was read of a file is kept."""
        made_by = re.sub(r"\W+", "-", f"{__version__}-{self.engine.name}-{self._made_by}".strip("-"))
        return self.folder / made_by / sha256(path.read_bytes()).hexdigest()

    def read(self, path: Path) -> list[PageReading]:
        """All pages of a file in order, blank ones too."""
        folder = self.folder_of(path)
        whole = folder / "whole"
        if whole.exists():
            return [decode((folder / f"{no:04}").read_bytes()) for no in range(int(whole.read_text()))]
        folder.mkdir(parents=True, exist_ok=True)
        found = list(self._pages(path, folder))
        _write(whole, str(len(found)).encode())
        return found

    def first(self, path: Path) -> PageReading:
        """The first page alone."""
        folder = self.folder_of(path)
        folder.mkdir(parents=True, exist_ok=True)
        return next(self._pages(path, folder))

    def _pages(self, path: Path, folder: Path) -> Iterator[PageReading]:
        for no, page in enumerate(unpack_for_reading(path, self.settings).pages):
            kept = folder / f"{no:04}"
            if not kept.exists():
                _write(kept, encode(read_page(page, self.engine, self.settings)))
            yield decode(kept.read_bytes())


def source_fingerprint() -> str:
    """Changes with the source code that has a part in reading: `made_by` of who compares its versions."""
    found = sha256()
    for room in ("capture", "imaging", "ocr", "recognition", "text"):
        for path in sorted((ROOT / "scanflow" / room).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _write(path: Path, data: bytes) -> None:
    """Write the file completely or not at all: two benches may write the same page."""
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
