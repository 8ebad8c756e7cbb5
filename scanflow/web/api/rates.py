"""How many calls a caller may make: so many a minute, evenly, of which a minute's worth may come at once.

Counted in this process: several web servers allow each their own.
"""

import math
import threading
import time
from collections.abc import Callable

_MOST_REMEMBERED = 10_000


class Rates:
    """A leaky bucket a caller. Threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, rate: int) -> int:
        """Count a call. Gives 0 where it is allowed, else it isn't counted: the seconds to wait."""
        at, a_second = self._clock(), rate / 60
        with self._lock:
            count, changed = self._counts.get(name, (0.0, at))
            left = max(0.0, count - (at - changed) * a_second)
            if left + 1 > rate:
                return math.ceil((left + 1 - rate) / a_second)
            if len(self._counts) >= _MOST_REMEMBERED:
                self._counts = {each: kept for each, kept in self._counts.items() if at - kept[1] < 60}
            self._counts[name] = (left + 1, at)
            return 0
