"""Child processes that can be killed: the only place where strangers' bytes are decoded.

`Workers` wraps pebble's process pool, which gives each task a time limit and replaces a child that died.
The parent imports no image library; a fork server loads them once and every child is forked from it.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from scanflow.capture.unpack import Unpacked
from scanflow.errors import InputError, LimitError, ScanflowError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline import tasks
from scanflow.settings import Settings

Result = TypeVar("Result")

_TASKS_PER_CHILD = 500
"""A child is replaced after so many tasks: what a C library leaks is given back."""


class Workers:
    """`settings.jobs` child processes; a context manager, and waiting tasks are dropped when it ends."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.limits
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([tasks.__name__])
        self._pool = ProcessPool(
            max_workers=settings.jobs,
            max_tasks=_TASKS_PER_CHILD,
            initializer=tasks.start_child,
            initargs=[settings],
            context=context,
        )

    def unpack(self, data: bytes, name: str) -> "Future[Unpacked]":
        """Take a file apart in a child; `outcome` gives the result."""
        return self._schedule(tasks.unpack_task, (data, name), self._limits.file_seconds)

    def read(self, page: CapturedPage) -> "Future[PageReading]":
        """Read a page in a child; `outcome` gives the result."""
        return self._schedule(tasks.read_task, (page,), self._limits.seconds)

    def _schedule(self, task: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> "Future[Any]":
        future: Future[Any] = self._pool.schedule(task, args=args, timeout=seconds)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one untyped
        self._pool.join()


def outcome(future: "Future[Result]", what: str) -> Result | InputError:
    """Wait for a task. What it raised about its input, or the limit that killed it, is returned.

    `what` names file and page for the message. Errors that are not the input's (a missing model, say)
    are raised.
    """
    try:
        return future.result()
    except InputError as error:
        return error
    except ScanflowError:
        raise
    except TimeoutError:
        return LimitError(f"{what}: stopped, it took longer than limits allow")
    except ProcessExpired as error:
        return LimitError(f"{what}: its process died (exit code {error.exitcode}), most likely of memory")
