"""The outcome of each file, kept beside the results in `.scanflow/journal.jsonl`: one line a file.

A line is on the disk before the result gets its name. So a line counts only while its result exists and is
the file that was written: after a kill at any moment nothing is half done, and nothing is done twice. The
last line about a file counts. A line that was cut off by a kill is dropped.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Self

from scanflow.disk import sync_folder
from scanflow.errors import UsageError
from scanflow.file_locks import try_lock
from scanflow.logs import get_logger

FOLDER = ".scanflow"
"""In the target: journal, report, and results that are not whole yet."""

log = get_logger(__name__)


class FileOutcome(StrEnum):
    """The outcome of a file."""

    READ = "read"
    """Read and written anew as a searchable PDF with the same images."""
    KEPT = "kept"
    """Copied byte for byte: every page has text of its own, or text that is better than what we read."""
    SIGNED = "signed"
    """Copied byte for byte, since a new file would lose the digital signature."""
    FILLED = "filled"
    """Copied byte for byte, since a new file would lose attachments or a form's entries."""
    UNREADABLE = "unreadable"
    """Damaged, protected by a password, or above the limits: copied byte for byte, or listed only."""
    OTHER = "other"
    """Neither PDF nor image: copied byte for byte, or listed only."""
    REFUSED = "refused"
    """Nothing was written: something else stands in its place, or it can't be opened."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file's state: size in bytes, time of change in nanoseconds, SHA-256 (empty: not known)."""

    size: int
    modified: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The outcome of a file, with its `name` below the folder.

    `target` is the result's name below the target, empty where nothing was written. `reader` says by what and
    how it was read; `read` and `kept` count its pages that were read and those that kept the text that they
    had. `confidence` is the mean of the pages that were read, 0 to 1. `left_out` is what the source contains
    besides its pages, which the result does not (`Outlines`). `tries`: how often it was unreadable.
    `replaced` is the older result that stood in its place.
    """

    name: str
    source: Stamp
    outcome: FileOutcome
    at: str
    reader: str = ""
    target: str = ""
    result: Stamp | None = None
    replaced: Stamp | None = None
    pages: int = 0
    read: int = 0
    kept: int = 0
    confidence: float | None = None
    left_out: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    reason_vi: str = ""
    tries: int = 0
    seconds: float = 0.0


class Journal:
    """The journal of a target, which only one program at a time has open."""

    def __init__(self, target: Path, file: IO[str]) -> None:
        self.target = target
        self.unfinished = target / FOLDER / "unfinished"
        self._file = file
        self._writing = threading.Lock()
        self._entries = {entry.name: entry for entry in _lines(file)}

    @classmethod
    @contextmanager
    def opened(cls, target: Path) -> Iterator[Self]:
        """Open the journal of a target, made if missing. Raises UsageError where that can't be."""
        folder = target / FOLDER
        try:
            (folder / "unfinished").mkdir(parents=True, exist_ok=True)
            file = (folder / "journal.jsonl").open("a+", encoding="ascii", newline="\n")
        except OSError as error:
            raise UsageError(
                f"{target}: {error.strerror}", f"Không ghi được vào thư mục {target}."
            ) from error
        with file:
            if not try_lock(file):
                raise UsageError(
                    f"{target}: another scanflow is at work there",
                    f"Một chương trình scanflow khác đang ghi vào thư mục {target}.",
                )
            for left in (folder / "unfinished").iterdir():
                left.unlink()  # of a program that was killed
            sync_folder(folder)
            yield cls(target, file)

    def entry(self, name: str) -> FileEntry | None:
        """The entry of a file, whether or not it is still valid."""
        return self._entries.get(name)

    def add(self, entry: FileEntry) -> None:
        """Add a file's outcome; it is on the disk when this returns. Raises OSError."""
        line = json.dumps(asdict(entry), separators=(",", ":")) + "\n"
        with self._writing:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._entries[entry.name] = entry


def _lines(file: IO[str]) -> Iterator[FileEntry]:
    """The entries of a journal; a last line that was cut off by a kill is removed."""
    file.seek(0)
    end = 0
    for line in file:
        if not line.endswith("\n"):
            break
        end += len(line)  # ASCII: characters are bytes
        try:
            yield _entry(json.loads(line))
        except (ValueError, TypeError, KeyError):
            log.warning("journal-line-unreadable")
    file.truncate(end)
    file.seek(0, os.SEEK_END)


def _entry(values: dict[str, Any]) -> FileEntry:
    """An entry as `add` has written it. Raises ValueError, TypeError, KeyError for anything else."""
    return FileEntry(
        result=_stamp(values.pop("result")),
        replaced=_stamp(values.pop("replaced")),
        source=Stamp(**values.pop("source")),
        outcome=FileOutcome(values.pop("outcome")),
        left_out=tuple(values.pop("left_out")),
        **values,
    )


def _stamp(values: Any) -> Stamp | None:
    return None if values is None else Stamp(**values)
