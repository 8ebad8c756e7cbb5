"""Whose stack a batch is: begun, taken on, handed over, described, sent on for filing.

Whether somebody may do that is decided by the desk, behind the batch's lock. Where the work on a batch passes
on, its turn grows (`scanflow.ledger.lease`).
"""

from sqlalchemy import Connection

from scanflow.clock import now
from scanflow.ledger.batches import (
    Intake,
    batch_taken,
    begin_batch,
    bump_revision,
    set_batch,
    set_batch_state,
)
from scanflow.ledger.lease import NEXT_TURN, Held
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState

NOBODY = ""
"""The operator of a stack at the desk that was released: pages still arrive, and any clerk may take it on."""


def is_free(batch: BatchRecord) -> bool:
    """Whether a clerk may take on a batch: one that needs a number, or one that was released."""
    released = batch.state is BatchState.DESK and batch.operator == NOBODY
    return batch.state is BatchState.UNASSIGNED or released


def begin_stack(connection: Connection, intake: Intake, counter: str | None) -> str:
    """Note a new stack at the desk, of the intake's operator; its batch's id."""
    return begin_batch(connection, intake, BatchState.DESK, counter=counter, held_since=now())


def take_on(held: Held, clerk: str, counter: str | None) -> None:
    """A free batch becomes a clerk's stack at the desk."""
    values = {"operator": clerk, "counter": counter, "held_since": now(), "handed_by": None}
    set_batch_state(held, BatchState.DESK, reason=None, **values, **NEXT_TURN)


def pass_to(held: Held, to: str, by: str) -> None:
    """A stack at the desk goes to another clerk, or to `NOBODY`; `by` is who sees to that."""
    before = held.row
    values = {
        "operator": to,
        "held_since": now(),
        # Who had it before it was released is the one to be told.
        "handed_from": before.operator if before.operator != NOBODY else before.handed_from,
        "handed_by": by,
    }
    set_batch(held, **values, **NEXT_TURN)
    bump_revision(held)


def describe_stack(held: Held, number: str | None, procedure_code: str | None) -> None:
    """A person says which dossier and procedure a stack belongs to; None clears it."""
    set_batch(held, clerk_number=number, procedure_code=procedure_code)


def send_to_filing(held: Held) -> None:
    """A stack leaves the desk: a batch like any other, less what was announced and never came."""
    batch_taken(held)
    set_batch(held, **NEXT_TURN)
