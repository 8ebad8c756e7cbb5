"""A clerk's changes of a stack: rotate, remove, arrange, split, join, choose a type, mark as compared.

Pages are named by their numbers in the batch, papers by the number of their first page. Each function raises
NotFoundError, StackGoneError, NotYoursError, and SignedFileError where it would change a signed file: only
the whole file can be moved, removed or restored. Each is a step that `undo` takes back.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scanflow.classify.profiles import ANY_TYPE
from scanflow.clock import now
from scanflow.desk.access import changing, note
from scanflow.desk.changing import arranging, signed_files
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view import view
from scanflow.errors import ChangedError, NotFoundError, UsageError
from scanflow.ledger.attempts import Tried, forget_attempts
from scanflow.ledger.decisions import NOTHING, REMOVED, REMOVED_FILE, Decision, decide, decided
from scanflow.ledger.desk_work import undo_steps
from scanflow.ledger.lease import Held
from scanflow.ledger.pages import get_page, page_numbers, page_reopened, page_set_aside
from scanflow.ledger.records import PageRecord
from scanflow.model import UNKNOWN_TYPE, PageState
from scanflow.pipeline.page_readings import BLANK


def rotate(desk: Desk, batch_id: str, clerk: str, no: int, degrees: int, *, also: Sequence[int] = ()) -> None:
    """Turn pages clockwise by 90, 180 or 270 degrees from how they are shown; they are read again that way
    up.
    """
    if degrees % 360 not in (90, 180, 270):
        raise UsageError(f"a page can't be turned by {degrees} degrees")
    with changing(desk, batch_id, clerk, "turned", no) as held:
        for each in _all(no, also):
            _rotate(desk, held, clerk, each, degrees)


def _rotate(desk: Desk, held: Held, clerk: str, no: int, degrees: int) -> None:
    page = _page(held, no)
    signed_files.require_unsigned(held.connection, held.batch_id, no)
    before = decided(held.connection, held.batch_id).get(no, NOTHING).rotation
    if before is None:
        before = (page.geometry or {}).get("rotation", 0)
    _decide(desk, held, clerk, no, rotation=(before + degrees) % 360)
    if page.state is PageState.READ:
        _read_again(held, no)


def remove(desk: Desk, batch_id: str, clerk: str, no: int, *, also: Sequence[int] = ()) -> None:
    """Take pages out of their papers: they are kept, in no document."""
    with changing(desk, batch_id, clerk, "removed", no) as held:
        for each in _all(no, also):
            _page(held, each)
            signed_files.require_unsigned(held.connection, batch_id, each)
            _decide(desk, held, clerk, each, removed=REMOVED.code, kept=False)


def remove_file(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Take the signed file out of the stack in which page `no` is: it is kept as it came, in no document.

    Raises UsageError for a page of no signed file.
    """
    with changing(desk, batch_id, clerk, "file-removed", no) as held:
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


def restore(desk: Desk, batch_id: str, clerk: str, no: int, *, also: Sequence[int] = ()) -> None:
    """Put pages back that were removed or set aside as blank; with each the rest of its signed file."""
    with changing(desk, batch_id, clerk, "restored", no) as held:
        for each in _all(no, also):
            _restore(desk, held, clerk, each)


def _restore(desk: Desk, held: Held, clerk: str, no: int) -> None:
    page = _page(held, no)
    if numbers := signed_files.pages_beside(held.connection, held.batch_id, no):
        for each in numbers:
            decide(held, each, removed=None)
        note(desk, held.connection, held.batch_id, clerk, "decided", {"pages": numbers, "removed": None})
        return
    blank = page.state is PageState.SET_ASIDE and page.reason_code == BLANK.code
    back: dict[str, Any] = {"removed": None, "replaced_by": None} | ({"kept": True} if blank else {})
    _decide(desk, held, clerk, no, **back)
    if blank:
        page_reopened(held, no, PageState.READ)


def arrange(desk: Desk, batch_id: str, clerk: str, papers: Sequence[Sequence[int]]) -> None:
    """Arrange the pages as these papers, in this order; pages that are not named follow, unchanged.

    A paper with other pages than before begins only where it does here. It takes over what a clerk decided
    about the paper that most of its pages were in.
    """
    order = [no for paper in papers for no in paper]
    shown = _papers_shown(desk, batch_id, clerk)
    with changing(desk, batch_id, clerk, "arranged") as held:
        known = set(page_numbers(held.connection, batch_id))
        if len(set(order)) != len(order) or not set(order) <= known:
            raise UsageError("not an order of this stack's pages")
        signed_files.require_together(held.connection, batch_id, order)
        signed_files.require_own_papers(held.connection, batch_id, papers)
        about = arranging.about_papers(papers, shown, decided(held.connection, batch_id))
        for place, no in enumerate(order):
            decide(held, no, place=place)
        for no, changed in about.items():
            decide(held, no, **changed)
        said = {"papers": [list(paper) for paper in papers]}
        note(desk, held.connection, held.batch_id, clerk, "arranged", said)


def _papers_shown(desk: Desk, batch_id: str, clerk: str) -> list[list[int]]:
    """The numbers of the pages of each paper as the clerk sees them."""
    dossiers = view(desk, batch_id, clerk).dossiers
    return [[page.no for page in paper.pages] for dossier in dossiers for paper in dossier.papers]


def split(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Have a paper begin at this page."""
    _set_border(desk, batch_id, clerk, no, begins=True)


def join(desk: Desk, batch_id: str, clerk: str, no: int) -> None:
    """Join the paper that begins at this page to the one before."""
    _set_border(desk, batch_id, clerk, no, begins=False)


def choose_type(desk: Desk, batch_id: str, clerk: str, first: int, type: str | None) -> None:
    """Say of which type a paper is; None leaves it to the program again. Raises UsageError."""
    if type is not None and type != UNKNOWN_TYPE and type not in desk.services.profiles.types:
        raise UsageError(f"no type of paper {type}", "Không có loại giấy tờ này trong cấu hình.")
    with changing(desk, batch_id, clerk, "typed", first) as held:
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
            "Thủ tục không có thành phần hồ sơ này. Hãy tải lại trang web (F5) rồi chọn lại.",
        )
    type = asked[row][0] if len(asked[row]) == 1 and asked[row][0] != ANY_TYPE else UNKNOWN_TYPE
    with changing(desk, batch_id, clerk, "typed", first) as held:
        _page(held, first)
        signed_files.require_border(held.connection, batch_id, first, begins=True)
        _decide(desk, held, clerk, first, type=type, row=row, begins=True)


def attest(desk: Desk, batch_id: str, clerk: str, first: int, on: bool) -> None:
    """Say that a paper was compared with its original (đã đối chiếu với bản chính), or take that back."""
    with changing(desk, batch_id, clerk, "attested" if on else "unattested", first) as held:
        _page(held, first)
        by, at = (clerk, now().isoformat(timespec="seconds")) if on else (None, None)
        _decide(desk, held, clerk, first, attested_by=by, attested_at=at)


def attest_all(desk: Desk, batch_id: str, clerk: str) -> None:
    """Mark all other papers of the stack as compared with their originals, too."""
    shown = _papers_shown(desk, batch_id, clerk)
    with changing(desk, batch_id, clerk, "attested-all") as held:
        at = now().isoformat(timespec="seconds")
        for first in (paper[0] for paper in shown):
            if decided(held.connection, batch_id).get(first, NOTHING).attested is None:
                _decide(desk, held, clerk, first, attested_by=clerk, attested_at=at)


def _set_border(desk: Desk, batch_id: str, clerk: str, no: int, *, begins: bool) -> None:
    with changing(desk, batch_id, clerk, "split" if begins else "joined", no) as held:
        _page(held, no)
        signed_files.require_border(held.connection, batch_id, no, begins=begins)
        # What was said of the paper that began here is not said of the one that it becomes part of.
        gone: dict[str, Any] = {} if begins else dict.fromkeys(arranging.ABOUT_PAPER)
        _decide(desk, held, clerk, no, begins=begins, **gone)


def undo(desk: Desk, batch_id: str, clerk: str, step_id: int) -> None:
    """Take the newest change of the stack back. Raises ChangedError where that is another step by now."""
    with changing(desk, batch_id, clerk) as held:
        step = undo_steps.newest_step(held.connection, batch_id)
        if step is None or step.id != step_id:
            raise ChangedError(
                f"step {step_id} of batch {batch_id} is not the newest",
                "Thao tác này đã được hoàn tác, hoặc tập giấy tờ vừa có thay đổi khác.",
            )
        before = decided(held.connection, batch_id)
        undo_steps.take_back(held, step)
        after = decided(held.connection, batch_id)
        for no in step.pages:
            _follow(held, no, before.get(no, NOTHING), after.get(no, NOTHING))
        said = {"step": step.action, "page": step.page, "revision": step.revision}
        note(desk, held.connection, batch_id, clerk, "undone", said)


def _follow(held: Held, no: int, before: Decision, after: Decision) -> None:
    """Bring a page into the state that belongs to the decision which undoing has brought back."""
    page = _page(held, no)
    if page.state is PageState.READ and before.rotation != after.rotation:
        _read_again(held, no)
    elif page.state is PageState.READ and before.kept and not after.kept and not after.removed:
        page_set_aside(held, no, BLANK)


def _read_again(held: Held, no: int) -> None:
    forget_attempts(held, Tried.PAGE, no)
    page_reopened(held, no, PageState.TAKEN)


def _all(no: int, also: Sequence[int]) -> list[int]:
    """A page and those that were selected with it, each once."""
    return list(dict.fromkeys((no, *also)))


def _decide(desk: Desk, held: Held, clerk: str, no: int, **changes: Any) -> None:
    """Keep a decision, and enter in the log what changed by it."""
    before = decided(held.connection, held.batch_id).get(no, NOTHING)
    after = decide(held, no, **changes)
    changed = {name: value for name, value in asdict(after).items() if value != getattr(before, name)}
    note(desk, held.connection, held.batch_id, clerk, "decided", {"page": no, **changed})


def _page(held: Held, no: int) -> PageRecord:
    page = get_page(held.connection, held.batch_id, no)
    if page is None:
        raise NotFoundError(f"batch {held.batch_id} has no page {no}", f"Tập giấy tờ không có trang {no}.")
    return page
