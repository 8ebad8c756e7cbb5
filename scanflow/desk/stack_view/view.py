"""What a clerk sees of a stack, computed each time from ledger and readings.

The same functions file the batch, so that what is shown is what will be filed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from scanflow.desk.access import owned
from scanflow.desk.arriving.orders import is_here
from scanflow.desk.context import Desk
from scanflow.desk.stack_view import verdicts
from scanflow.desk.stack_view.dossiers import StackData, find_dossiers
from scanflow.desk.stack_view.pictures import geometry_of
from scanflow.desk.stack_view.view_model import (
    BadFile,
    DeskDossier,
    DeskPage,
    DeskPageState,
    DeskPaper,
    Feeding,
    Severity,
    StackView,
    Undoable,
    Verdict,
)
from scanflow.ledger import readings
from scanflow.ledger.decisions import NOTHING, REASONS, Decision, Decisions, decided, in_place, place_of
from scanflow.ledger.desk_work import counters, orders, undo_steps
from scanflow.ledger.files import batch_files
from scanflow.ledger.pages import batch_pages
from scanflow.ledger.records import BatchRecord, FileRecord, PageRecord, PlacedPage
from scanflow.model import FileState, PageReading, PageState

__all__ = ["DeskDossier", "DeskPage", "DeskPaper", "Feeding", "Severity", "StackView", "Verdict", "view"]


@dataclass(frozen=True, slots=True)
class _Stack:
    """What ledger and readings say of a stack."""

    batch: BatchRecord
    files: Mapping[int, FileRecord]
    pages: Sequence[PageRecord]
    decisions: Decisions
    readings: Mapping[int, PageReading]


def view(desk: Desk, batch_id: str, clerk: str) -> StackView:
    """A clerk's own stack as it is now. Raises NotFoundError, StackGoneError, NotYoursError."""
    with desk.services.catalog.reading() as connection:
        stack = _load(desk, connection, batch_id, clerk)
        placed = in_place(list(_placed(stack)), stack.decisions)
        doubles = verdicts.doubles(placed)
        shown = {row.no: _page(stack, row, doubles) for row in stack.pages}
        checksums = {row.no: row.sha256 for row in stack.pages}
        data = StackData(
            desk.services, connection, stack.batch, placed, stack.decisions, shown, checksums, desk.memory
        )
        dossiers, problems = find_dossiers(data)
        feeding = _feeding(desk, connection, batch_id)
        left = orders.outstanding(connection, batch_id)
        unfinished = orders.unfinished_scans(connection, batch_id)
        undoable = _undoable(connection, batch_id)
    in_order = sorted(shown.values(), key=lambda page: place_of(page.no, stack.decisions))
    waiting = [page for page in in_order if page.state == "reading"]
    arrived = [file for file in stack.files.values() if file.state in (FileState.EXPECTED, FileState.TAKEN)]
    aside = [page for page in in_order if page.state in ("blank", "removed", "bad")]
    return StackView(
        batch_id=batch_id,
        revision=stack.batch.revision,
        state=stack.batch.state,
        clerk=stack.batch.operator,
        counter=stack.batch.counter,
        number=stack.batch.clerk_number,
        procedure=stack.batch.procedure_code,
        dossiers=dossiers,
        aside=tuple(aside),
        bad_files=tuple(_bad_files(stack)),
        waiting=tuple(waiting),
        feeding=feeding,
        undoable=undoable,
        problems=(
            *verdicts.at_counter(left, agent_here=feeding is not None and feeding.agent_here),
            *verdicts.unfinished(unfinished),
            *_unread(len(waiting) + len(arrived)),
            *problems,
            *_bad_pages(aside),
        ),
    )


def _load(desk: Desk, connection: Connection, batch_id: str, clerk: str) -> _Stack:
    return _Stack(
        batch=owned(connection, batch_id, clerk),
        files={row.id: row for row in batch_files(connection, batch_id)},
        pages=batch_pages(connection, batch_id),
        decisions=decided(connection, batch_id),
        readings=readings.kept(connection, batch_id, desk.reading),
    )


def _placed(stack: _Stack) -> Iterator[PlacedPage]:
    """The pages that papers are made of, in the form in which the classifier takes them."""
    # A page without a checksum is one that could not be taken out of its file.
    counts = Counter(row.file_id for row in stack.pages if row.sha256)
    for row in stack.pages:
        if row.state is PageState.READ and row.no in stack.readings and row.file_id is not None:
            signed = stack.files[row.file_id].signed
            yield PlacedPage(row.no, stack.readings[row.no], row.file_id, counts[row.file_id], signed)


def _page(stack: _Stack, row: PageRecord, doubles: Mapping[int, int]) -> DeskPage:
    decision = stack.decisions.get(row.no, NOTHING)
    reading = stack.readings.get(row.no)
    state = _state(row, removed=decision.removed is not None)
    geometry = geometry_of(row.geometry, decision)
    looks = f"{geometry.rotation}.{geometry.skew:.2f}" if geometry else "0"
    return DeskPage(
        no=row.no,
        state=state,
        picture=f"{row.sha256[:12]}-{looks}",
        size=reading.size if reading and state == "read" else None,
        confidence=row.confidence or 0.0,
        words=len(reading.words) if reading else 0,
        verdicts=tuple(_verdicts(row, state, reading, decision, doubles)),
        replaced_by=decision.replaced_by if state == "removed" else None,
        signed=any(file.id == row.file_id and file.signed for file in stack.files.values()),
    )


def _state(row: PageRecord, *, removed: bool) -> DeskPageState:
    if removed:
        return "removed"
    match row.state:
        case PageState.QUARANTINED:
            return "bad"
        case PageState.SET_ASIDE:
            return "blank"
        case PageState.READ:
            return "read"
    return "reading"


def _verdicts(
    row: PageRecord,
    state: DeskPageState,
    reading: PageReading | None,
    decision: Decision,
    doubles: Mapping[int, int],
) -> Iterator[Verdict]:
    if state == "removed" and decision.removed:
        reason = REASONS[decision.removed]
        yield Verdict(reason.code, "note", reason.text, reason.text_vi)
    elif state == "bad":
        yield verdicts.bad(row.reason or "", row.reason_vi or "")
    elif reading is not None and state in ("read", "blank"):
        if row.no in doubles:
            yield verdicts.doubled(doubles[row.no])
        if reading.unread:
            yield verdicts.unread(row.reason or "", row.reason_vi or "")
        by_hand = decision.rotation is not None
        yield from verdicts.of_reading(reading, stays=state == "read", turned_by_hand=by_hand)


def _feeding(desk: Desk, connection: Connection, batch_id: str) -> Feeding | None:
    """The newest scan that was ordered for a stack."""
    order = orders.newest_scan(connection, batch_id)
    if order is None:
        return None
    return Feeding(
        id=order.id,
        state=order.state,
        pages=order.pages,
        device=order.device,
        profile=order.profile,
        agent_here=is_here(desk, counters.counter(connection, order.counter)),
        code=order.reason_code,
        reason=order.reason,
        reason_vi=order.reason_vi,
    )


def _undoable(connection: Connection, batch_id: str) -> Undoable | None:
    step = undo_steps.newest_step(connection, batch_id)
    return Undoable(step.id, step.action, step.page) if step else None


def _unread(unread: int) -> Iterator[Verdict]:
    if unread:
        yield Verdict("reading", "stop", f"{unread} pages are being read", f"Đang đọc {unread} trang.")


def _bad_pages(aside: Sequence[DeskPage]) -> Iterator[Verdict]:
    count = sum(page.state == "bad" for page in aside)
    if count:
        yield Verdict(
            "bad-pages",
            "warning",
            f"{count} pages could not be read: scan them again",
            f"Có {count} trang không đọc được. Hãy quét lại các trang đó.",
        )


def _bad_files(stack: _Stack) -> Iterator[BadFile]:
    """Files that could not be taken apart."""
    for file in stack.files.values():
        if file.state is FileState.QUARANTINED and not any(row.file_id == file.id for row in stack.pages):
            yield BadFile(file.no, verdicts.bad(file.reason or "", file.reason_vi or ""))
