"""Tasks at intervals: tried again after a failure, with a longer wait if so set; once more at the end, or
not.
"""

import threading

from scanflow.errors import ScanflowError
from scanflow.pipeline.periodic import Periodic
from tests.patience import PATIENCE


class Task:
    """Notes how it is called; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[bool] = []
        self.failures = failures
        self.called = threading.Event()

    def __call__(self, last: bool) -> None:
        self.calls.append(last)
        if len(self.calls) > self.failures:
            self.called.set()
            return
        if len(self.calls) == self.failures:
            self.called.set()
        raise ScanflowError("away")


def test_a_task_that_fails_is_tried_again_and_carried_out_at_the_end() -> None:
    task = Task(failures=2)
    with Periodic("t", task, "failed").every(0.001):
        task.called.wait(PATIENCE)
        while len(task.calls) < 3:
            task.called.wait(0.001)
    assert task.calls[:3] == [False] * 3 and task.calls[-1] is True


def test_after_a_failure_it_may_wait_longer_and_need_not_be_carried_out_at_the_end() -> None:
    task = Task(failures=1)
    periodic = Periodic("t", task, "failed")
    with periodic.every(0.001, after_failure=3600, at_end=False):
        assert task.called.wait(PATIENCE)
        assert not periodic.stop.wait(0.05)  # long enough for many more if it did not wait
    assert task.calls == [False] and periodic.failing and periodic.stop.is_set()
    well = Task()
    with Periodic("t", well, "failed").every(3600, at_end=False):
        pass
    assert well.calls == []
