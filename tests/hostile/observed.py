"""Running the command line and measuring its time, its memory, and the processes that it leaves."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.patience import wait_until
from tests.pipeline import procs

ROOT = Path(__file__).parents[2]
_MARK = "LC_SCANFLOW_HOSTILE"  # of the names that children inherit too
_LOOK_SECONDS = 0.02  # a program that lives shorter than this has no time to eat much
_LEAVING_SECONDS = 10.0


@dataclass(frozen=True)
class Observed:
    """What a command said and what it cost. Memory is resident, in bytes: the most that was seen.

    `code` is None where the command had to be killed. `space` is the most address space of any process
    that decodes or reads (what `limits.memory` limits), `left` how many processes outlived the command.
    """

    code: int | None
    stdout: str
    stderr: str
    seconds: float
    child: int
    parent: int
    space: int
    left: int


def observe(home: Path, *arguments: str | Path, within: float, env: Mapping[str, str]) -> Observed:
    """Run `scanflow` to its end, or kill it and all that it started after so many seconds."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "scanflow.cli", "--home", str(home), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **env, _MARK: str(home)},
            cwd=ROOT,
        )
        most = _Most()
        while process.poll() is None and time.monotonic() - started < within:
            most.look(process.pid)
            time.sleep(_LOOK_SECONDS)
        seconds = time.monotonic() - started
        code = process.poll()
        if code is None:
            process.kill()
            process.wait()
        wait_until(lambda: not procs.with_variable(_MARK, str(home)), _LEAVING_SECONDS)
        left = [pid for pid in procs.with_variable(_MARK, str(home)) if procs.kill(pid)]
        said = [_all(file.fileno()) for file in (out, err)]
    return Observed(code, said[0], said[1], seconds, most.child, most.parent, most.space, len(left))


class _Most:
    """The most memory that a process and those that work for it have had; the kernel keeps it for each."""

    def __init__(self) -> None:
        self.child = self.parent = self.space = 0

    def look(self, pid: int) -> None:
        self.parent = max(self.parent, procs.memory(pid, "VmHWM"))
        for child in procs.pool_children(pid):
            for each in (child, *procs.descendants(child)):
                self.child = max(self.child, procs.memory(each, "VmHWM"))
                self.space = max(self.space, procs.memory(each, "VmPeak"))


def _all(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
        return file.read()
