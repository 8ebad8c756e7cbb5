"""Where the tests' files go: a file system in memory where there is one.

Our programs and the servers sync what they write. A disk takes some ten milliseconds for that, memory
none, and a test that kills programs can't tell them apart.
"""

import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30


def folder_in_memory() -> Path | None:
    """A folder on such a file system, or None where there is none with room."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


def temporary_folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """A folder in memory or else on the disk; removed when its `with` ends."""
    return tempfile.TemporaryDirectory(prefix=prefix, dir=folder_in_memory(), ignore_cleanup_errors=True)
