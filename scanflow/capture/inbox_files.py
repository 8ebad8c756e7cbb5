"""Files of an inbox (thư mục nhận): read without following links, and released once they are stored."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from scanflow.capture.inbox import DONE, QUARANTINE, FileStamp, Inbox, Place
from scanflow.clock import date_in_vietnam, now
from scanflow.disk import make_like, sync_folder
from scanflow.errors import NotStillError, OversizedInputError, UnsupportedInputError
from scanflow.logs import get_logger
from scanflow.names import fitting_name, printable_name
from scanflow.settings import InboxSettings

log = get_logger(__name__)


def open_regular(path: Path, root: Path, limit: int | None = None) -> bytes:
    """All bytes of a regular file inside `root`; no link is followed.

    Raises UnsupportedInputError for anything else than a regular file inside `root`, OversizedInputError
    above `limit` bytes, NotStillError if the file changed while it was read, OSError if it is gone.
    """
    name = printable_name(path.name)
    with _opened(path, root) as descriptor:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise UnsupportedInputError(f"{name}: not a regular file")
        if limit is not None and before.st_size > limit:
            raise OversizedInputError(f"{name}: {before.st_size} bytes, more than {limit}")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(before.st_size + 1)
        if FileStamp.of(os.fstat(descriptor)) != FileStamp.of(before) or len(data) != before.st_size:
            raise NotStillError(f"{name}: changed while it was read")
    return data


@contextmanager
def _opened(path: Path, root: Path) -> Iterator[int]:
    """Open `path` from `root` downwards, folder by folder, so that no link can lead elsewhere."""
    root, name = root.resolve(), printable_name(path.name)
    try:
        steps = (root / path).relative_to(root).parts
    except ValueError:
        raise UnsupportedInputError(f"{name}: not inside the inbox") from None
    if not steps or ".." in steps:
        raise UnsupportedInputError(f"{name}: not inside the inbox")
    # A FIFO would block without O_NONBLOCK; for regular files it changes nothing.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(root, flags | os.O_DIRECTORY)
    try:
        for index, step in enumerate(steps):
            folder = os.O_DIRECTORY if index < len(steps) - 1 else 0
            deeper = os.open(step, flags | folder, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
            raise UnsupportedInputError(f"{name}: a link or a device, not a file") from error
        raise
    finally:
        os.close(descriptor)


def release(
    inbox: Inbox,
    files: Sequence[Path],
    settings: InboxSettings,
    place: Place = DONE,
) -> list[OSError]:
    """Take files out of the inbox: into `done/<date>/<subfolder>/`, or deleted where the settings say so.

    Only for files whose objects and catalog rows are confirmed. With `place` `quarantine` they are never
    deleted. A file that changed since it was handed out stays, and is handed out again. Moving overwrites
    nothing and keeps the name's bytes; where the name exists already, a number is added. The errors of files
    that can't be moved are returned; the other files are released.
    """
    touched: set[Path] = set()
    refused: list[OSError] = []
    for path in files:
        try:
            touched |= _release(inbox, path, settings, place)
        except OSError as error:
            refused.append(error)
    for folder in touched:
        with suppress(FileNotFoundError):  # an emptied subfolder may have been removed
            sync_folder(folder)
    return refused


def _release(inbox: Inbox, path: Path, settings: InboxSettings, place: Place) -> set[Path]:
    """Release one file; gives the folders whose entries changed."""
    if inbox.was_changed(path):
        log.warning("inbox-changed-after-reading", inbox=str(inbox.root))
        return set()
    if place == DONE and settings.release == "delete":
        path.unlink()
        return {path.parent}
    name, source = path.name, path
    if path.parent == inbox.root and name in (DONE, QUARANTINE):
        # Its name is that of the folder which must be made.
        source = path.rename(_reserve(inbox.root, f".{name}"))
    target = _make_target(inbox.root / place / date_in_vietnam(now()).isoformat(), path, inbox.root)
    place_there = _reserve(target, name)
    try:
        source.rename(place_there)
    except OSError:
        place_there.unlink()
        raise
    above = {folder for folder in (target, *target.parents) if folder.is_relative_to(inbox.root)}
    return above | {path.parent}


def _make_target(day: Path, path: Path, root: Path) -> Path:
    """The folder of a day for the files of a subfolder of the inbox; another name where that can't be made.

    It gets the permissions of the inbox.
    """
    below = path.parent.relative_to(root)
    try:
        make_like(day / below, root)
    except OSError as error:
        # A file that was released before has the name of one of the folders, or the path is too long.
        if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise
        below = Path(f"folder-{sha256(os.fsencode(below)).hexdigest()[:16]}")
        make_like(day / below, root)
    return day / below


def _reserve(folder: Path, name: str) -> Path:
    """Reserve a free name by creating an empty file, so that renaming can't overwrite another file."""
    number = 1
    while True:
        candidate = folder / (name if number == 1 else fitting_name(name, f"-{number}"))
        try:
            candidate.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return candidate
