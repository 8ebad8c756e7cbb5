"""The state of files: where it has changed, what was made from them is made anew."""

from collections.abc import Iterable, Iterator
from pathlib import Path

FileState = tuple[str, int, int, int]


def file_states(files: Iterable[Path]) -> Iterator[FileState]:
    """Name, size, time of change (nanoseconds) and inode of each file; -1 for missing ones."""
    for path in files:
        try:
            stat = path.stat()
        except OSError:  # not there, or just replaced
            yield str(path), -1, -1, -1
        else:
            yield str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino
