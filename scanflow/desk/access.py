"""Access to stacks: every change checks the owner, increments the revision and publishes an event.

A batch of another agency gives the same error as one that does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.archive.people.agencies import membership, name_of_user
from scanflow.clock import in_vietnam, now
from scanflow.desk.context import Desk
from scanflow.errors import NotYoursError, StackGoneError
from scanflow.ledger.batches import bump_revision, get_batch, unknown_batch
from scanflow.ledger.desk_work.ownership import NOBODY
from scanflow.ledger.desk_work.undo_steps import remembering
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


def require_owner(connection: Connection, row: BatchRecord, clerk: str) -> None:
    """Raise NotYoursError, which names who has it, if a batch (the ledger's row) is not this clerk's."""
    if row.operator == clerk:
        return
    since = f"{in_vietnam(row.held_since):%H:%M %d/%m/%Y}" if row.held_since else ""
    holder = name_of_user(connection, row.operator)
    if row.operator == NOBODY:
        raise NotYoursError(
            f"batch {row.id} was released and waits for a clerk",
            "Tập giấy tờ này đã được trả lại hàng chờ, chưa có người nhận xử lý.",
        )
    if row.handed_from == clerk and since:
        raise NotYoursError(
            f"batch {row.id} was handed over at {since}; another clerk goes on with it",
            f"Tập giấy tờ này đã được chuyển cho {holder} xử lý lúc {since}.",
        )
    raise NotYoursError(
        f"batch {row.id} is another clerk's",
        f"Tập giấy tờ này đang do {holder} xử lý" + (f", từ {since}." if since else "."),
    )


@contextmanager
def changing(
    desk: Desk, batch_id: str, clerk: str, step: str | None = None, page: int | None = None
) -> Iterator[Held]:
    """A transaction in which a clerk changes their own stack; raises as `owned`.

    Other changes of the stack wait for its end. `step` is what the change is called when it can be undone,
    and `page` the page that it is about.
    """
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        _if_owned(connection, held.row, clerk)
        with remembering(held, clerk, step, page) if step else nullcontext():
            yield held
        bump_revision(held)
    desk.events.publish(batch_id)


def _if_owned(connection: Connection, row: BatchRecord, clerk: str) -> BatchRecord:
    require_agency(connection, row, clerk)
    if row.state is not BatchState.DESK:
        raise StackGoneError(f"batch {row.id} is {row.state}, no stack at the desk")
    require_owner(connection, row, clerk)
    return row


def note(
    desk: Desk, connection: Connection, batch_id: str, clerk: str, action: str, after: Any = None
) -> None:
    """Enter an action of a clerk on their stack in the append-only log."""
    entry = LogEntry(now(), clerk, action, batch_subject(batch_id), after=after)
    desk.services.catalog.append_log(entry, connection=connection)
