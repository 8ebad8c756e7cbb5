"""Whose stack it is: every change asks for the owner, moves the revision on and rings the bell."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.clock import now
from scanflow.desk.opened import Desk
from scanflow.errors import NotYoursError, StackGoneError
from scanflow.pipeline import ledger
from scanflow.pipeline.lease import AT_DESK, Held, lock


def owned(connection: Connection, batch_id: str, clerk: str) -> Row[Any]:
    """The row of a clerk's own stack. Raises NotFoundError, StackGoneError, NotYoursError."""
    return _if_owned(ledger.batch(connection, batch_id), clerk)


@contextmanager
def changing(desk: Desk, batch_id: str, clerk: str) -> Iterator[Held]:
    """A transaction in which a clerk changes their own stack; raises as `owned`.

    Others that change it wait for its end.
    """
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        _if_owned(held.row, clerk)
        yield held
        ledger.bump_revision(held)
    desk.bell.ring(batch_id)


def _if_owned(row: Row[Any], clerk: str) -> Row[Any]:
    if row.state != AT_DESK:
        raise StackGoneError(f"batch {row.id} is {row.state}, no stack at the desk")
    if row.operator != clerk:
        raise NotYoursError(f"batch {row.id} is another clerk's")
    return row


def note(
    desk: Desk, connection: Connection, batch_id: str, clerk: str, action: str, after: Any = None
) -> None:
    """Enter in the append-only log what a clerk did to their stack."""
    entry = LogEntry(now(), clerk, action, batch_subject(batch_id), after=after)
    desk.services.catalog.append_log(entry, connection=connection)
