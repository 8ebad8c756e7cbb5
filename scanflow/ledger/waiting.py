"""What of an agency waits for a person to decide, beside filed documents: batches and quarantined pages."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, true

from scanflow.archive.database.tables import batches, counters, files, pages
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.model import BatchState, FileState, PageState


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch without a number, or one that failed too often; `pages` are those that were taken."""

    id: str
    state: BatchState
    reason: str | None
    pages: int


@dataclass(frozen=True, slots=True)
class QuarantinedPage:
    """A page that could not be read or written, or a file that could not be taken apart (`is_file`: `no` is
    the file's), with the reason for operators and for clerks.
    """

    batch_id: str
    no: int
    reason: str | None
    reason_vi: str | None
    is_file: bool = False


def waiting_batches(
    connection: Connection, agency: str, at_most: int, batch_id: str | None = None
) -> list[WaitingBatch]:
    """An agency's batches that wait for a person, the oldest first, or one of them; those at a counter are
    the counter's.
    """
    count = select(func.count()).where(pages.c.batch_id == batches.c.id).scalar_subquery()
    query = (
        select(batches.c.id, batches.c.state, batches.c.reason, count.label("pages"))
        .where(batches.c.agency == agency)
        .where(batches.c.state.in_((BatchState.UNASSIGNED, BatchState.FAILED)))
        .order_by(batches.c.created_at, batches.c.id)
        .limit(at_most)
    )
    if batch_id is not None:
        query = query.where(batches.c.id == batch_id)
    return fetch_all(connection, WaitingBatch, query)


def quarantined_pages(
    connection: Connection, agency: str, at_most: int, one: tuple[str, int] | None = None
) -> list[QuarantinedPage]:
    """An agency's pages in quarantine, the newest batches' first, or `one` of them by batch and number."""
    query = (
        select(pages.c.batch_id, pages.c.no, pages.c.reason, pages.c.reason_vi)
        .join(batches, batches.c.id == pages.c.batch_id)
        .where(batches.c.agency == agency, pages.c.state == PageState.QUARANTINED)
        .order_by(batches.c.created_at.desc(), pages.c.no)
        .limit(at_most)
    )
    if one is not None:
        query = query.where(pages.c.batch_id == one[0], pages.c.no == one[1])
    return fetch_all(connection, QuarantinedPage, query)


def quarantined_files(
    connection: Connection, agency: str, at_most: int, one: tuple[str, int] | None = None
) -> list[QuarantinedPage]:
    """An agency's files in quarantine as a whole, the newest batches' first, or `one` of them."""
    query = (
        select(files.c.batch_id, files.c.no, files.c.reason, files.c.reason_vi, true().label("is_file"))
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.agency == agency, files.c.state == FileState.QUARANTINED)
        .order_by(batches.c.created_at.desc(), files.c.no)
        .limit(at_most)
    )
    if one is not None:
        query = query.where(files.c.batch_id == one[0], files.c.no == one[1])
    return fetch_all(connection, QuarantinedPage, query)


def undelivered_stacks(connection: Connection, agency: str) -> list[tuple[str, dict[str, Any]]]:
    """What the agents of an agency's counters can't deliver: the counter's name, and what was told of it."""
    query = (
        select(counters.c.name, counters.c.waiting)
        .where(counters.c.agency == agency, counters.c.waiting.is_not(None))
        .order_by(counters.c.name)
    )
    return [(name, told) for name, waiting in connection.execute(query) for told in waiting or ()]
