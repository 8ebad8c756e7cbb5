"""Signs of life: each worker counts beats in the catalog, and finds out who has stopped.

Silence is measured by the observer's own clock (a count that stands still), so that hosts need not agree on
the time. On the same host a process that is gone is seen at once.
"""

import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from scanflow.archive.tables import workers
from scanflow.clock import now


@dataclass(frozen=True, slots=True)
class Worker:
    """A working process: where it runs, and since when (its pid may come again, its birth will not)."""

    id: str
    host: str
    pid: int
    born: str


def this_worker() -> Worker:
    """The worker that this process is, under a name of its own."""
    host, pid = socket.gethostname(), os.getpid()
    return Worker(f"{host}-{pid}-{uuid4().hex[:8]}", host, pid, _born(pid))


def announce(connection: Connection, worker: Worker) -> None:
    """Enter a worker before it takes its first job."""
    connection.execute(
        insert(workers).values(
            id=worker.id, host=worker.host, pid=worker.pid, born=worker.born, beats=0, started_at=now()
        )
    )


def beat(connection: Connection, worker: Worker) -> None:
    """Count one more beat. A worker that others gave up while it was held up is entered again."""
    done = connection.execute(
        update(workers).where(workers.c.id == worker.id).values(beats=workers.c.beats + 1)
    )
    if done.rowcount == 0:
        announce(connection, worker)


def leave(connection: Connection, worker_ids: Sequence[str]) -> None:
    """Strike workers out: they have ended, or others have taken over what they had."""
    connection.execute(delete(workers).where(workers.c.id.in_(list(worker_ids))))


def entered(connection: Connection) -> set[str]:
    """Ids of all workers that have not been struck out."""
    return set(connection.scalars(select(workers.c.id)))


@dataclass(slots=True)
class Observer:
    """Watches the others' beats. `silence`: seconds after which one that stands still is dead."""

    worker: Worker
    silence: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def dead(self, connection: Connection) -> list[str]:
        """Ids of the workers that have stopped."""
        rows = connection.execute(select(workers).where(workers.c.id != self.worker.id)).fetchall()
        at = self.clock()
        before, self._seen = self._seen, {}
        gone = []
        for row in rows:
            beats, since = before.get(row.id, (row.beats, at))
            self._seen[row.id] = (row.beats, since if beats == row.beats else at)
            here = row.host == self.worker.host
            if at - self._seen[row.id][1] >= self.silence or (here and _born(row.pid) != row.born):
                gone.append(row.id)
        return gone


def _born(pid: int) -> str:
    """When a process of this host was born, in the kernel's ticks since boot; empty if there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field, the program's name in brackets, may hold spaces; the 22nd is the start time.
    return status.rpartition(")")[2].split()[19]
