"""What of an agency waits for a person to decide, beside filed documents: batches and quarantined pages."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from scanflow.archive.database.tables import batches, pages
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.model import BatchState, PageState


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch without a number, or one that failed too often; `pages` are those that were taken."""

    id: str
    state: BatchState
    reason: str | None
    pages: int


@dataclass(frozen=True, slots=True)
class QuarantinedPage:
    """A page that could not be read or written, with the reason for operators and for clerks."""

    batch_id: str
    no: int
    reason: str | None
    reason_vi: str | None


def waiting_batches(connection: Connection, agency: str, at_most: int) -> list[WaitingBatch]:
    """An agency's batches that wait for a person, the oldest first; those at a counter are the counter's."""
    count = select(func.count()).where(pages.c.batch_id == batches.c.id).scalar_subquery()
    query = (
        select(batches.c.id, batches.c.state, batches.c.reason, count.label("pages"))
        .where(batches.c.agency == agency)
        .where(batches.c.state.in_((BatchState.UNASSIGNED, BatchState.FAILED)))
        .order_by(batches.c.created_at, batches.c.id)
        .limit(at_most)
    )
    return fetch_all(connection, WaitingBatch, query)


def quarantined_pages(connection: Connection, agency: str, at_most: int) -> list[QuarantinedPage]:
    """An agency's pages in quarantine, the newest batches' first."""
    query = (
        select(pages.c.batch_id, pages.c.no, pages.c.reason, pages.c.reason_vi)
        .join(batches, batches.c.id == pages.c.batch_id)
        .where(batches.c.agency == agency, pages.c.state == PageState.QUARANTINED)
        .order_by(batches.c.created_at.desc(), pages.c.no)
        .limit(at_most)
    )
    return fetch_all(connection, QuarantinedPage, query)
