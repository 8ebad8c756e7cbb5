"""Handing over a stack (chuyển tập giấy tờ) whose clerk is absent: to another clerk, or to any clerk.

A supervisor of the batch's agency does it on the page, an operator by command. Pages that are still arriving
come into the stack whoever has it. The former clerk is informed; the log names all three people.
"""

from sqlalchemy import Connection

from scanflow.archive.catalog import Catalog
from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.archive.people.agencies import is_active_member, membership
from scanflow.clock import now
from scanflow.desk import stacks
from scanflow.desk.access import changing
from scanflow.desk.context import Desk
from scanflow.desk.stacks import StackSummary
from scanflow.errors import ChangedError, DeniedError, NotFoundError, StackGoneError, UsageError
from scanflow.ledger.batches import get_batch, unknown_batch
from scanflow.ledger.desk_work.ownership import NOBODY, pass_to
from scanflow.ledger.desk_work.stacks import stacks_handed_away, stacks_of_others
from scanflow.ledger.lease import Held, lock
from scanflow.ledger.records import BatchRecord
from scanflow.membership import Membership, Role
from scanflow.model import BatchState


def supervises(member: Membership) -> bool:
    """Whether somebody may hand stacks over at all."""
    return member.role in (Role.SUPERVISOR, Role.OPERATOR)


def others_stacks(desk: Desk, supervisor: str) -> list[StackSummary]:
    """The stacks at the desk that other clerks have, as far as this supervisor may hand them over.

    Raises DeniedError.
    """
    with desk.services.catalog.reading() as connection:
        member = _require_supervisor(connection, supervisor)
        agency = None if member.role is Role.OPERATOR else member.agency
        return stacks.summaries(connection, stacks_of_others(connection, supervisor, agency))


def handed_away(desk: Desk, clerk: str) -> list[StackSummary]:
    """What a clerk had at the desk until it was handed over or released, and that is not filed yet."""
    with desk.services.catalog.reading() as connection:
        agency = membership(connection, clerk).agency
        return stacks.summaries(connection, stacks_handed_away(connection, clerk, agency))


def supervised(desk: Desk, batch_id: str, supervisor: str) -> BatchRecord:
    """The row of a stack that this supervisor may hand over.

    Raises DeniedError unless the person is a supervisor, NotFoundError, StackGoneError.
    """
    with desk.services.catalog.reading() as connection:
        return _supervised(connection, batch_id, supervisor)


def hand_over(desk: Desk, batch_id: str, supervisor: str, *, holder: str, to: str) -> None:
    """Give the stack that `holder` has to the clerk `to`, who may be the supervisor.

    Raises as `supervised`, NotFoundError for a clerk of no or another agency, ChangedError where `holder` no
    longer has it, UsageError where `to` has it already.
    """
    with desk.services.catalog.transaction() as connection:
        _supervised(connection, batch_id, supervisor)
        _give(desk.services.catalog, _held(connection, batch_id, holder), to, supervisor)
    desk.events.publish(batch_id)


def release(desk: Desk, batch_id: str, supervisor: str, *, holder: str) -> None:
    """Let any clerk of its agency take on the stack that `holder` has. Raises as `hand_over`."""
    with desk.services.catalog.transaction() as connection:
        _supervised(connection, batch_id, supervisor)
        _release(desk.services.catalog, _held(connection, batch_id, holder), supervisor)
    desk.events.publish(batch_id)


def give_back(desk: Desk, batch_id: str, clerk: str) -> None:
    """Let any clerk of the agency take on a stack that this clerk has. Raises as `owned`."""
    with changing(desk, batch_id, clerk) as held:
        _move(desk.services.catalog, held, NOBODY, clerk)


def hand_over_by_command(catalog: Catalog, batch_id: str, to: str, *, actor: str) -> None:
    """The same by an operator at the command line. Raises NotFoundError, StackGoneError, UsageError."""
    with catalog.transaction() as connection:
        _give(catalog, _held(connection, batch_id), to, actor)


def release_by_command(catalog: Catalog, batch_id: str, *, actor: str) -> None:
    """The same by an operator at the command line. Raises NotFoundError, StackGoneError, UsageError."""
    with catalog.transaction() as connection:
        _release(catalog, _held(connection, batch_id), actor)


def _require_supervisor(connection: Connection, name: str) -> Membership:
    member = membership(connection, name)
    if not supervises(member):
        raise DeniedError(
            "only a supervisor hands stacks over", "Chỉ người phụ trách mới chuyển được tập giấy tờ."
        )
    return member


def _supervised(connection: Connection, batch_id: str, supervisor: str) -> BatchRecord:
    member = _require_supervisor(connection, supervisor)
    batch = get_batch(connection, batch_id)
    if member.role is not Role.OPERATOR and batch.agency != member.agency:
        raise unknown_batch(batch_id)
    _require_at_desk(batch)
    return batch


def _held(connection: Connection, batch_id: str, holder: str | None = None) -> Held:
    """The stack, locked; `holder` is who is said to have it."""
    held = lock(connection, batch_id)
    _require_at_desk(held.row)
    if holder is not None and held.row.operator != holder:
        raise ChangedError(
            f"batch {batch_id} went to another clerk meanwhile",
            "Tập giấy tờ này vừa được chuyển cho người khác. Hãy xem lại danh sách.",
        )
    return held


def _require_at_desk(batch: BatchRecord) -> None:
    if batch.state is not BatchState.DESK:
        raise StackGoneError(f"batch {batch.id} is {batch.state}, no stack at the desk")


def _give(catalog: Catalog, held: Held, to: str, by: str) -> None:
    batch = held.row
    if not is_active_member(held.connection, to, batch.agency):
        raise NotFoundError(
            f"no user {to} who can sign in, in agency {batch.agency}",
            "Không có cán bộ này trong cơ quan, hoặc tài khoản đã bị khóa.",
        )
    if batch.operator == to:
        raise UsageError(f"{to} has batch {batch.id} already", "Cán bộ này đang giữ tập giấy tờ rồi.")
    _move(catalog, held, to, by)


def _release(catalog: Catalog, held: Held, by: str) -> None:
    if held.row.operator == NOBODY:
        raise UsageError(
            f"batch {held.batch_id} was released already", "Tập giấy tờ này đã được trả lại hàng chờ."
        )
    _move(catalog, held, NOBODY, by)


def _move(catalog: Catalog, held: Held, to: str, by: str) -> None:
    pass_to(held, to, by)
    action = "handed over" if to != NOBODY else "released"
    before, after = {"clerk": held.row.operator or None}, {"clerk": to or None}
    entry = LogEntry(now(), by, action, batch_subject(held.batch_id), before, after)
    catalog.append_log(entry, connection=held.connection)
