"""A task that a program carries out at intervals in a thread of its own, and once more at its end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanflow.errors import ScanflowError
from scanflow.logs import get_logger

log = get_logger(__name__)


class Periodic:
    """`task` is told whether this is the last time. `complaint`: what is logged where it fails.

    A failure ends nothing: the task is tried again when it is due. `away`: the last try failed.
    """

    def __init__(self, name: str, task: Callable[[bool], None], complaint: str) -> None:
        self.away = False
        self._name = name
        self._task = task
        self._complaint = complaint

    def carry_out(self, *, last: bool = False) -> None:
        """Carry out the task now. Raises nothing."""
        try:
            self._task(last)
            self.away = False
        except ScanflowError as error:
            log.warning(self._complaint, reason=error.message)
            self.away = True
        except Exception as error:  # the database's driver may raise anything while it is away
            log.warning(self._complaint, reason=type(error).__name__)
            self.away = True

    @contextmanager
    def every(self, seconds: float) -> Iterator[None]:
        """Carry it out so often during the context, and at its end.

        Not at the end where the last try failed: the program is to end soon.
        """
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop, seconds), name=self._name, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            if not self.away:
                self.carry_out(last=True)

    def _run(self, stop: threading.Event, seconds: float) -> None:
        while not stop.wait(seconds):
            self.carry_out()
