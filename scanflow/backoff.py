"""Pauses between tries while something is away: each twice as long as the last, up to a longest."""

import threading

_LONGEST = 60.0


class Backoff:
    """Pauses that begin with `first` seconds and end up at `longest`."""

    def __init__(self, first: float, longest: float = _LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def wait(self, stop: threading.Event) -> bool:
        """Sleep once; whether `stop` was set meanwhile."""
        stopped = stop.wait(self._next)
        self._next = min(2 * self._next, self._longest)
        return stopped

    def reset(self) -> None:
        """It went well: the next pause is a short one again."""
        self._next = self._first
