"""The state of files by which it is seen that one has changed: what was made of them is then made anew."""

from collections.abc import Iterable, Iterator
from pathlib import Path

FileState = tuple[str, int, int, int]


def file_states(files: Iterable[Path]) -> Iterator[FileState]:
    """Name, size, time of change (nanoseconds) and inode of each file; -1 for those that aren't there."""
    for path in files:
        try:
            stat = path.stat()
        except OSError:  # not there, or just replaced
            yield str(path), -1, -1, -1
        else:
            yield str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino
