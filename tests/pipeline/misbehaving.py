"""`python -m tests.pipeline.misbehaving worker`: scanflow whose reader breaks down over marked pages.

Children of a fork server import the module that was started as well, as `__mp_main__`: only in them, and not
in the parent, the reader is replaced by one that does to its process what a page may do to C code.
"""

import ctypes
import importlib
import itertools
import os
import time
from collections.abc import Callable, Mapping
from typing import Any


def spin() -> None:
    """Never come back to the interpreter, nor look at signals, as a decoder in an endless loop."""
    os.nice(19)  # it is stopped after a time that others may use
    sum(itertools.repeat(0))


def eat() -> None:
    """Take memory until there is none, and hold it."""
    held = []
    while True:
        held.append(bytearray(2**24))


def crash() -> None:
    """SIGSEGV."""
    ctypes.string_at(0)


def leave() -> None:
    """End the process as if nothing were wrong."""
    os._exit(0)


def surprise() -> None:
    """Raise what nobody foresaw, of a kind that only this child knows."""

    class UnknownError(Exception):
        pass

    raise UnknownError


def wait() -> None:
    """Do nothing until the program is gone, or ends this process."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.05)
    os._exit(0)


WAYS: Mapping[str, Callable[[], None]] = {w.__name__: w for w in (spin, eat, crash, leave, surprise, wait)}


def mark(way: str) -> bytes:
    """What stands in the bytes of a page over which the reader breaks down this way."""
    return b"misbehave\0" + way.encode()


def _break_reader() -> None:
    tasks: Any = importlib.import_module("scanflow.pipeline.sandbox.tasks")
    read = tasks.read_page

    def read_or_break(page: Any, *rest: Any) -> Any:
        for way, misbehave in WAYS.items():
            if mark(way) in page.data:
                misbehave()
        return read(page, *rest)

    tasks.read_page = read_or_break


if __name__ == "__mp_main__":
    _break_reader()
elif __name__ == "__main__":
    importlib.import_module("scanflow.cli").main()
