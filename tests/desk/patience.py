"""Waiting for what happens by itself."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 120.0


def wait_for(look: Callable[[], Found], wanted: Callable[[Found], bool]) -> Found:
    """Look until it is as wanted; a test fails that has to wait too long."""
    until = time.monotonic() + PATIENCE
    while not wanted(found := look()):
        assert time.monotonic() < until, f"not in {PATIENCE:g} s: {found}"
        time.sleep(0.05)
    return found
