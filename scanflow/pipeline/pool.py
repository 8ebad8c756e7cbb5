"""Child processes that can be killed: the only place where strangers' bytes are decoded.

`Workers` keeps a few children, each with a pipe of its own to a thread here that gives it one task at a
time, with a clock. A child that dies, at whatever moment, or runs beyond its time costs the task that it
had and is replaced; no other child can tell. The parent imports no image library; a fork server loads them
once and every child is forked from it.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from types import TracebackType
from typing import Any, Self, TypeVar

from scanflow.capture.unpack import Unpacked
from scanflow.errors import InputError, LimitError, ScanflowError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline import tasks
from scanflow.settings import Settings

Result = TypeVar("Result")

_TASKS_PER_CHILD = 500
"""A child is replaced after so many tasks: what a C library leaks is given back."""


class _DiedError(Exception):
    """A child ended without an answer."""


class Workers:
    """`settings.jobs` child processes; a context manager, and unfinished tasks are cancelled when it ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([tasks.__name__])
        self._threads = ThreadPoolExecutor(settings.jobs, thread_name_prefix="child")
        self._of_thread = threading.local()
        self._children: set[_Child] = set()
        self._changing = threading.Lock()
        self._closed = False

    def unpack(self, data: bytes, name: str) -> "Future[Unpacked]":
        """Take a file apart in a child; `outcome` gives the result."""
        return self._schedule(tasks.unpack_task, (data, name), self._settings.limits.file_seconds)

    def read(self, page: CapturedPage) -> "Future[PageReading]":
        """Read a page in a child; `outcome` gives the result."""
        return self._schedule(tasks.read_task, (page,), self._settings.limits.seconds)

    def _schedule(self, task: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> "Future[Any]":
        try:
            return self._threads.submit(self._run, task, args, seconds)
        except RuntimeError:  # what the executor says once it is shut down
            raise CancelledError from None

    def _run(self, task: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        """Give a task to this thread's child, in this thread."""
        child: _Child | None = getattr(self._of_thread, "child", None)
        if child is None or child.is_used_up():
            child = self._replace(child)
        try:
            done, value = child.run(task, args, seconds)
        except (OSError, EOFError, TimeoutError, _DiedError) as error:
            if self._closed:
                raise CancelledError from None
            self._replace(child)
            raise error if isinstance(error, TimeoutError) else _DiedError(child.exit_code()) from error
        if done:
            return value
        raise value

    def _replace(self, child: "_Child | None") -> "_Child":
        """A fresh child for this thread; the old one is killed."""
        with self._changing:
            if child is not None:
                child.kill()
                self._children.discard(child)
            if self._closed:
                raise CancelledError
            fresh = _Child(self._context, self._settings)
            self._children.add(fresh)
        self._of_thread.child = fresh
        return fresh

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changing:
            self._closed = True
            for child in self._children:
                child.kill()
        self._threads.shutdown(cancel_futures=True)


class _Child:
    """One child process and the pipe to it, which nobody else has."""

    def __init__(self, context: ForkServerContext, settings: Settings) -> None:
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
        self._process.start()
        theirs.close()  # now it is only theirs: when they die, ours ends
        self._tasks = 0
        self._busy = False

    def is_used_up(self) -> bool:
        """Whether it has done its share, or died while it had nothing to do."""
        return self._tasks >= _TASKS_PER_CHILD or not self._process.is_alive()

    def run(self, task: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> tuple[bool, Any]:
        """Whether the task came to its end, and its result or what it raised.

        Raises TimeoutError after so many seconds; OSError or EOFError where the child died.
        """
        self._tasks += 1
        self._busy = True
        self._pipe.send((task, args, seconds))
        if not self._pipe.poll(seconds):
            raise TimeoutError
        answer: tuple[bool, Any] = self._pipe.recv()
        self._busy = False
        return answer

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._busy and self._process.pid:
            with suppress(ProcessLookupError):  # with the programs that it runs: they are of its group
                os.killpg(self._process.pid, signal.SIGKILL)
        # The fork server has buried one that died: its pid may be somebody else's by now.
        if self._process.is_alive():
            self._process.kill()
        self._process.join()

    def exit_code(self) -> int | None:
        return self._process.exitcode


def _serve(pipe: Connection, settings: Settings) -> None:
    """A child's life: tasks come through the pipe, answers go back, until the parent is gone."""
    tasks.start_child(settings)
    while True:
        try:
            task, args, seconds = pipe.recv()
        except (EOFError, OSError):
            return
        tasks.limit_time(seconds)
        try:
            answer = True, task(*args)
        except Exception as error:  # it is the parent's to judge
            answer = False, error
        tasks.limit_time(None)
        try:
            pipe.send(answer)
        except OSError:  # the parent was killed meanwhile
            return


def outcome(future: "Future[Result]", what: str) -> Result | InputError:
    """Wait for a task. What it raised about its input, or the limit that killed it, is returned.

    `what` names file and page for the message. Errors that are not the input's (a missing model, say)
    are raised, and CancelledError where the workers are being closed.
    """
    try:
        return future.result()
    except InputError as error:
        return error
    except ScanflowError:
        raise
    except TimeoutError:
        return LimitError(f"{what}: stopped, it took longer than limits allow")
    except _DiedError as error:
        return LimitError(f"{what}: its process died (exit code {error}), most likely of memory")
