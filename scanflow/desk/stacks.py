"""Stacks at the desk (xấp giấy tờ): begun, found again, claimed, described, handed in, given up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from scanflow.archive.agencies import membership, require_seat
from scanflow.archive.database.tables import batches, files, pages, users
from scanflow.archive.manifest import write_batch_manifest
from scanflow.clock import now
from scanflow.desk import late
from scanflow.desk.context import Desk
from scanflow.desk.model import AT_COUNTER
from scanflow.desk.ownership import NOBODYS, changing, note, require_agency
from scanflow.desk.view import view
from scanflow.errors import ChangedError, NotReadyError, NotYoursError
from scanflow.ledger import ledger, orders
from scanflow.ledger.decisions import GIVEN_UP, decide
from scanflow.ledger.lease import AT_DESK, NEXT_TURN, Held, lock
from scanflow.ledger.ledger import Intake
from scanflow.ledger.records import BatchRecord
from scanflow.model import DEFAULT_AGENCY
from scanflow.pipeline.filing.numbering import LATE, REASONS
from scanflow.pipeline.intake.scans import ORIGIN
from scanflow.pipeline.services import known_procedure
from scanflow.text.dossier_numbers import normalise_dossier_number


@dataclass(frozen=True, slots=True)
class LateStack:
    """Of a batch of late pages: the stack that they belong to, if it is known, and the files to show."""

    origin: str
    number: str | None
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StackSummary:
    """A stack in a list. `since` is when its clerk (or nobody) got it, `handed_by` who saw to that where it
    was not the clerk; `reason_vi` says why one that nobody has waits.
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
    desk: Desk, *, clerk: str, counter: str | None, number: str | None, procedure: str | None
) -> str:
    """Begin a stack of the clerk's agency; its batch's id.

    Raises UsageError for a number or procedure that can't be, NotFoundError for a counter where this clerk
    may not sit.
    """
    said = _said(desk, number, procedure)
    with desk.services.catalog.transaction() as connection:
        if counter is not None:
            require_seat(connection, clerk, counter)
        intake = Intake(ORIGIN, clerk, agency=membership(connection, clerk).agency, **said)
        begun = {"counter": counter, "held_since": now()}
        batch_id = ledger.begin(connection, intake, AT_DESK, **begun)
        note(desk, connection, batch_id, clerk, "begun", {"counter": counter})
    return batch_id


def my_stacks(desk: Desk, clerk: str) -> list[StackSummary]:
    """What a clerk has at the desk, the newest first."""
    return summaries(desk, (batches.c.state == AT_DESK) & (batches.c.operator == clerk) & seen_by(clerk))


def unclaimed(desk: Desk, clerk: str) -> list[StackSummary]:
    """Batches of the clerk's agency that wait for a person, the newest first."""
    return summaries(desk, FREE & seen_by(clerk))


def claim(desk: Desk, batch_id: str, clerk: str, counter: str | None) -> None:
    """Take on a batch of the clerk's agency that waits for a person.

    Raises NotFoundError, NotYoursError where somebody else was faster.
    """
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        require_agency(connection, held.row, clerk)
        if counter is not None:
            require_seat(connection, clerk, counter)
        if not _is_free(held.row):
            raise NotYoursError(f"batch {batch_id} no longer waits for anybody")
        values = {"operator": clerk, "counter": counter, "held_since": now(), "handed_by": None}
        ledger.set_batch_state(held, AT_DESK, reason=None, **values, **NEXT_TURN)
        before = held.row.operator or held.row.origin
        note(desk, connection, batch_id, clerk, "claimed", {"from": before})
    desk.bell.ring(batch_id)


def describe(desk: Desk, batch_id: str, clerk: str, number: str | None, procedure: str | None) -> None:
    """Say which dossier and procedure a stack belongs to; None takes the word back. Raises UsageError."""
    said = _said(desk, number, procedure)
    with changing(desk, batch_id, clerk) as held:
        ledger.set_batch(held, **said)
        note(desk, held.connection, batch_id, clerk, "described", said)


def hand_in(desk: Desk, batch_id: str, clerk: str, revision: int, *, leave_behind: bool = False) -> None:
    """File a stack as the clerk saw it at this revision; `leave_behind`: without pages that are still at the
    counter, which is logged. What comes of them later waits as a batch of late pages.

    Raises ChangedError where it has changed since, NotReadyError naming what stands in the way.
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
            for page in paper.pages:  # so that what is filed is what was shown, whoever files it
                decide(held, page.no, begins=page.no == paper.first)
        left = orders.outstanding(held.connection, batch_id)
        if left and not leave_behind:
            raise NotReadyError(f"batch {batch_id}: the counter has not confirmed its end")
        orders.leave_behind(held.connection, left)
        without = {"without": [asdict(each) for each in left]} if left else {}
        note(desk, held.connection, batch_id, clerk, "handed in", {"revision": revision, **without})
        _to_the_line(held)
    _send(desk, batch_id)


def give_up(desk: Desk, batch_id: str, clerk: str) -> None:
    """Set a whole stack aside: its pages are kept, in no document. Raises NotReadyError while pages come."""
    with changing(desk, batch_id, clerk) as held:
        connection = held.connection
        if orders.under_way_for(connection, batch_id) or _is_arriving(connection, batch_id):
            raise NotReadyError(
                f"batch {batch_id}: pages are still coming; stop the scanner first",
                "Máy còn đang quét hoặc đang nhận trang. Hãy bấm Dừng, chờ một chút rồi bỏ lại.",
            )
        for no in connection.scalars(select(pages.c.no).where(pages.c.batch_id == batch_id)).all():
            decide(held, no, removed=GIVEN_UP.code)
        note(desk, connection, batch_id, clerk, "given up")
        _to_the_line(held)
    _send(desk, batch_id)


FREE = (batches.c.state == "unassigned") | ((batches.c.state == AT_DESK) & (batches.c.operator == NOBODYS))
"""Batches that a clerk may take on: those that need a number, and those that were released."""


def _is_free(row: BatchRecord) -> bool:
    """The same of a row."""
    return bool(row.state == "unassigned" or (row.state == AT_DESK and row.operator == NOBODYS))


RELEASED_VI = "Đã trả lại hàng chờ, chưa có người nhận."


def _said(desk: Desk, number: str | None, procedure: str | None) -> dict[str, str | None]:
    """What a clerk said of a stack, in its one spelling."""
    grammars = desk.services.settings.codes.dossier_grammars
    typed = (number or "").strip()
    return {
        "clerk_number": normalise_dossier_number(typed, grammars) if typed else None,
        "procedure_code": known_procedure(desk.services, procedure or None),
    }


def _to_the_line(held: Held) -> None:
    """From now on it is a batch like any other: taken, less what was announced and never came."""
    ledger.batch_taken(held)
    ledger.set_batch(held, **NEXT_TURN)


def _send(desk: Desk, batch_id: str) -> None:
    """Hand the batch in; if this is interrupted, the next worker's sweep does it."""
    write_batch_manifest(desk.services.store, desk.services.catalog, batch_id)
    desk.submit(batch_id)


def _is_arriving(connection: Connection, batch_id: str) -> bool:
    """Whether a file has come whose pages are not known yet."""
    query = select(files.c.id).where(files.c.batch_id == batch_id, files.c.state == "taken")
    return connection.execute(query.limit(1)).first() is not None


def seen_by(clerk: str) -> ColumnElement[bool]:
    """Batches of a clerk's agency; without an account that is the default one."""
    own = select(users.c.agency).where(users.c.name == clerk).scalar_subquery()
    return batches.c.agency == func.coalesce(own, DEFAULT_AGENCY)


def summaries(desk: Desk, which: ColumnElement[bool]) -> list[StackSummary]:
    counted = (
        select(func.count()).select_from(pages).where(pages.c.batch_id == batches.c.id).scalar_subquery()
    )
    not_yet_apart = (
        select(func.count())
        .select_from(files)
        .where(files.c.batch_id == batches.c.id, files.c.state == "taken")
        .scalar_subquery()
    )
    query = (
        select(batches, (counted + not_yet_apart).label("pages"))
        .where(which)
        .order_by(batches.c.created_at.desc(), batches.c.id.desc())
    )
    with desk.services.catalog.reading() as connection:
        rows: Sequence[Row[Any]] = connection.execute(query).fetchall()
        late_stacks = {row.id: _late(connection, row.id) for row in rows if row.reason == LATE}
    return [
        StackSummary(
            batch_id=row.id,
            number=row.clerk_number,
            procedure=row.procedure_code,
            pages=row.pages,
            created_at=row.created_at,
            counter=row.counter,
            clerk=row.operator,
            state=row.state,
            late=late_stacks.get(row.id),
            since=row.held_since or row.created_at,
            agency=row.agency,
            handed_by=row.handed_by,
            reason_vi=_why(row),
        )
        for row in rows
    ]


def _late(connection: Connection, batch_id: str) -> LateStack:
    origin, number = late.origin_of(connection, batch_id)
    return LateStack(origin, number, tuple(late.kept_files(connection, batch_id)))


def _why(row: Row[Any]) -> str:
    """Why a batch that nobody has waits, in Vietnamese."""
    if row.state == AT_DESK:
        return RELEASED_VI if row.operator == NOBODYS else ""
    return REASONS[row.reason][1] if row.reason in REASONS else ""
