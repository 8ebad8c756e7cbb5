"""Tasks for the child processes, tried again where they break their limits, a few times and then no more."""

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

    Its tries are counted by `tried` and `no`: the number in the batch of a file, of a page, or of a paper's
    first page. `what` names it in messages.
    """

    tried: Tried
    no: int
    what: str
    begin: Callable[[], "Future[Result]"]


def try_all(
    services: Services, lease: Lease, tasks: Sequence[Task[Result]]
) -> Generator[tuple[Task[Result], Result | InputError]]:
    """Do tasks in parallel, giving them back in order; those stopped by a limit are tried again.

    Only as many are begun as the children can take on: a try that was counted is one that was made. Where
    something else stops the work (the store is away, say), tries that brought no answer don't count.
    Raises OvertakenError where the batch has passed to somebody else.
    """
    ahead = deque[tuple[Task[Result], "Future[Result] | None"]]()
    waiting = iter(tasks)
    try:
        while True:
            while len(ahead) <= services.settings.jobs and (task := next(waiting, None)):
                ahead.append((task, _try(services, lease, task)))
            if not ahead:
                return
            result: Result | InputError = _persist(services, lease, *ahead[0])
            task, _ = ahead.popleft()
            yield task, result
    finally:
        for task, future in ahead:
            if future is not None:
                _give_back(services, lease, task)


def _persist(
    services: Services, lease: Lease, task: Task[Result], future: "Future[Result] | None"
) -> Result | InputError:
    """What comes of a task that was begun, tried again as often as may be."""
    error: InputError = LimitError(f"{task.what}: given up after several tries")
    while future is not None:
        result = outcome(future, task.what)
        if not isinstance(result, LimitError):
            return result
        error = result
        time.sleep(services.settings.limits.retry_seconds)
        future = _try(services, lease, task)
    return error


def _try(services: Services, lease: Lease, task: Task[Result]) -> "Future[Result] | None":
    """Begin; None if it was tried too often. The try is counted before it begins, so that one that takes
    the whole worker with it counts too.
    """
    with holding(services.catalog, lease) as held:
        attempt = begin_attempt(held, task.tried, task.no)
    if attempt > services.settings.limits.attempts:
        return None
    try:
        return task.begin()
    except Exception:
        _give_back(services, lease, task)
        raise


def _give_back(services: Services, lease: Lease, task: Task[Any]) -> None:
    # Where the database is away too, one try is lost; where another has the batch by now, it isn't ours.
    with suppress(ScanflowError), holding(services.catalog, lease) as held:
        give_back_attempt(held, task.tried, task.no)
