"""Workers (máy xử lý): each counts beats in the catalog, by which others see that it is alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from scanflow.archive.database.tables import workers
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A working process: where it runs, since when, and how many beats it has counted.

    `host` is for people; `place` tells whose /proc shows the process (`pid`), None for a worker of an older
    release. `born` is when the process began, in the kernel's ticks since boot: a pid may come again.
    """

    id: str
    host: str
    pid: int
    born: str
    place: str | None
    beats: int
    started_at: datetime


def enter_worker(  # noqa: PLR0913 - a row's columns
    connection: Connection, worker_id: str, *, host: str, pid: int, born: str, place: str
) -> None:
    """Enter a worker, with no beats yet."""
    row = {"id": worker_id, "host": host, "pid": pid, "born": born, "place": place}
    connection.execute(insert(workers).values(**row, beats=0, started_at=now()))


def count_beat(connection: Connection, worker_id: str) -> bool:
    """Count one more beat of a worker; whether it is entered."""
    own = workers.c.id == worker_id
    done = connection.execute(update(workers).where(own).values(beats=workers.c.beats + 1))
    return done.rowcount > 0


def remove_workers(connection: Connection, worker_ids: Sequence[str]) -> None:
    """Remove workers: they have ended, or others have taken over what they had."""
    connection.execute(delete(workers).where(workers.c.id.in_(list(worker_ids))))


def worker_ids(connection: Connection) -> set[str]:
    """Ids of all workers that are entered."""
    return set(connection.scalars(select(workers.c.id)))


def other_workers(connection: Connection, worker_id: str) -> list[WorkerRecord]:
    """All workers that are entered but this one."""
    return fetch_all(connection, WorkerRecord, select(workers).where(workers.c.id != worker_id))
