"""Waiting for what happens to a stack by itself."""

from collections.abc import Callable
from typing import TypeVar

from tests import patience

Found = TypeVar("Found")

_PAUSE = 0.15
"""Seconds. Looking at a stack takes time from the core that reads its pages."""


def wait_for(look: Callable[[], Found], wanted: Callable[[Found], bool]) -> Found:
    """What `look` gives as soon as it is as wanted; the test fails where that does not come."""
    return patience.wait_for(look, wanted, _PAUSE)
