"""Keeping memory that the C library has freed, for processes that handle one large block after another."""

import ctypes

# Of `mallopt`, in <malloc.h>; bytes. The first can't be larger.
_M_MMAP_THRESHOLD, _LARGEST_BLOCK = -3, 32 * 2**20
_M_TRIM_THRESHOLD, _KEPT_MEMORY = -1, 128 * 2**20


def keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next rasters or files, as much as one page needs.

    Else it gives the memory of each one back to the kernel, and the kernel clears it for the next one: this
    takes a thirtieth of the time of reading a page, and a twelfth of what the night does besides. Other C
    libraries have no such setting and stay as they are.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        tell(_M_MMAP_THRESHOLD, _LARGEST_BLOCK)
        tell(_M_TRIM_THRESHOLD, _KEPT_MEMORY)
