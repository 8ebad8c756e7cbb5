"""A clerk corrects their own saved stack until the end of that day in Vietnam: types, pages, dossier.

The functions are those of reviewers, with the same entries in log and manifests. Later only reviewers can
correct it.
"""

from dataclasses import dataclass

from scanflow.archive.people.accounts import User
from scanflow.clock import date_in_vietnam, now
from scanflow.errors import DeniedError, NotFoundError, OutdatedError, UsageError
from scanflow.ledger.batches import get_batch, unknown_batch
from scanflow.ledger.documents import filed_by
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState
from scanflow.review.access import Opened, Reviewer, open_document
from scanflow.review.context import Review
from scanflow.review.corrections import correcting, rearranging
from scanflow.review.corrections.moving import move_document
from scanflow.review.corrections.page_rotation import ArrangedPage
from scanflow.text.dossier_numbers import normalise_dossier_number


@dataclass(frozen=True, slots=True)
class SavedStack:
    """A stack that was saved today, with its papers as they are filed now, in their dossiers' order."""

    batch_id: str
    who: Reviewer
    papers: tuple[Opened, ...]

    def paper(self, first: int) -> Opened:
        """The paper that began at this page of the stack. Raises NotFoundError."""
        for each in self.papers:
            if each.place.first_page == first:
                return each
        raise NotFoundError(
            f"batch {self.batch_id} filed no paper that begins at page {first}",
            f"Tập giấy tờ này không có giấy tờ nào bắt đầu từ trang {first}.",
        )


def may_correct(batch: BatchRecord, clerk: str) -> bool:
    """Whether a stack is this clerk's, was saved, and that was today."""
    today = date_in_vietnam(now())
    closed = batch.state is BatchState.CLOSED and batch.held_since is not None
    return (
        closed
        and batch.operator == clerk
        and batch.closed_at is not None
        and date_in_vietnam(batch.closed_at) == today
    )


def open_saved_stack(review: Review, user: User, batch_id: str) -> SavedStack:
    """The stack that a clerk saved today, with its papers as they are now.

    Raises NotFoundError for another agency's, DeniedError for another clerk's and where the day is over.
    """
    with review.catalog.reading() as connection:
        batch = get_batch(connection, batch_id)
        if batch.agency != user.member.agency:
            raise unknown_batch(batch_id)
        filed = filed_by(connection, batch_id)
    if not may_correct(batch, user.name):
        raise DeniedError(
            f"batch {batch_id} can be corrected by its own clerk, on the day on which it was saved",
            "Chỉ cán bộ đã lưu tập giấy tờ được sửa, và chỉ trong ngày lưu. "
            "Sau đó hãy báo người kiểm tra hồ sơ.",
        )
    who = Reviewer(user.name, user.member.agency, may_change=True)
    places = sorted({(each.dossier, each.no) for each in filed})
    return SavedStack(batch_id, who, tuple(open_document(review, who, *place) for place in places))


@dataclass(frozen=True, slots=True)
class SeenPaper:
    """Which paper of a stack a person means: the page that it began with, and the version that they saw."""

    first: int
    version: int


def correct_type(review: Review, stack: SavedStack, paper: SeenPaper, choice: str) -> None:
    """Set a paper's type, or the row of its dossier's list that it meets.

    Raises NotFoundError, and OutdatedError and UsageError as `correcting.correct_type`.
    """
    correcting.correct_type(review, stack.who, _seen(stack, paper), choice)


def turn_page(review: Review, stack: SavedStack, paper: SeenPaper, nth: int, degrees: int) -> None:
    """Rotate the nth page of a paper clockwise; it is read again. Raises as `rearranging.reorder`."""
    opened = _seen(stack, paper)
    placed = [ArrangedPage(no, degrees if no == nth else 0) for no in range(1, opened.version.pages + 1)]
    rearranging.reorder(review, stack.who, opened, placed)


def move_page(review: Review, stack: SavedStack, paper: SeenPaper, nth: int) -> None:
    """Swap the nth page of a paper with the one before it. Raises as `rearranging.reorder`."""
    opened = _seen(stack, paper)
    if not 2 <= nth <= opened.version.pages:
        raise UsageError("there is no page before this one", "Không có trang nào ở trước trang này.")
    order = list(range(1, opened.version.pages + 1))
    order[nth - 2], order[nth - 1] = order[nth - 1], order[nth - 2]
    rearranging.reorder(review, stack.who, opened, [ArrangedPage(no) for no in order])


def split_paper(review: Review, stack: SavedStack, paper: SeenPaper, nth: int) -> None:
    """Split a paper before its nth page. Raises as `rearranging.split`."""
    rearranging.split(review, stack.who, _seen(stack, paper), nth)


def join_papers(review: Review, stack: SavedStack, paper: SeenPaper) -> None:
    """Join a paper to the one before it in its dossier. Raises UsageError where there is none."""
    opened = _seen(stack, paper)
    before = [each for each in stack.papers[: stack.papers.index(opened)] if each.number == opened.number]
    if not before:
        raise UsageError("no paper of this dossier is before it", "Không có giấy tờ nào ở trước để gộp vào.")
    rearranging.join(review, stack.who, before[-1], opened)


def move_papers(review: Review, stack: SavedStack, first: int | None, to: str) -> str:
    """Move one paper, or all of the stack (`first` None), to the dossier of another number; that number.

    A paper that is there already stays. Raises NotFoundError, UsageError, OtherAgencyError, OutdatedError.
    """
    number = normalise_dossier_number(to, review.services.settings.codes.dossier_grammars)
    for each in stack.papers if first is None else (stack.paper(first),):
        if each.number != number:
            move_document(review, stack.who, each, number)
    return number


def _seen(stack: SavedStack, paper: SeenPaper) -> Opened:
    """The paper that is meant. Raises NotFoundError, OutdatedError where it is not as it was seen."""
    opened = stack.paper(paper.first)
    if opened.version.version != paper.version:
        raise OutdatedError
    return opened
