"""The ledger's part about jobs: which batch has one, how often it was tried, when it is given up.

Like the rest of the ledger, every function works inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from scanflow.archive.database.records import fetch_all
from scanflow.archive.database.tables import batches
from scanflow.clock import now
from scanflow.ledger.batches import batch_taken, set_batch, set_batch_state
from scanflow.ledger.lease import NEXT_TURN, Held, Lease, lock
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState

STORE_AWAY = "store-away"
"""Why a taken batch waits: the object store was away when it was last tried."""
CATALOG_BEHIND = "catalog-behind"
"""Why a taken batch waits: the bucket has more than the catalog, `scanflow repair` is to be run."""


def without_job(connection: Connection, limit: int) -> list[str]:
    """Batches that are taken but nobody was told to work on, oldest first."""
    query = (
        select(batches.c.id)
        .where(batches.c.state == BatchState.TAKEN, batches.c.job.is_(None))
        .order_by(batches.c.created_at)
        .limit(limit)
    )
    return list(connection.scalars(query))


def with_job(connection: Connection, after: str, limit: int) -> list[str]:
    """The names of jobs whose batches are worked on or wait in the queue: the next after this one."""
    query = (
        select(batches.c.job)
        .where(batches.c.state == BatchState.TAKEN, batches.c.job > after)
        .order_by(batches.c.job)
        .limit(limit)
    )
    return list(connection.scalars(query))


def jobs_ended(connection: Connection, ended: Mapping[str, str]) -> None:
    """These jobs (by name, with their batches) have ended: a batch that is still taken and has no newer one
    is to be handed in again.
    """
    still = (
        (batches.c.state == BatchState.TAKEN)
        & batches.c.id.in_(list(ended.values()))
        & batches.c.job.in_(list(ended))
    )
    connection.execute(update(batches).where(still).values(updated_at=now(), **NEXT_TURN))


def batches_with(connection: Connection, jobs: Iterable[str]) -> dict[str, BatchRecord]:
    """The batches of which these are still the newest jobs, by job."""
    query = select(batches).where(batches.c.job.in_(list(jobs)))
    return {each.job: each for each in fetch_all(connection, BatchRecord, query) if each.job}


def followed(connection: Connection, job: str, following: str) -> None:
    """Another job, of the next turn, does what is left of this one."""
    values = {"turn": batches.c.turn + 1, "job": following}
    connection.execute(update(batches).where(batches.c.job == job).values(updated_at=now(), **values))


def handed_in(connection: Connection, lease: Lease, job: str) -> None:
    """The work of this turn is in the queue under this name. Nothing, where the turn has passed already:
    a worker may be faster than who handed the batch in.
    """
    same = (batches.c.id == lease.batch_id) & (batches.c.turn == lease.turn)
    connection.execute(update(batches).where(same).values(updated_at=now(), job=job))


def put_back(held: Held) -> None:
    """Nobody works on the batch any more: its work is to be handed in again."""
    set_batch(held, **NEXT_TURN)


def go_on_without_missing_files(connection: Connection, before: datetime) -> None:
    """Batches that nobody has touched since `before` and whose files have not all come: their taker was
    killed, and the sources went elsewhere. What was taken goes on; the others are new when they come.
    """
    stale = (batches.c.state == BatchState.TAKING) & (batches.c.updated_at < before)
    batch_ids = list(connection.scalars(select(batches.c.id).where(stale).with_for_update()))
    for batch_id in batch_ids:
        batch_taken(lock(connection, batch_id))


def waits(held: Held, reason: str) -> None:
    """The batch can't go on for now, and why; forgotten when it comes to its end."""
    set_batch(held, reason=reason)


def count_failure(held: Held) -> int:
    """Count one more try to work on the batch that failed; how many that makes."""
    attempts = held.row.attempts + 1
    set_batch(held, attempts=attempts)
    return attempts


def fail(held: Held, reason: str) -> None:
    """The batch was tried often enough; a person is to look at it. `reason` holds no personal data."""
    set_batch_state(held, BatchState.FAILED, reason=reason)


def send_on(held: Held) -> None:
    """A person lets a failed batch be tried again."""
    set_batch_state(held, BatchState.TAKEN, reason=None, attempts=0, **NEXT_TURN)
