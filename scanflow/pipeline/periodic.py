"""A task that a program carries out at intervals in a thread of its own, and once more at its end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanflow.errors import ScanflowError
from scanflow.logs import get_logger

log = get_logger(__name__)


class Periodic:
    """Carries out `task`, which gets whether this is the last time. `complaint`: the log message of a
    failure.

    After a failure the task is tried again when it is due. `failing`: the last try failed. `stop` is set when
    the context ends, for a task that takes long.
    """

    def __init__(self, name: str, task: Callable[[bool], None], complaint: str) -> None:
        self.failing = False
        self.stop = threading.Event()
        self._name = name
        self._task = task
        self._complaint = complaint

    def carry_out(self, *, last: bool = False) -> None:
        """Carry out the task now. Raises nothing."""
        try:
            self._task(last)
            self.failing = False
        except ScanflowError as error:
            log.warning(self._complaint, reason=error.message)
            self.failing = True
        except Exception as error:  # the database's driver may raise anything while it can't be reached
            log.warning(self._complaint, reason=type(error).__name__)
            self.failing = True

    @contextmanager
    def every(
        self, seconds: float, *, after_failure: float | None = None, at_end: bool = True
    ) -> Iterator[None]:
        """Carry it out so often during the context, and at its end where `at_end`.

        Not at the end where the last try failed: the program is to end soon. `after_failure`: seconds until
        the next try after one that failed, if not the same.
        """
        thread = threading.Thread(
            target=self._run, args=(seconds, after_failure or seconds), name=self._name, daemon=True
        )
        self.stop.clear()
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join()
            if at_end and not self.failing:
                self.carry_out(last=True)

    def _run(self, seconds: float, after_failure: float) -> None:
        while not self.stop.wait(after_failure if self.failing else seconds):
            self.carry_out()
