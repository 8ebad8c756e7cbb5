"""Locks on files that end with their process, on Linux and on Windows."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[str], *, shared: bool = False) -> bool:  # noqa: ARG001 - there is no shared one
        """Take the lock without waiting; whether it was taken."""
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(file: IO[str], *, shared: bool = False) -> bool:
        """Take the lock without waiting; whether it was taken. Closing the file gives it up."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
