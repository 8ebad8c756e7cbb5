"""Tasks for the child processes. A task that breaks a limit is tried again, a few times at most.

A worker does all tasks of a batch (`try_all`); the desk makes one attempt at a time (`run_attempt`) and looks
again later. Both count attempts in the ledger before they are made (`scanflow.ledger.attempts`).
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scanflow.errors import InputError, LimitError, ScanflowError
from scanflow.ledger.attempts import Tried, begin_attempt, give_back_attempt
from scanflow.ledger.lease import Lease, holding
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.pipeline.services import Services

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Task(Generic[Result]):
    """Something to be done in a child process.

    Its attempts are counted under `tried` and `no`, the number of a file, of a page, or of a paper's first
    page in the batch. `what` names it in messages.
    """

    tried: Tried
    no: int
    what: str
    begin: Callable[[], "Future[Result]"]


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Result]):
    """An attempt and its number, from 1. `future` is None if there were too many attempts before."""

    number: int
    future: "Future[Result] | None"


def try_all(
    services: Services, lease: Lease, tasks: Sequence[Task[Result]]
) -> Generator[tuple[Task[Result], Result | InputError]]:
    """Do tasks in parallel and yield their results in order. Tasks that a limit stopped are tried again.

    Only as many are begun as there are children, so that each counted attempt is really made. If something
    else stops the work (for example the store can't be reached), attempts without an answer don't count.
    Raises OvertakenError if another worker has the batch.
    """
    ahead = deque[tuple[Task[Result], _Attempt[Result]]]()
    waiting = iter(tasks)
    try:
        while True:
            while len(ahead) <= services.settings.jobs and (task := next(waiting, None)):
                ahead.append((task, _begin(services, lease, task)))
            if not ahead:
                return
            result: Result | InputError = _persist(services, lease, *ahead[0])
            task, _ = ahead.popleft()
            yield task, result
    finally:
        for task, attempt in ahead:
            if attempt.future is not None:
                _give_back(services, lease, task)


def run_attempt(
    services: Services, lease: Lease, task: Task[Result], number: int
) -> Result | InputError | None:
    """Make the attempt that was counted as `number`. Returns the result or the error of the input; None if a
    limit stopped it and it is to be tried again. An attempt without an answer (the store can't be reached,
    the program ends) doesn't count.
    """
    attempt = _start(services, lease, task, number)
    try:
        return _result(services, task, attempt)
    except BaseException:
        _give_back(services, lease, task)
        raise


def _persist(
    services: Services, lease: Lease, task: Task[Result], attempt: _Attempt[Result]
) -> Result | InputError:
    """The result of a task that was begun; it is tried again as often as the settings allow."""
    while (result := _result(services, task, attempt)) is None:
        time.sleep(services.settings.limits.retry_seconds)
        attempt = _begin(services, lease, task)
    return result


def _begin(services: Services, lease: Lease, task: Task[Result]) -> _Attempt[Result]:
    """Count an attempt, then begin it: an attempt that ends the whole worker counts too."""
    with holding(services.catalog, lease) as held:
        number = begin_attempt(held, task.tried, task.no)
    return _start(services, lease, task, number)


def _start(services: Services, lease: Lease, task: Task[Result], number: int) -> _Attempt[Result]:
    if number > services.settings.limits.attempts:
        return _Attempt(number, None)
    try:
        return _Attempt(number, task.begin())
    except Exception:
        _give_back(services, lease, task)
        raise


def _result(services: Services, task: Task[Result], attempt: _Attempt[Result]) -> Result | InputError | None:
    """The result of an attempt; None if it is to be tried again."""
    if attempt.future is None:
        return LimitError(f"{task.what}: given up after several tries")
    result = outcome(attempt.future, task.what)
    if isinstance(result, LimitError) and attempt.number < services.settings.limits.attempts:
        return None
    return result


def _give_back(services: Services, lease: Lease, task: Task[Any]) -> None:
    # If the database can't be reached either, one attempt is lost. Another worker's batch is not changed.
    with suppress(ScanflowError), holding(services.catalog, lease) as held:
        give_back_attempt(held, task.tried, task.no)
