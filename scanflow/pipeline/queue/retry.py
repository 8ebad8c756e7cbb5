"""Tasks for the child processes, tried again where they break their limits, a few times and then no more.

The line does all tasks of a batch (`try_all`); the desk makes one attempt at a time (`run_attempt`) and looks
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

    Its attempts are counted by `tried` and `no`: the number in the batch of a file, of a page, or of a
    paper's first page. `what` names it in messages.
    """

    tried: Tried
    no: int
    what: str
    begin: Callable[[], "Future[Result]"]


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Result]):
    """An attempt by its number, from 1; `future` is None where there were too many before."""

    number: int
    future: "Future[Result] | None"


def try_all(
    services: Services, lease: Lease, tasks: Sequence[Task[Result]]
) -> Generator[tuple[Task[Result], Result | InputError]]:
    """Do tasks in parallel, giving them back in order; those stopped by a limit are tried again.

    Only as many are begun as the children can take on: an attempt that was counted is one that was made.
    Where something else stops the work (the store is away, say), attempts that brought no answer don't count.
    Raises OvertakenError where the batch has passed to somebody else.
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
    """Make one attempt that was counted as `number`; what came of it, None where a limit stopped it and it is
    to be tried again. An attempt that brings no answer (store away, end of the program) doesn't count.
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
    """What comes of a task that was begun, tried again as often as may be."""
    while (result := _result(services, task, attempt)) is None:
        time.sleep(services.settings.limits.retry_seconds)
        attempt = _begin(services, lease, task)
    return result


def _begin(services: Services, lease: Lease, task: Task[Result]) -> _Attempt[Result]:
    """Count an attempt and begin it. It is counted before, so that one that takes the whole worker with it
    counts too.
    """
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
    """What came of an attempt; None where it is to be tried again."""
    if attempt.future is None:
        return LimitError(f"{task.what}: given up after several tries")
    result = outcome(attempt.future, task.what)
    if isinstance(result, LimitError) and attempt.number < services.settings.limits.attempts:
        return None
    return result


def _give_back(services: Services, lease: Lease, task: Task[Any]) -> None:
    # Where the database is away too, one try is lost; where another has the batch by now, it isn't ours.
    with suppress(ScanflowError), holding(services.catalog, lease) as held:
        give_back_attempt(held, task.tried, task.no)
