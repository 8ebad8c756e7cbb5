"""Puts results into the target: whole or not at all, and never over a file that is not our own."""

import errno
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from scanflow.disk import sync_folder
from scanflow.errors import TargetError
from scanflow.night.folders.journal import FileEntry, FileOutcome, Journal, Stamp

_OF_ONE_FILE = frozenset(
    (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
)
"""Errors of one name, not of the disk: other files can still be written."""
_CHUNK = 1 << 20


class SourceError(Exception):
    """The file itself can't be read from its disk."""


class TakenError(Exception):
    """Something else stands where a result should go, or its name can't be written there."""


@dataclass(frozen=True, slots=True)
class Written:
    """A complete result on the disk, under a temporary name."""

    path: Path
    stamp: Stamp


def stamp_of(path: Path, *, hashed: bool = False) -> Stamp:
    """A file as it is now. Raises OSError."""
    state = path.stat()
    digest = ""
    if hashed:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    return Stamp(state.st_size, state.st_mtime_ns, digest)


def is_result(path: Path, result: Stamp | None) -> bool:
    """Whether the file there is this result: by size and time, or by its bytes (if it was copied since)."""
    if result is None:
        return False
    try:
        found = stamp_of(path)
        if found.size != result.size:
            return False
        return found.modified == result.modified or stamp_of(path, hashed=True).sha256 == result.sha256
    except OSError:
        return False


def write(journal: Journal, data: bytes) -> Written:
    """Write a result beside its place. Raises TargetError."""

    def fill(file: IO[bytes]) -> str:
        file.write(data)
        return sha256(data).hexdigest()

    return _written(journal, fill)


def copy(journal: Journal, source: Path) -> Written:
    """Copy a file beside its place, with its time of change. Raises SourceError, TargetError."""
    try:
        opened = source.open("rb")
    except OSError as error:
        raise SourceError(error.strerror or "it failed") from error
    with opened:
        times = os.fstat(opened.fileno())

        def fill(file: IO[bytes]) -> str:
            digest = sha256()
            while chunk := _chunk(opened):
                file.write(chunk)
                digest.update(chunk)
            file.flush()
            os.utime(file.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
            return digest.hexdigest()

        return _written(journal, fill)


def _chunk(opened: IO[bytes]) -> bytes:
    try:
        return opened.read(_CHUNK)
    except OSError as error:
        raise SourceError(error.strerror or "it failed") from error


def _written(journal: Journal, fill: Callable[[IO[bytes]], str]) -> Written:
    try:
        with tempfile.NamedTemporaryFile(dir=journal.unfinished, delete=False) as file:
            digest = fill(file)
            file.flush()
            os.fsync(file.fileno())
        path = Path(file.name)
        return Written(path, replace(stamp_of(path), sha256=digest))
    except OSError as error:
        raise _of_target(journal.target, error) from error


def settle(journal: Journal, entry: FileEntry, written: Written) -> FileEntry:
    """Enter a file's outcome, and rename its result to `entry.target`.

    Raises TakenError where something else stands there, TargetError.
    """
    place = journal.target / entry.target
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not _may_replace(journal, entry, place):
            raise TakenError(f"{entry.target}: something else stands there in the target; it stays as it is")
        replaced = stamp_of(place) if place.exists() else None
        entry = replace(entry, result=written.stamp, replaced=replaced)
        journal.add(entry)
        written.path.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        if error.errno in _OF_ONE_FILE:
            raise TakenError(f"{entry.target}: {error.strerror}") from error
        raise _of_target(journal.target, error) from error
    finally:
        written.path.unlink(missing_ok=True)
    return entry


def _may_replace(journal: Journal, entry: FileEntry, place: Path) -> bool:
    """Whether the existing file may be replaced: our own older result, or the very file that was read."""
    before = journal.entry(entry.name)
    # `replaced`: a kill may have come after the newer entry and before its result got its name.
    own = (before.result, before.replaced) if before and before.target == entry.target else ()
    if any(is_result(place, each) for each in own):
        return True
    return is_result(place, replace(entry.source, modified=-1))


def enter(journal: Journal, entry: FileEntry) -> FileEntry:
    """Enter the outcome of a file without a result. Raises TargetError."""
    try:
        journal.add(entry)
    except OSError as error:
        raise _of_target(journal.target, error) from error
    return entry


def refused(entry: FileEntry, reason: str, reason_vi: str, code: str = "refused") -> FileEntry:
    """The entry of a file that nothing was written of."""
    return replace(
        entry,
        outcome=FileOutcome.REFUSED,
        target="",
        result=None,
        code=code,
        reason=reason,
        reason_vi=reason_vi,
    )


def _of_target(target: Path, error: OSError) -> TargetError:
    return TargetError(
        f"{target}: {error.strerror}; what is finished stays, and the same command goes on from there",
        f"Không ghi tiếp được vào thư mục {target}: hãy kiểm tra dung lượng và ổ đĩa rồi chạy lại lệnh.",
    )
