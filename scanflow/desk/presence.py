"""Whether a counter's agent is here, told by its signs of life and not by the wall clock.

Each sign of life adds one to the counter's `beats` in the catalog. Whoever looks remembers when, by the
process's own monotonic clock, the number last grew; so a clock that is set, on this host or on another that
serves agents, makes nobody come or go. The written time is used only for what was before the first look.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scanflow import clock

SILENT = 60.0
"""Seconds: an agent that has not asked for so long is away; it asks every 20."""


@dataclass(slots=True)
class _Known:
    """Of the monotonic clock: when the agent was alive last, and when somebody looked last."""

    beats: int
    alive: float
    looked: float


class Presence:
    """What one process knows of all counters' agents. Threads may share it."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = clock.now,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._known: dict[str, _Known] = {}
        self._changing = threading.Lock()

    def heard(self, counter: str, beats: int) -> None:
        """An agent has just spoken to this very process."""
        now = self._monotonic()
        with self._changing:
            self._known[counter] = _Known(beats, now, now)

    def is_here(self, counter: str, beats: int, seen_at: datetime | None) -> bool:
        """Whether an agent is here of which the catalog says this; `seen_at` None: it never was."""
        if seen_at is None:
            return False
        now = self._monotonic()
        with self._changing:
            known = self._known.get(counter)
            if known is None or known.beats != beats:
                age = max(0.0, (self._wall() - seen_at).total_seconds())
                if known is not None:  # it grew since somebody looked: no clock can say that it is longer ago
                    age = min(age, now - known.looked)
                known = self._known[counter] = _Known(beats, now - age, now)
            known.looked = now
            return now - known.alive < SILENT
