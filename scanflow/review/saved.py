"""Searches that a reviewer has saved (câu tìm đã lưu)."""

from scanflow.archive.logbook import LogEntry, user_subject
from scanflow.archive.people import saved_searches
from scanflow.archive.people.saved_searches import SavedSearch
from scanflow.clock import now
from scanflow.errors import NotFoundError, UsageError
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.text.normalization import nfc

MOST = 100
"""Greatest number of searches that one person may save."""
LONGEST_NAME = 80


def saved(review: Review, who: Reviewer) -> list[SavedSearch]:
    """A reviewer's own saved searches, and those that others of the agency share."""
    with review.catalog.reading() as connection:
        return saved_searches.searches_of(connection, who.name, who.agency)


def save(review: Review, who: Reviewer, name: str, question: str, *, shared: bool) -> str:
    """Save a search; one of the same name is replaced. Gives the name as stored. Raises UsageError."""
    name = " ".join(nfc(name).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"the name of a search has 1 to {LONGEST_NAME} characters",
            f"Tên câu tìm phải có từ 1 đến {LONGEST_NAME} ký tự.",
        )
    with review.catalog.transaction() as connection:
        if saved_searches.count_of(connection, who.name) >= MOST:
            raise UsageError(
                f"{MOST} searches are kept already: remove one first",
                f"Đã lưu đủ {MOST} câu tìm. Hãy bỏ bớt một câu.",
            )
        saved_searches.save(connection, who.name, name, question, shared=shared)
        entry = _entry(who, "search saved", {"question": question, "shared": shared})
        review.catalog.append_log(entry, connection=connection)
    return name


def remove(review: Review, who: Reviewer, id: int) -> None:
    """Delete one of the reviewer's own searches. Raises NotFoundError, also for somebody else's."""
    with review.catalog.transaction() as connection:
        if not saved_searches.remove(connection, who.name, id):
            raise NotFoundError("no such saved search", "Không có câu tìm này.")
        review.catalog.append_log(_entry(who, "search removed", {"id": id}), connection=connection)


def _entry(who: Reviewer, action: str, after: dict[str, object]) -> LogEntry:
    return LogEntry(now(), who.name, action, user_subject(who.name), after=after)
