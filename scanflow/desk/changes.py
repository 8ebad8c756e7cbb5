"""What a clerk changes in a stack: turns, removes, arranges, splits, joins, names, compares.

Pages are named by their numbers in the batch, papers by the number of their first page. Each raises
NotFoundError, StackGoneError, NotYoursError, and SignedFileError where it would change a signed file, of
which only the whole can be moved, removed or restored.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scanflow.classify.profiles import ANY_TYPE
from scanflow.clock import now
from scanflow.desk import signed_files
from scanflow.desk.access import changing, note
from scanflow.desk.context import Desk
from scanflow.desk.view import view
from scanflow.errors import NotFoundError, UsageError
from scanflow.ledger.attempts import Tried, forget_attempts
from scanflow.ledger.decisions import NOTHING, REMOVED, REMOVED_FILE, decide, decided
from scanflow.ledger.lease import Held
from scanflow.ledger.pages import get_page, page_numbers, page_reopened
from scanflow.ledger.records import PageRecord
from scanflow.model import UNKNOWN_TYPE, PageState
from scanflow.pipeline.page_readings import BLANK


def rotate(desk: Desk, batch_id: str, clerk: str, no: int, degrees: int) -> None:
    """Turn a page clockwise by 90, 180 or 270 degrees from how it is shown; it is read again that way up."""
    if degrees % 360 not in (90, 180, 270):
        raise UsageError(f"a page can't be turned by {degrees} degrees")
    with changing(desk, batch_id, clerk) as held:
        page = _page(held, no)
        signed_files.require_unsigned(held.connection, batch_id, no)
        before = decided(held.connection, held.batch_id).get(no, NOTHING).rotation
        if before is None:
            before = (page.geometry or {}).get("rotation", 0)
        _decide(desk, held, clerk, no, rotation=(before + degrees) % 360)
        if page.state is PageState.READ:
            forget_attempts(held, Tried.PAGE, no)
            page_reopened(held, no, PageState.TAKEN)


def remove(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Take a page out of its paper: it is kept, in no document."""
    with changing(desk, batch_id, clerk) as held:
        _page(held, no)
        signed_files.require_unsigned(held.connection, batch_id, no)
        _decide(desk, held, clerk, no, removed=REMOVED.code, kept=False)


def remove_file(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Take the signed file out of the stack in which page `no` is: it is kept as it came, in no document.

    Raises UsageError for a page of no signed file.
    """
    with changing(desk, batch_id, clerk) as held:
        _page(held, no)
        numbers = signed_files.pages_beside(held.connection, batch_id, no)
        if not numbers:
            raise UsageError(f"page {no} is in no signed file", "Trang này không thuộc tệp ký số.")
        for each in numbers:
            decide(held, each, removed=REMOVED_FILE.code)
        note(
            desk,
            held.connection,
            held.batch_id,
            clerk,
            "decided",
            {"pages": numbers, "removed": REMOVED_FILE.code},
        )


def restore(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Put a page back that was removed or set aside as blank; with it the rest of its signed file."""
    with changing(desk, batch_id, clerk) as held:
        page = _page(held, no)
        if numbers := signed_files.pages_beside(held.connection, batch_id, no):
            for each in numbers:
                decide(held, each, removed=None)
            note(desk, held.connection, held.batch_id, clerk, "decided", {"pages": numbers, "removed": None})
            return
        blank = page.state is PageState.SET_ASIDE and page.reason_code == BLANK.code
        back: dict[str, Any] = {"removed": None, "replaced_by": None} | ({"kept": True} if blank else {})
        _decide(desk, held, clerk, no, **back)
        if blank:
            page_reopened(held, no, PageState.READ)


def arrange(desk: Desk, batch_id: str, clerk: str, order: Sequence[int]) -> None:
    """Put pages in this order; those that are not named stay behind it, as they are."""
    with changing(desk, batch_id, clerk) as held:
        known = set(page_numbers(held.connection, batch_id))
        if len(set(order)) != len(order) or not set(order) <= known:
            raise UsageError("not an order of this stack's pages")
        signed_files.require_together(held.connection, batch_id, order)
        for place, no in enumerate(order):
            decide(held, no, place=place)
        note(desk, held.connection, held.batch_id, clerk, "arranged", {"pages": list(order)})


def split(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Have a paper begin at this page."""
    _set_border(desk, batch_id, clerk, no, begins=True)


def join(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Have the paper that begins at this page go on the one before."""
    _set_border(desk, batch_id, clerk, no, begins=False)


def choose_type(desk: Desk, batch_id: str, clerk: str, first: int, type: str | None) -> None:
    """Say of which type a paper is; None leaves it to the program again. Raises UsageError."""
    if type is not None and type != UNKNOWN_TYPE and type not in desk.services.profiles.types:
        raise UsageError(f"no type of paper {type}", "Không có loại giấy tờ này trong cấu hình.")
    with changing(desk, batch_id, clerk) as held:
        _page(held, first)
        signed_files.require_border(held.connection, batch_id, first, begins=True)
        _decide(desk, held, clerk, first, type=type, row=None, begins=True)


def choose_row(desk: Desk, batch_id: str, clerk: str, first: int, row: str) -> None:
    """Say which row of its procedure's list a paper meets (its type follows where the row asks for one).

    Raises UsageError for a row that the stack's procedure does not have.
    """
    dossiers = view(desk, batch_id, clerk).dossiers
    asked = {item.id: item.types for each in dossiers if each.checklist for item in each.checklist.items}
    if row not in asked:
        raise UsageError(
            "the procedure has no such row",
            "Thủ tục không có thành phần hồ sơ này. Hãy tải lại trang rồi chọn lại.",
        )
    type = asked[row][0] if len(asked[row]) == 1 and asked[row][0] != ANY_TYPE else UNKNOWN_TYPE
    with changing(desk, batch_id, clerk) as held:
        _page(held, first)
        signed_files.require_border(held.connection, batch_id, first, begins=True)
        _decide(desk, held, clerk, first, type=type, row=row, begins=True)


def attest(desk: Desk, batch_id: str, clerk: str, first: int, on: bool) -> None:
    """Say that a paper was compared with its original (đã đối chiếu bản chính), or take that back."""
    with changing(desk, batch_id, clerk) as held:
        _page(held, first)
        by, at = (clerk, now().isoformat(timespec="seconds")) if on else (None, None)
        _decide(desk, held, clerk, first, attested_by=by, attested_at=at)


def _set_border(desk: Desk, batch_id: str, clerk: str, no: int, *, begins: bool) -> None:
    with changing(desk, batch_id, clerk) as held:
        _page(held, no)
        signed_files.require_border(held.connection, batch_id, no, begins=begins)
        # What was said of the paper that began here is not said of the one that it becomes part of.
        about_paper = ("type", "row", "attested_by", "attested_at")
        gone: dict[str, Any] = {} if begins else dict.fromkeys(about_paper)
        _decide(desk, held, clerk, no, begins=begins, **gone)


def _decide(desk: Desk, held: Held, clerk: str, no: int, **changes: Any) -> None:
    """Keep a decision, and enter in the log what changed by it."""
    before = decided(held.connection, held.batch_id).get(no, NOTHING)
    after = decide(held, no, **changes)
    changed = {name: value for name, value in asdict(after).items() if value != getattr(before, name)}
    note(desk, held.connection, held.batch_id, clerk, "decided", {"page": no, **changed})


def _page(held: Held, no: int) -> PageRecord:
    page = get_page(held.connection, held.batch_id, no)
    if page is None:
        raise NotFoundError(f"batch {held.batch_id} has no page {no}", f"Xấp giấy tờ không có trang {no}.")
    return page
