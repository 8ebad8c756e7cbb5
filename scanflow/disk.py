"""What must be on the disk when it is said to be: bytes, and the names of files in a folder."""

import os
from pathlib import Path


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
