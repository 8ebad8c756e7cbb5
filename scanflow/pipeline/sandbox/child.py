"""One child process: started without secrets in its environment, and given tasks over a socket."""

import importlib
import os
import shutil
import signal
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanflow.pipeline.sandbox import channel, fork_server

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings

_TASKS_PER_CHILD = 500
"""A child is replaced after so many tasks: memory that a C library leaks is freed."""


class Child:
    """A child and the socket to it. Nobody else has this socket.

    Raises OSError or EOFError where the child, or the fork server, ends before the child has begun.
    """

    def __init__(self, settings: "ChildSettings") -> None:
        self._limits = settings.limits
        # Its own, as it may write nowhere else; removed with it, whatever it left there.
        self._temporary = Path(tempfile.mkdtemp(prefix="scanflow-child-"))
        self._wire, theirs = socket.socketpair()
        try:
            call = (theirs, settings, self._temporary)
            self._process = fork_server.start().Process(target=_serve, args=call, daemon=True)
            self._process.start()
        except BaseException:
            self._wire.close()
            shutil.rmtree(self._temporary, ignore_errors=True)
            raise
        finally:
            theirs.close()  # now it is only theirs: when they die, ours ends
        self._tasks = 0
        self._busy = False

    def is_used_up(self) -> bool:
        """Whether it has had its number of tasks, or died while it had none."""
        return self._tasks >= _TASKS_PER_CHILD or not self._process.is_alive()

    def run(self, task: str, args: tuple[Any, ...], seconds: float) -> Any:
        """A task's result, or the error that stopped it (returned).

        Raises TimeoutError after so many seconds, OSError or EOFError where the child died,
        InvalidAnswerError where its answer is none.
        """
        self._tasks += 1
        self._busy = True
        deadline = time.monotonic() + seconds
        channel.send(self._wire, channel.pack_task(task, args, seconds), deadline)
        body = channel.receive(self._wire, channel.most_bytes(task, self._limits), deadline)
        answer = channel.unpack_answer(task, body)
        self._busy = False
        return answer

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._busy and self._process.pid:
            with suppress(ProcessLookupError):  # with the programs that it runs: they are of its group
                os.killpg(self._process.pid, signal.SIGKILL)
        # The fork server has reaped one that died: its pid may be another process's by now.
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._wire.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def exit_code(self) -> int | None:
        return self._process.exitcode


def _serve(wire: socket.socket, settings: "ChildSettings", temporary: Path) -> None:
    """What a child does: receive tasks from the socket and send answers, until the parent is gone."""
    _close_all_but(wire.fileno())
    tasks = importlib.import_module(fork_server.TASKS)
    tasks.start_child(settings, temporary)
    while True:
        try:
            task, args, seconds = channel.unpack_task(channel.receive(wire))
        except (EOFError, OSError):
            return
        tasks.limit_time(seconds)
        answer = tasks.carry_out(task, args)
        tasks.limit_time(None)
        try:
            channel.send(wire, answer)
        except OSError:  # the parent was killed meanwhile
            return


def _close_all_but(wire: int) -> None:
    """Close the pipes that the fork server left open: to itself and to multiprocessing's resource tracker,
    which would carry out what a child writes there.
    """
    os.closerange(3, wire)
    os.closerange(wire + 1, os.sysconf("SC_OPEN_MAX"))
