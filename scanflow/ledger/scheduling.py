"""Jobs of batches: which batch has one, how often that failed, when it is given up.

Like the rest of the ledger, every function works inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from scanflow.archive.database.tables import batches
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now
from scanflow.ledger.batches import batch_taken, set_batch, set_batch_state
from scanflow.ledger.lease import NEXT_TURN, Held, Lease, lock
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState

STORE_UNAVAILABLE = "store-away"
"""Why a taken batch waits: the object store could not be reached when it was last tried."""
CATALOG_BEHIND = "catalog-behind"
"""Why a taken batch waits: the bucket has more than the catalog, `scanflow repair` is to be run."""

_DIRECT = "direct/"
"""How the names of jobs begin that workers without the queue claim."""

WORKED_ON = (BatchState.TAKEN, BatchState.UNASSIGNED, BatchState.CLOSED)
"""States in which a job has something to do: work on the batch, or tidy up after its end."""


def batches_without_job(connection: Connection, limit: int) -> list[str]:
    """Batches that need a job and have none: first those in the state `taken`, then the oldest.

    A batch that has come to its end is among them if its worker was stopped before it had tidied up.
    """
    found: list[str] = []
    for state in WORKED_ON:
        query = (
            select(batches.c.id)
            .where(batches.c.state == state, batches.c.job.is_(None))
            .order_by(batches.c.created_at)
            .limit(limit - len(found))
        )
        found += connection.scalars(query)
    return found


def is_any_left(connection: Connection, besides: str | None) -> bool:
    """Whether any batch but this one is being taken or worked on, or needs a job."""
    busy = batches.c.state.in_((BatchState.TAKING, BatchState.TAKEN))
    without = batches.c.state.in_(WORKED_ON) & batches.c.job.is_(None)
    # Two queries: each has an index.
    return any(
        connection.scalar(select(batches.c.id).where(which, batches.c.id != (besides or "")).limit(1))
        for which in (busy, without)
    )


def claim(connection: Connection, batch_id: str, worker_id: str) -> Lease | None:
    """Let a worker without the queue work on a batch that has no job; None where none is needed.

    It is the batch's next turn: a job that another worker's sweep may just have enqueued has lost its own.
    """
    held = lock(connection, batch_id)
    if held.row.state not in WORKED_ON or held.row.job is not None:
        return None
    turn = held.row.turn + 1
    set_batch(held, turn=turn, job=f"{_claims(worker_id)}{batch_id}/{turn}")
    return Lease(batch_id, held.row.state, turn)


def claimed_by(connection: Connection, workers: Iterable[str]) -> dict[str, str]:
    """The newest jobs of batches that these workers claimed, with their batches."""
    found: dict[str, str] = {}
    for worker_id in workers:
        claimed = batches.c.job.startswith(_claims(worker_id), autoescape=True)
        for row in connection.execute(select(batches.c.job, batches.c.id).where(claimed)):
            found[row.job] = row.id
    return found


def claimants(connection: Connection) -> set[str]:
    """Ids of the workers without the queue that have a claim on a batch which is still taken."""
    claimed = (batches.c.state == BatchState.TAKEN) & batches.c.job.startswith(_DIRECT, autoescape=True)
    jobs = connection.scalars(select(batches.c.job).where(claimed))
    return {job.removeprefix(_DIRECT).rsplit("/", 2)[0] for job in jobs}


def _claims(worker_id: str) -> str:
    """How the jobs begin that this worker claims; the names of the queue's begin with a batch's id."""
    return f"{_DIRECT}{worker_id}/"


def jobs_of_taken_batches(connection: Connection, after: str, limit: int) -> list[str]:
    """The names of the jobs that taken batches have, in order, from the next after this one."""
    query = (
        select(batches.c.job)
        .where(batches.c.state == BatchState.TAKEN, batches.c.job > after)
        .order_by(batches.c.job)
        .limit(limit)
    )
    return list(connection.scalars(query))


def jobs_ended(connection: Connection, ended: Mapping[str, str]) -> None:
    """These jobs (by name, with their batches) have ended: a batch that is still taken and has no newer job
    needs another.
    """
    still = (
        (batches.c.state == BatchState.TAKEN)
        & batches.c.id.in_(list(ended.values()))
        & batches.c.job.in_(list(ended))
    )
    connection.execute(update(batches).where(still).values(updated_at=now(), **NEXT_TURN))


def batches_by_job(connection: Connection, jobs: Iterable[str]) -> dict[str, BatchRecord]:
    """The batches of which these are still the newest jobs, by job."""
    query = select(batches).where(batches.c.job.in_(list(jobs)))
    return {each.job: each for each in fetch_all(connection, BatchRecord, query) if each.job}


def job_replaced(connection: Connection, job: str, following: str) -> None:
    """Enter another job, of the next turn, that continues this job's work."""
    values = {"turn": batches.c.turn + 1, "job": following}
    connection.execute(update(batches).where(batches.c.job == job).values(updated_at=now(), **values))


def job_enqueued(connection: Connection, lease: Lease, job: str) -> None:
    """The job of this turn is in the queue. Does nothing where the turn has passed already: a worker may be
    faster than the process that enqueued the job.
    """
    same = (batches.c.id == lease.batch_id) & (batches.c.turn == lease.turn)
    connection.execute(update(batches).where(same).values(updated_at=now(), job=job))


def release_job(held: Held) -> None:
    """Nobody works on the batch any more, or tidies up after its end: it needs another job."""
    set_batch(held, **NEXT_TURN)


def end_stale_takings(connection: Connection, before: datetime) -> None:
    """End the taking of batches that nobody has changed since `before`: the process that took their files was
    killed, and the missing sources went away. The files that were taken go on; the others are new when they
    come.
    """
    stale = (batches.c.state == BatchState.TAKING) & (batches.c.updated_at < before)
    batch_ids = list(connection.scalars(select(batches.c.id).where(stale).with_for_update()))
    for batch_id in batch_ids:
        batch_taken(lock(connection, batch_id))


def note_waiting(held: Held, reason: str) -> None:
    """Note why the batch can't go on for now; forgotten when it is closed or waits for a person."""
    set_batch(held, reason=reason)


def count_failure(held: Held) -> int:
    """Count one more failure of the work on the batch. Returns how many there are now."""
    attempts = held.row.attempts + 1
    set_batch(held, attempts=attempts)
    return attempts


def fail(held: Held, reason: str) -> None:
    """The batch was tried often enough; a person is to look at it. `reason` holds no personal data."""
    set_batch_state(held, BatchState.FAILED, reason=reason)


def reset_failed(held: Held) -> None:
    """A person lets a failed batch be tried again."""
    set_batch_state(held, BatchState.TAKEN, reason=None, attempts=0, **NEXT_TURN)
