"""Leases: who may change a batch, and how a delayed worker is kept from changing it.

Each time the work on a batch passes on (enqueued again, taken over, claimed by a clerk) its `turn` grows: it
is a fencing token. A worker has a `Lease`: the batch with the state and the turn in which it was given the
work. It changes the batch in transactions of `holding` only, each of which locks the batch's row and compares
state and turn with the lease. So a worker that was suspended, and continues when another one has the batch,
gets an OvertakenError before it has changed anything.

All functions that change a batch, its files, pages or readings take a `Held`, which only this module makes:
from a lease (`resume`), or by `lock` for what a person does in one transaction and decides behind the lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import batches
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.errors import NotFoundError, OvertakenError
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState

NEXT_TURN: Mapping[str, Any] = {"job": None, "turn": batches.c.turn + 1}
"""The values of a batch whose work passes on: who had it can change nothing more, and it needs a new job."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change a batch as long as it is in this state and turn."""

    batch_id: str
    state: BatchState
    turn: int


@dataclass(frozen=True, slots=True)
class Held:
    """A batch whose row is locked by the connection's transaction: nobody else changes it until its end.

    `row` is the batch as it was when it was locked.
    """

    connection: Connection
    row: BatchRecord

    @property
    def batch_id(self) -> str:
        return self.row.id

    @property
    def lease(self) -> Lease:
        """The lease to go on with the batch as it was when it was locked."""
        return Lease(self.row.id, self.row.state, self.row.turn)


def lock(connection: Connection, batch_id: str) -> Held:
    """Lock a batch whatever its state; the caller looks at `Held.row` itself. Raises NotFoundError.

    Only for what is decided and done in this one transaction. With a lease use `resume`.
    """
    row = _locked(connection, batch_id)
    if row is None:
        raise NotFoundError(f"no batch {batch_id}", f"Không có tập giấy tờ {batch_id}.")
    return Held(connection, row)


def resume(connection: Connection, lease: Lease) -> Held:
    """Lock a batch to go on with it. Raises OvertakenError where the lease is no longer good."""
    row = _locked(connection, lease.batch_id)
    if row is None or (row.state, row.turn) != (lease.state, lease.turn):
        raise OvertakenError(
            f"batch {lease.batch_id}: its work has passed to somebody else, or was brought to its end"
        )
    return Held(connection, row)


@contextmanager
def holding(catalog: Catalog, lease: Lease) -> Iterator[Held]:
    """A transaction that changes the lease's batch, all or nothing. Raises OvertakenError."""
    with catalog.transaction() as connection:
        yield resume(connection, lease)


def require_still_held(catalog: Catalog, lease: Lease) -> None:
    """Raise OvertakenError where the lease is no longer good. Call it right before an effect outside the
    database, which no transaction can roll back.
    """
    with holding(catalog, lease):
        pass


def _locked(connection: Connection, batch_id: str) -> BatchRecord | None:
    query = select(batches).where(batches.c.id == batch_id).with_for_update()
    return fetch_one(connection, BatchRecord, query)
