"""When a run may do its next page: inside its window, while no live work waits, until it is stopped."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from scanflow.archive.catalog import Catalog
from scanflow.clock import now
from scanflow.errors import ScanflowError
from scanflow.ledger.live_work import is_live_work_waiting
from scanflow.logs import get_logger
from scanflow.night.runs.window import Window

log = get_logger(__name__)

_LOOK_SECONDS = 0.5
"""Seconds for which the answer about live work is used: a page takes about as long."""


class EndOfNight(Exception):  # noqa: N818 - no failure: it ends work in order
    """The window has closed, or somebody stopped the run."""


@dataclass(slots=True)
class Pace:
    """Lets a thread begin a page, or makes it wait. Threads may share it.

    `stopped`: tells whether a person has stopped the run; called at intervals.
    """

    catalog: Catalog
    window: Window | None
    stop: threading.Event
    stopped: Callable[[], bool] = lambda: False
    clock: Callable[[], datetime] = now
    _looked: float = -_LOOK_SECONDS
    _lock: threading.Lock = field(default_factory=threading.Lock)
    waited: float = 0.0

    def wait(self) -> None:
        """Return when a page may be done. Raises EndOfNight."""
        begun = monotonic()
        while True:
            if self.is_over():
                raise EndOfNight
            if not self._must_wait():
                return
            self.waited += monotonic() - begun
            begun = monotonic()
            self.stop.wait(_LOOK_SECONDS)

    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        closed = self.window is not None and not self.window.is_open(self.clock())
        return self.stop.is_set() or closed

    def _must_wait(self) -> bool:
        with self._lock:
            if monotonic() - self._looked < _LOOK_SECONDS:
                return False
            try:
                with self.catalog.reading() as connection:
                    if is_live_work_waiting(connection):
                        return True
                if self.stopped():
                    self.stop.set()
                    raise EndOfNight
            except ScanflowError as error:  # the database can't be reached, so nothing can be filed
                log.warning("waiting", reason=error.message)
                return True
            self._looked = monotonic()
            return False
