"""How long tests wait for what is to come by itself, and waiting for it."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 300.0
"""Seconds: far more than it takes. A machine may be busy, or stand still for a while; that is no failure."""


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE, pause: float = 0.02) -> bool:
    """Whether a condition came true in time; it is looked at every `pause` seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def wait_for(
    look: Callable[[], Found], wanted: Callable[[Found], object] = bool, pause: float = 0.02
) -> Found:
    """What `look` gives as soon as it is as wanted; the test fails where that does not come."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(found := look()):
        assert time.monotonic() < deadline, f"not in {PATIENCE:g} s: {found}"
        time.sleep(pause)
    return found
