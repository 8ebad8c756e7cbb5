"""Stacks at the desk (tập giấy tờ): opened, listed, claimed, described, submitted for filing, given up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.people.agencies import membership, require_seat
from scanflow.desk.access import changing, note, require_agency, require_owner
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view import view
from scanflow.desk.stack_view.view_model import AT_COUNTER
from scanflow.errors import ChangedError, NotReadyError, StackGoneError, UsageError
from scanflow.ledger.batches import Intake
from scanflow.ledger.decisions import GIVEN_UP, NOTHING, decide, decided
from scanflow.ledger.desk_work import late_pages, orders
from scanflow.ledger.desk_work.arrivals import has_files_to_unpack
from scanflow.ledger.desk_work.ownership import (
    NOBODY,
    begin_stack,
    describe_stack,
    is_free,
    send_to_filing,
    take_on,
)
from scanflow.ledger.desk_work.stacks import ListedStack, free_stacks, stacks_of
from scanflow.ledger.desk_work.undo_steps import forget_steps
from scanflow.ledger.lease import lock
from scanflow.ledger.pages import page_numbers
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState
from scanflow.pipeline.filing.numbering import REASONS
from scanflow.pipeline.intake.scans import ORIGIN
from scanflow.pipeline.services import known_procedure
from scanflow.text.dossier_numbers import find_dossier_numbers, normalise_dossier_number


@dataclass(frozen=True, slots=True)
class LateStack:
    """For a batch of late pages: the stack that they belong to, if it is known, and the files to show."""

    origin: str
    number: str | None
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StackSummary:
    """A stack in a list. `since` is when its clerk got it, or when it was released. `handed_by` is who handed
    it over, if it was not the clerk. `reason_vi` says why a stack without a clerk waits.
    """

    batch_id: str
    number: str | None
    procedure: str | None
    pages: int
    created_at: datetime
    counter: str | None
    clerk: str
    state: str
    since: datetime
    agency: str
    handed_by: str | None = None
    reason_vi: str = ""
    late: LateStack | None = None


def open_stack(
    desk: Desk,
    *,
    clerk: str,
    counter: str | None,
    number: str | None,
    procedure: str | None,
    existing: bool = False,
) -> str:
    """Begin a stack of the clerk's agency; its batch's id. `existing`: for a dossier that is in the archive,
    as when its result (kết quả giải quyết) is added.

    Raises UsageError for an invalid number or procedure and for an unknown dossier, NotFoundError for a
    counter where this clerk may not sit.
    """
    number, procedure = _said(desk, number, procedure)
    with desk.services.catalog.transaction() as connection:
        if counter is not None:
            require_seat(connection, clerk, counter)
        intake = Intake(ORIGIN, clerk, number, procedure, membership(connection, clerk).agency)
        if existing and not _is_there(desk, connection, number, intake.agency):
            raise UsageError(
                "the agency has no dossier of this number",
                "Trong kho chưa có hồ sơ mang mã này. Hãy kiểm tra lại mã hồ sơ.",
            )
        batch_id = begin_stack(connection, intake, counter)
        note(desk, connection, batch_id, clerk, "begun", {"counter": counter})
    return batch_id


def my_stacks(desk: Desk, clerk: str) -> list[StackSummary]:
    """What a clerk has at the desk, the newest first."""
    with desk.services.catalog.reading() as connection:
        agency = membership(connection, clerk).agency
        return summaries(connection, stacks_of(connection, clerk, agency))


def unclaimed(desk: Desk, clerk: str) -> list[StackSummary]:
    """Batches of the clerk's agency that wait for a person, the newest first."""
    with desk.services.catalog.reading() as connection:
        return summaries(connection, free_stacks(connection, membership(connection, clerk).agency))


def claim(desk: Desk, batch_id: str, clerk: str, counter: str | None) -> None:
    """Take on a batch of the clerk's agency that waits for a person.

    Raises NotFoundError, NotYoursError if another clerk has taken it.
    """
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        require_agency(connection, held.row, clerk)
        if counter is not None:
            require_seat(connection, clerk, counter)
        if not is_free(held.row):
            if held.row.state is not BatchState.DESK:
                raise StackGoneError(f"batch {batch_id} is {held.row.state} and waits for nobody")
            require_owner(connection, held.row, NOBODY)  # says who has taken it
        take_on(held, clerk, counter)
        before = held.row.operator or held.row.origin
        note(desk, connection, batch_id, clerk, "claimed", {"from": before})
    desk.events.publish(batch_id)


def describe(desk: Desk, batch_id: str, clerk: str, number: str | None, procedure: str | None) -> None:
    """State which dossier and procedure a stack belongs to; None takes that back. Raises UsageError."""
    number, procedure = _said(desk, number, procedure)
    with changing(desk, batch_id, clerk, "described") as held:
        describe_stack(held, number, procedure)
        said = {"clerk_number": number, "procedure_code": procedure}
        note(desk, held.connection, batch_id, clerk, "described", said)


def submit(desk: Desk, batch_id: str, clerk: str, revision: int, *, leave_behind: bool = False) -> None:
    """Submit a stack for filing as the clerk saw it at this revision; `leave_behind`: without pages that are
    still at the counter, which is logged. Pages that come later wait as a batch of late pages.

    Raises ChangedError where it has changed since, NotReadyError naming what prevents it.
    """
    shown = view(desk, batch_id, clerk)
    if shown.revision != revision:
        raise ChangedError(f"batch {batch_id} changed since revision {revision}")
    for problem in shown.problems:
        if problem.severity == "stop" and not (leave_behind and problem.code in AT_COUNTER):
            raise NotReadyError(problem.text, problem.text_vi)
    with changing(desk, batch_id, clerk) as held:
        if held.row.revision != revision:
            raise ChangedError(f"batch {batch_id} changed since revision {revision}")
        for paper in (paper for dossier in shown.dossiers for paper in dossier.papers):
            for (
                page
            ) in paper.pages:  # so that what is filed is what was shown, also if another process files it
                decide(held, page.no, begins=page.no == paper.first)
        left = orders.outstanding(held.connection, batch_id)
        if left and not leave_behind:
            raise NotReadyError(f"batch {batch_id}: the counter has not confirmed its end")
        orders.end_orders_without_agent(held.connection, left)
        without = {"without": [asdict(each) for each in left]} if left else {}
        note(desk, held.connection, batch_id, clerk, "handed in", {"revision": revision, **without})
        send_to_filing(held)
        forget_steps(held)
    _send(desk, batch_id)


def give_up(desk: Desk, batch_id: str, clerk: str) -> None:
    """Set a whole stack aside: its pages are kept, in no document. Raises NotReadyError while pages come."""
    with changing(desk, batch_id, clerk) as held:
        connection = held.connection
        if orders.under_way_for(connection, batch_id) or has_files_to_unpack(connection, batch_id):
            raise NotReadyError(
                f"batch {batch_id}: pages are still coming; stop the scanner first",
                "Máy còn đang quét hoặc đang nhận trang. Hãy bấm Dừng, chờ một chút rồi hủy lại.",
            )
        for no in page_numbers(connection, batch_id):
            decide(held, no, removed=GIVEN_UP.code)
        note(desk, connection, batch_id, clerk, "given up")
        send_to_filing(held)
        forget_steps(held)
    _send(desk, batch_id)


def was_given_up(desk: Desk, batch_id: str) -> bool:
    """Whether a stack that left the desk was given up, and not submitted."""
    with desk.services.catalog.reading() as connection:
        decisions = decided(connection, batch_id)
        numbers = page_numbers(connection, batch_id)
    return all(decisions.get(no, NOTHING).removed == GIVEN_UP.code for no in numbers)


def number_in_code(desk: Desk, code: str) -> str | None:
    """The dossier number in the text of a scanned code, which may be a link; None without one, or with
    several.
    """
    found = find_dossier_numbers(code, desk.services.settings.codes.dossier_grammars)
    return found[0] if len(found) == 1 else None


RELEASED_VI = "Đã trả lại hàng chờ, chưa có người nhận."


def _is_there(desk: Desk, connection: Connection, number: str | None, agency: str) -> bool:
    """Whether a dossier of this number is the agency's."""
    return number is not None and desk.services.catalog.agency_of_dossier(number, connection) == agency


def _said(desk: Desk, number: str | None, procedure: str | None) -> tuple[str | None, str | None]:
    """The dossier number and the procedure that a clerk stated, each in its one spelling."""
    typed = (number or "").strip()
    return _number(desk, typed) if typed else None, known_procedure(desk.services, procedure or None)


def _number(desk: Desk, typed: str) -> str:
    """The dossier number that was typed, or the one in a code whose text a barcode scanner typed."""
    try:
        return normalise_dossier_number(typed, desk.services.settings.codes.dossier_grammars)
    except UsageError:
        if number := number_in_code(desk, typed):
            return number
        raise


def _send(desk: Desk, batch_id: str) -> None:
    """Put the batch into the queue; if this is interrupted, the next worker's check does it."""
    write_batch_manifest(desk.services.store, desk.services.catalog, batch_id)
    desk.submit(batch_id)


def summaries(connection: Connection, listed: Sequence[ListedStack]) -> list[StackSummary]:
    """What is shown of stacks in a list."""
    return [
        StackSummary(
            batch_id=batch.id,
            number=batch.clerk_number,
            procedure=batch.procedure_code,
            pages=stack.pages,
            created_at=batch.created_at,
            counter=batch.counter,
            clerk=batch.operator,
            state=batch.state,
            late=_late(connection, batch.id) if batch.reason == late_pages.LATE else None,
            since=batch.held_since or batch.created_at,
            agency=batch.agency,
            handed_by=batch.handed_by,
            reason_vi=_why(batch),
        )
        for stack in listed
        if (batch := stack.batch)
    ]


def _late(connection: Connection, batch_id: str) -> LateStack:
    origin = late_pages.origin_of(connection, batch_id)
    there = tuple(late_pages.files_there(connection, batch_id))
    return LateStack(origin.batch_id if origin else "", origin.number if origin else None, there)


def _why(batch: BatchRecord) -> str:
    """Why a batch that nobody has waits, in Vietnamese."""
    if batch.state is BatchState.DESK:
        return RELEASED_VI if batch.operator == NOBODY else ""
    return REASONS[batch.reason][1] if batch.reason in REASONS else ""
