"""Limits of calls by programs: so many a minute, spread evenly; at most one minute's number at once.

They are counted in the catalog, so that several web servers together allow no more. A server reserves one
second's number of calls at a time and counts these by itself: a portal with 600 calls a minute costs one
write in ten calls. Reserved calls that are not used within two seconds are lost to the program.
"""

import math
import threading
import time
from collections.abc import Callable

from scanflow.archive.catalog import Catalog
from scanflow.archive.people import rate_limit

_KEPT_SECONDS = 2.0
_MOST_REMEMBERED = 10_000


class Rates:
    """Calls by who makes them. Threads may share it."""

    def __init__(self, catalog: Catalog, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalog = catalog
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: dict[str, tuple[int, float]] = {}
        """Calls that were counted and not yet made, and when they were counted."""

    def wait(self, name: str, rate: int) -> int:
        """Count a call. Gives 0 where it is allowed, else it isn't counted: the seconds to wait.

        Raises CatalogError.
        """
        if self._take(name, 0) > 0:
            return 0
        limit = rate_limit.of_token(name, rate)
        portion = math.ceil(rate / 60)
        if portion > 1 and rate_limit.reserve(self._catalog, limit, portion) == 0:
            self._take(name, portion)
            return 0
        return rate_limit.reserve(self._catalog, limit)

    def _take(self, name: str, more: int) -> int:
        """Add calls that were counted, and take one. Gives how many there were."""
        at = self._clock()
        with self._lock:
            left, counted_at = self._taken.get(name, (0, at))
            if at - counted_at > _KEPT_SECONDS:
                left = 0
            there = left + more
            if len(self._taken) >= _MOST_REMEMBERED:
                self._taken = {
                    each: kept for each, kept in self._taken.items() if at - kept[1] < _KEPT_SECONDS
                }
            if there:
                self._taken[name] = (there - 1, at if more else counted_at)
            else:
                self._taken.pop(name, None)
            return there
