"""Looking at processes and killing them, through /proc: by pid, never by name."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from scanflow.settings import Settings, load_settings


def descendants(pid: int) -> list[int]:
    """The pids of all descendants of a process, nearest first."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop(0)
        with suppress(OSError):  # the process or the thread has ended
            for thread in Path(f"/proc/{parent}/task").iterdir():
                children = [int(pid) for line in _lines(f"{thread}/children") for pid in line.split()]
                found += children
                waiting += children
    return found


def pool_children(pid: int) -> list[int]:
    """The children that decode and read for a process: those that its fork server forked.

    A child has the fork server's command line, so what a child starts is told apart by its grandparent.
    """
    found = descendants(pid)
    forked = {child for child in found if "forkserver" in command(_parent(child))}
    return [child for child in found if child in forked and _parent(child) not in forked]


def leads_group(pid: int) -> bool:
    """Whether a process leads a process group of its own; not one that has ended."""
    with suppress(ProcessLookupError):
        return os.getpgid(pid) == pid
    return False


def kill(pid: int) -> bool:
    """SIGKILL; whether the process existed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def with_variable(name: str, value: str) -> list[int]:
    """The pids of all processes with this value of this environment variable."""
    wanted = f"{name}={value}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return found


def handles(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    for line in _lines(f"/proc/{pid}/status"):
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def memory(pid: int, line: str) -> int:
    """A line of /proc/PID/status that tells of memory, in bytes; 0 for a process that is gone."""
    for each in _lines(f"/proc/{pid}/status"):
        if each.startswith(f"{line}:"):
            return int(each.split()[1]) * 1024
    return 0


def _parent(pid: int) -> int:
    for line in _lines(f"/proc/{pid}/status"):
        if line.startswith("PPid:"):
            return int(line.split()[1])
    return 0


def command(pid: int) -> str:
    """A process's command line; empty for one that is gone."""
    return "".join(_lines(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _lines(path: str) -> Iterator[str]:
    with suppress(OSError):
        yield from Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def settings_in(environment: Mapping[str, str]) -> Settings:
    """The settings of a process with these variables."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        return load_settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
