"""The ledger's part about jobs: which batch has one, how often it was tried, when it is given up.

Like the rest of the ledger, every function works on a connection inside the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from scanflow.archive.tables import batches
from scanflow.clock import now
from scanflow.pipeline import ledger

STORE_AWAY = "store-away"
"""Why a taken batch waits: the object store was away when it was last tried."""


def without_job(connection: Connection, limit: int) -> list[str]:
    """Batches that are taken but nobody was told to work on, oldest first."""
    query = (
        select(batches.c.id)
        .where(batches.c.state == "taken", batches.c.job.is_(None))
        .order_by(batches.c.created_at)
        .limit(limit)
    )
    return list(connection.scalars(query))


def with_job(connection: Connection, after: str, limit: int) -> list[str]:
    """The names of jobs whose batches are worked on or wait in the queue: the next after this one."""
    query = (
        select(batches.c.job)
        .where(batches.c.state == "taken", batches.c.job > after)
        .order_by(batches.c.job)
        .limit(limit)
    )
    return list(connection.scalars(query))


def jobs_ended(connection: Connection, ended: Mapping[str, str]) -> None:
    """These jobs (by name, with their batches) have ended: a batch that is still taken and has no newer one
    is to be handed in again.
    """
    still = (
        (batches.c.state == "taken") & batches.c.id.in_(list(ended.values())) & batches.c.job.in_(list(ended))
    )
    connection.execute(update(batches).where(still).values(updated_at=now(), **ledger.NEXT_TURN))


def handed_in(connection: Connection, batch_id: str, job: str) -> None:
    """The batch's work is in the queue under this name."""
    ledger.set_batch(connection, batch_id, job=job)


def put_back(connection: Connection, batch_id: str) -> None:
    """Nobody works on the batch any more: its work is to be handed in again."""
    ledger.set_batch(connection, batch_id, **ledger.NEXT_TURN)


def go_on_without_missing_files(connection: Connection, before: datetime) -> None:
    """Batches that nobody has touched since `before` and whose files have not all come: their taker was
    killed, and the sources went elsewhere. What was taken goes on; the others are new when they come.
    """
    stale = (batches.c.state == "taking") & (batches.c.updated_at < before)
    batch_ids = list(connection.scalars(select(batches.c.id).where(stale).with_for_update()))
    for batch_id in batch_ids:
        ledger.batch_taken(connection, batch_id)


def waits(connection: Connection, batch_id: str, reason: str) -> None:
    """The batch can't go on for now, and why; forgotten when it comes to its end."""
    still_open = (batches.c.id == batch_id) & (batches.c.state == "taken")
    connection.execute(update(batches).where(still_open).values(reason=reason))


def begin_attempt(connection: Connection, batch_id: str) -> int:
    """Count one more try to work on the batch; how many that makes."""
    ledger.set_batch(connection, batch_id, attempts=batches.c.attempts + 1)
    return int(ledger.batch(connection, batch_id).attempts)


def fail(connection: Connection, batch_id: str, reason: str) -> None:
    """The batch was tried often enough; a person is to look at it. `reason` holds no personal data.

    Raises OvertakenError.
    """
    ledger.require_open(connection, batch_id)
    ledger.set_batch(connection, batch_id, state="failed", reason=reason)


def send_on(connection: Connection, batch_id: str) -> None:
    """A person lets a failed batch be tried again."""
    ledger.set_batch(connection, batch_id, state="taken", reason=None, attempts=0, **ledger.NEXT_TURN)
