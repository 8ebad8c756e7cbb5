"""Whose stack it is: every change asks for the owner, moves the revision on and rings the bell."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, select

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.archive.tables import batches
from scanflow.clock import now
from scanflow.desk.opened import Desk
from scanflow.errors import NotYoursError, StackGoneError
from scanflow.pipeline import ledger

AT_DESK = "desk"
"""The state of a batch that a clerk works on."""


def owned(connection: Connection, batch_id: str, clerk: str) -> Row[Any]:
    """The row of a clerk's own stack. Raises NotFoundError, StackGoneError, NotYoursError."""
    row = ledger.batch(connection, batch_id)
    if row.state != AT_DESK:
        raise StackGoneError(f"batch {batch_id} is {row.state}, no stack at the desk")
    if row.operator != clerk:
        raise NotYoursError(f"batch {batch_id} is another clerk's")
    return row


@contextmanager
def changing(desk: Desk, batch_id: str, clerk: str) -> Iterator[Connection]:
    """A transaction in which a clerk changes their own stack; raises as `owned`.

    Others that change it wait for its end.
    """
    with desk.services.catalog.transaction() as connection:
        connection.execute(select(batches.c.id).where(batches.c.id == batch_id).with_for_update())
        owned(connection, batch_id, clerk)
        yield connection
        move_on(connection, batch_id)
    desk.bell.ring(batch_id)


def move_on(connection: Connection, batch_id: str) -> None:
    """The stack has changed."""
    ledger.set_batch(connection, batch_id, revision=batches.c.revision + 1)


def note(
    desk: Desk, connection: Connection, batch_id: str, clerk: str, action: str, after: Any = None
) -> None:
    """Enter in the append-only log what a clerk did to their stack."""
    entry = LogEntry(now(), clerk, action, batch_subject(batch_id), after=after)
    desk.services.catalog.append_log(entry, connection=connection)
