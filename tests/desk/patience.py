"""Waiting for what happens by itself."""

import time
from collections.abc import Callable
from typing import TypeVar

from tests.patience import PATIENCE

Found = TypeVar("Found")

_PAUSE = 0.15
"""To look takes the core that a page is being read on."""


def wait_for(look: Callable[[], Found], wanted: Callable[[Found], bool]) -> Found:
    """Look until it is as wanted; a test fails that has to wait too long."""
    until = time.monotonic() + PATIENCE
    while not wanted(found := look()):
        assert time.monotonic() < until, f"not in {PATIENCE:g} s: {found}"
        time.sleep(_PAUSE)
    return found
