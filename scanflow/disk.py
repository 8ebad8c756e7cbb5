"""What must be on the disk when it is said to be: bytes, and the names of files in a folder; and who may
look at it.
"""

import os
import stat
from pathlib import Path

_PRIVATE = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_synced(path: Path, data: bytes) -> None:
    """Write a file; its bytes are on the disk when this returns, its name once its folder is synced."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_private() -> None:
    """Whatever this program and those that it starts make from now on is for its own user only: the home, the
    spool, the store's folder, exports. The one rule on that; who wants to share something changes its mode.
    """
    os.umask(_PRIVATE)


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
