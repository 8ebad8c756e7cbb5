"""Heartbeats: each worker counts beats in the catalog, and finds out which others have stopped.

Silence is measured by the observer's own clock (a count that stands still), so that hosts need not agree on
the time. In the same place a process that is gone is seen at once: where /proc shows the same processes,
which is told by the kernel's boot and the pid namespace. A host's name alone doesn't tell: two containers may
share it.
"""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from scanflow.ledger.workers import count_beat, enter_worker, other_workers


@dataclass(frozen=True, slots=True)
class Worker:
    """A working process: where it runs, and since when (its pid may come again, its birth will not).

    `host` is for people; `place` tells whose /proc shows the process.
    """

    id: str
    host: str
    pid: int
    born: str
    place: str


def this_worker() -> Worker:
    """The worker that this process is, under a name of its own."""
    host, pid = socket.gethostname(), os.getpid()
    return Worker(f"{host}-{pid}-{uuid4().hex[:8]}", host, pid, _born(pid), _place(host))


def announce(connection: Connection, worker: Worker) -> None:
    """Enter a worker before it takes its first job."""
    enter_worker(
        connection, worker.id, host=worker.host, pid=worker.pid, born=worker.born, place=worker.place
    )


def beat(connection: Connection, worker: Worker) -> None:
    """Count one more beat. A worker that others removed while it was held up is entered again."""
    if not count_beat(connection, worker.id):
        announce(connection, worker)


@dataclass(slots=True)
class Observer:
    """Watches the others' beats. `silence`: seconds after which one that stands still is dead."""

    worker: Worker
    silence: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def dead(self, connection: Connection) -> list[str]:
        """Ids of the workers that have stopped."""
        others = other_workers(connection, self.worker.id)
        at = self.clock()
        before, self._seen = self._seen, {}
        gone = []
        for row in others:
            beats, since = before.get(row.id, (row.beats, at))
            self._seen[row.id] = (row.beats, since if beats == row.beats else at)
            here = row.place == self.worker.place
            if at - self._seen[row.id][1] >= self.silence or (here and _is_gone(row.pid, row.born)):
                gone.append(row.id)
        return gone


def _place(host: str) -> str:
    """What all processes have in common that see each other in /proc; a name of its own where that can't be
    told, so that nobody judges this process by what another /proc shows.

    The host's name is in it for copies of a virtual machine that was running: they share the boot's id.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink()
        # Not so if it is another namespace's /proc.
        shows_us = str(Path("/proc/self").readlink()) == str(os.getpid())
    except OSError:
        shows_us = False
    return f"{boot} {namespace} {host}" if shows_us else f"unknown {uuid4().hex}"


def _is_gone(pid: int, born: str) -> bool:
    """Whether the process of this place that was born then has ended."""
    found = _born(pid)
    if found:
        return found != born
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's, which /proc may hide from us
        return False
    return False


def _born(pid: int) -> str:
    """When a process of this place was born, in the kernel's ticks since boot; empty if none is seen."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field, the program's name in brackets, may hold spaces; the 22nd is the start time.
    return status.rpartition(")")[2].split()[19]
