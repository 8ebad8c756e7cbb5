"""Pauses between attempts: each twice as long as the last, up to a longest."""

import threading

_LONGEST = 60.0


class Backoff:
    """Pauses in seconds: `first`, then doubled up to `longest`."""

    def __init__(self, first: float, longest: float = _LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def wait(self, stop: threading.Event) -> bool:
        """Wait for the next pause; returns whether `stop` was set meanwhile."""
        stopped = stop.wait(self._next)
        self._next = min(2 * self._next, self._longest)
        return stopped

    def reset(self) -> None:
        """Begin again with the first pause, after an attempt that succeeded."""
        self._next = self._first
