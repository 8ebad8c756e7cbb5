"""Heartbeats: each worker counts beats in the catalog, and finds out which others have stopped.

A worker has stopped if its count stands still. The observer measures this by its own clock, so the hosts'
clocks need not agree. Processes of one *place* see each other in /proc, so a process of the same place that
has ended is seen at once. A place is known by the kernel's boot id and the pid namespace; the host's name is
not enough, because two containers may have the same.
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
    """A working process: where it runs, and since when. A pid may be used again; pid and birth together not.

    `host` is shown to people; `place` says in which /proc the process can be seen.
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
    """Count one more beat. If others have removed the worker while it was slow, it is entered again."""
    if not count_beat(connection, worker.id):
        announce(connection, worker)


@dataclass(slots=True)
class Observer:
    """Watches the others' beats. A worker whose count stands still for `silence` seconds has stopped."""

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
    """The place of this process: equal for all processes that see each other in the same /proc.

    Where it can't be found out, a name that no other process has: nobody then looks for this process in
    another /proc. It contains the host's name, because copies of a running virtual machine have the same
    boot id.
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
