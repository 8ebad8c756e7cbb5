"""Writing files and names of files durably to the disk, and for their own user only."""

import os
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from scanflow.errors import SettingsError

_PRIVATE = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_UNFINISHED = ".scanflow-unfinished-"  # the program's name, so that no other program's file is removed
_ABANDONED_AFTER = 86_400  # seconds: no file of ours takes a day between two writes


def write_synced(path: Path, data: bytes) -> None:
    """Write a file; its bytes are on the disk when this returns, its name once its folder is synced."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, parts: Iterable[bytes], mode: int | None = None) -> None:
    """Write a file whole or not at all: under another name in its folder, synced, then renamed.

    Its name is on the disk once its folder is synced. It gets the permissions `mode`; without one only this
    user may read it. Raises OSError; then the folder is as it was.
    """
    import tempfile  # noqa: PLC0415 - it loads more than most commands need

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            unfinished.chmod(mode)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Remove what `write_whole` left in a folder when its process was killed: not written to for a day."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):  # another process removes it too, or it is another user's
            if path.stat().st_mtime < time.time() - _ABANDONED_AFTER:
                path.unlink()


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk. Does nothing on Windows, where that isn't needed."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_private() -> None:
    """Make new files of this process and its children (home, spool, store, exports) private to their user."""
    os.umask(_PRIVATE)


def make_home(home: Path) -> None:
    """Make the home folder. Raises SettingsError where that can't be, or nothing can be written to it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        problem = (
            "" if os.access(home, os.W_OK | os.X_OK) else "permission denied, or a read-only file system"
        )
    except OSError as error:
        problem = error.strerror or "it failed"
    if problem:
        raise SettingsError(
            f"home {home}: cannot be written to ({problem}); name another with --home or SCANFLOW_HOME, or "
            "make it writable for this user",
            f"Không ghi được vào thư mục {home}. Hãy chọn thư mục khác bằng --home hoặc SCANFLOW_HOME, hoặc "
            "cấp quyền ghi cho tài khoản này.",
        )


def is_private(place: Path) -> bool:
    """Whether no other user may look into a folder or file; also where it isn't there."""
    try:
        return not place.stat().st_mode & _OTHERS
    except FileNotFoundError:
        return True


def make_like(folder: Path, model: Path) -> None:
    """Make `folder` and what is missing above it, below `model`, for the same users as `model`.

    Raises OSError: FileExistsError or NotADirectoryError where a file stands on the way.
    """
    if folder == model or folder.is_dir():
        return
    make_like(folder.parent, model)
    folder.mkdir(exist_ok=True)
    folder.chmod(stat.S_IMODE(model.stat().st_mode))
