"""Pages that come after their stack was filed or given up: the batches in which they wait, and their origin.

Every function works inside the caller's transaction.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import batches, files, orders
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.model import BatchState, FileState

LATE = "late-pages"
"""The reason why a batch of late pages waits."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The stack that late pages belong to: its batch, and its dossier number if that is known."""

    batch_id: str
    number: str | None


@dataclass(frozen=True, slots=True)
class LateFile:
    """A file of a batch of late pages, and where its bytes are in the store."""

    name: str
    object_key: str


def waiting_batch(connection: Connection, counter: str, order_id: int) -> str | None:
    """The batch in which late pages of a counter's order wait for a person, locked; None if there is none."""
    query = (
        select(batches.c.id)
        .join(files, files.c.batch_id == batches.c.id)
        .where(files.c.order_id == order_id, batches.c.state == BatchState.UNASSIGNED)
        .where(batches.c.reason == LATE, batches.c.counter == counter)
        .limit(1)
        .with_for_update(of=batches)
    )
    return connection.scalar(query)


def origin_of(connection: Connection, batch_id: str) -> Origin | None:
    """The stack whose pages a batch of late pages has; None if nobody knows it."""
    query = (
        select(batches.c.id, batches.c.dossier_number, batches.c.clerk_number)
        .join(orders, orders.c.batch_id == batches.c.id)
        .join(files, files.c.order_id == orders.c.id)
        .where(files.c.batch_id == batch_id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Origin(row.id, row.dossier_number or row.clerk_number) if row else None


def files_there(connection: Connection, batch_id: str) -> list[int]:
    """The numbers of a batch's files whose bytes are there and can be shown, in their order."""
    there = (files.c.batch_id == batch_id) & files.c.state.in_((FileState.TAKEN, FileState.UNPACKED))
    return list(connection.scalars(select(files.c.no).where(there).order_by(files.c.no)))


def late_file(connection: Connection, batch_id: str, no: int, agency: str) -> LateFile | None:
    """File `no` of a batch of late pages of this agency that nobody has taken on yet."""
    query = (
        select(files.c.name, files.c.object_key)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.id == batch_id, batches.c.state == BatchState.UNASSIGNED, batches.c.reason == LATE)
        .where(files.c.no == no, files.c.object_key.is_not(None), batches.c.agency == agency)
    )
    return fetch_one(connection, LateFile, query)
