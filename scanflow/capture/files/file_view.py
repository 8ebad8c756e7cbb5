"""Access to parts of a file that another process may truncate at any moment.

A memory map of a truncated file would end the process (SIGBUS); here it is an OSError.
"""

import errno
import os
from dataclasses import dataclass

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class FileView:
    """The `size` bytes of an open file as they are now; reading raises OSError if they aren't there."""

    descriptor: int
    size: int

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, at: slice) -> bytes:
        """The bytes of a slice with a step of one."""
        start, stop, _ = at.indices(self.size)
        wanted = max(0, stop - start)
        found = bytearray()
        while len(found) < wanted:
            more = os.pread(self.descriptor, wanted - len(found), start + len(found))
            if not more:
                raise OSError(errno.ESTALE, "the file was truncated while it was read")
            found += more
        return bytes(found)

    def find(self, what: bytes, start: int = 0) -> int:
        """As `bytes.find`."""
        for at in range(start, self.size, _CHUNK):
            found = self[at : at + _CHUNK + len(what) - 1].find(what)
            if found >= 0:
                return at + found
        return -1

    def rfind(self, what: bytes, start: int = 0) -> int:
        """As `bytes.rfind`."""
        for end in range(self.size, start, -_CHUNK):
            at = max(start, end - _CHUNK)
            found = self[at : end + len(what) - 1].rfind(what)
            if found >= 0:
                return at + found
        return -1
