"""`python -m tests.pipeline.misbehaving worker`: scanflow whose reading fails on marked pages.

Children of a fork server import the module that was started as well, as `__mp_main__`: only in them, and not
in the parent, reading a page is replaced by a function that does to its process what a page may do to C code.
"""

import ctypes
import importlib
import itertools
import os
import time
from collections.abc import Callable, Mapping
from typing import Any


def spin() -> None:
    """Loop in C without end and without handling signals, as a faulty decoder does."""
    os.nice(19)  # it is stopped after a time that others may use
    sum(itertools.repeat(0))


def eat() -> None:
    """Take memory until there is none left, and keep it."""
    held = []
    while True:
        held.append(bytearray(2**24))


def crash() -> None:
    """SIGSEGV."""
    ctypes.string_at(0)


def leave() -> None:
    """End the process with exit code 0."""
    os._exit(0)


def surprise() -> None:
    """Raise an unexpected error of a class that only this child knows."""

    class UnknownError(Exception):
        pass

    raise UnknownError


def wait() -> None:
    """Wait until the program is gone, or ends this process."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.05)
    os._exit(0)


WAYS: Mapping[str, Callable[[], None]] = {w.__name__: w for w in (spin, eat, crash, leave, surprise, wait)}


def mark(way: str) -> bytes:
    """The bytes that mark a page on which reading fails in this way."""
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
