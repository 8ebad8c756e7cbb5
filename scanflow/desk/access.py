"""Access to stacks: every change checks the owner, increments the revision and publishes an event.

A batch of another agency gives the same error as one that does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from scanflow.archive.agencies import membership
from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.clock import in_vietnam, now
from scanflow.desk.context import Desk
from scanflow.errors import NotYoursError, StackGoneError
from scanflow.ledger.batches import bump_revision, get_batch, unknown_batch
from scanflow.ledger.lease import Held, lock
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState


def in_agency(connection: Connection, batch_id: str, clerk: str) -> BatchRecord:
    """The row of a batch of the clerk's agency. Raises NotFoundError."""
    row = get_batch(connection, batch_id)
    require_agency(connection, row, clerk)
    return row


def require_agency(connection: Connection, row: BatchRecord, clerk: str) -> None:
    """Raise NotFoundError if a batch (the ledger's row) is not of the clerk's agency."""
    if row.agency != membership(connection, clerk).agency:
        raise unknown_batch(row.id)


def owned(connection: Connection, batch_id: str, clerk: str) -> BatchRecord:
    """The row of a clerk's own stack. Raises NotFoundError, StackGoneError, NotYoursError."""
    return _if_owned(connection, get_batch(connection, batch_id), clerk)


def require_owner(row: BatchRecord, clerk: str) -> None:
    """Raise NotYoursError if a batch (the ledger's row) is not this clerk's."""
    if row.operator == clerk:
        return
    if row.handed_from == clerk and row.held_since is not None:
        at = f"{in_vietnam(row.held_since):%H:%M %d/%m/%Y}"
        raise NotYoursError(
            f"batch {row.id} was handed over at {at}; another clerk goes on with it",
            f"Xấp giấy tờ này đã được chuyển cho người khác xử lý lúc {at}.",
        )
    raise NotYoursError(f"batch {row.id} is another clerk's")


@contextmanager
def changing(desk: Desk, batch_id: str, clerk: str) -> Iterator[Held]:
    """A transaction in which a clerk changes their own stack; raises as `owned`.

    Other changes of the stack wait for its end.
    """
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        _if_owned(connection, held.row, clerk)
        yield held
        bump_revision(held)
    desk.events.publish(batch_id)


def _if_owned(connection: Connection, row: BatchRecord, clerk: str) -> BatchRecord:
    require_agency(connection, row, clerk)
    if row.state is not BatchState.DESK:
        raise StackGoneError(f"batch {row.id} is {row.state}, no stack at the desk")
    require_owner(row, clerk)
    return row


def note(
    desk: Desk, connection: Connection, batch_id: str, clerk: str, action: str, after: Any = None
) -> None:
    """Enter an action of a clerk on their stack in the append-only log."""
    entry = LogEntry(now(), clerk, action, batch_subject(batch_id), after=after)
    desk.services.catalog.append_log(entry, connection=connection)
