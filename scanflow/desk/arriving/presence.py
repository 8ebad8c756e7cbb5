"""Whether a counter's agent is connected, by its heartbeats and not by the wall clock.

Each heartbeat adds one to the counter's `beats` in the catalog. Each process remembers when, by its own
monotonic clock, the number last grew. So an agent stays connected when the clock of this host, or of another
one that serves agents, is set. The time in the catalog is used only for heartbeats before this process first
checked.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scanflow import clock

SILENT = 60.0
"""Seconds: without a heartbeat for so long an agent is disconnected; it sends one every 20."""


@dataclass(slots=True)
class _Known:
    """The number of heartbeats, and the monotonic times of the last one and of the last check."""

    beats: int
    last_beat: float
    checked: float


class Presence:
    """Which agents are connected, as far as this process knows. Threads may share it."""

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
        """Note a heartbeat of an agent that has just called this process."""
        now = self._monotonic()
        with self._changing:
            self._known[counter] = _Known(beats, now, now)

    def is_here(self, counter: str, beats: int, seen_at: datetime | None) -> bool:
        """Whether an agent is connected. `beats`, `seen_at`: from the catalog; None if it never was
        connected.
        """
        if seen_at is None:
            return False
        now = self._monotonic()
        with self._changing:
            known = self._known.get(counter)
            if known is None or known.beats != beats:
                age = max(0.0, (self._wall() - seen_at).total_seconds())
                if known is not None:  # it grew since the last check, so that is the greatest possible age
                    age = min(age, now - known.checked)
                known = self._known[counter] = _Known(beats, now - age, now)
            known.checked = now
            return now - known.last_beat < SILENT
