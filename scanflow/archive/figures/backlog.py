"""What waits now: batches that are not closed, and pages that could not be read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from scanflow.archive.database.tables import batches, pages
from scanflow.model import BatchState

OPEN = tuple(state for state in BatchState if state is not BatchState.CLOSED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The number of batches in a state, of their pages, and since when the oldest waits."""

    batches: int
    pages: int
    oldest: datetime | None


def open_batches(connection: Connection, agency: str | None) -> dict[BatchState, Waiting]:
    """Batches of an agency (None: of all) by state, for each state before they are closed."""
    per_batch = select(func.count()).where(pages.c.batch_id == batches.c.id).scalar_subquery()
    counted = (
        select(batches.c.state, batches.c.created_at, per_batch.label("pages"))
        .where(batches.c.state.in_(OPEN))
        .where(*([] if agency is None else [batches.c.agency == agency]))
        .subquery()
    )
    all_pages = func.coalesce(func.sum(counted.c.pages), 0)
    query = select(counted.c.state, func.count(), all_pages, func.min(counted.c.created_at))
    query = query.group_by(counted.c.state)
    found = {row[0]: Waiting(*row[1:]) for row in connection.execute(query)}
    return {state: found.get(state, Waiting(0, 0, None)) for state in OPEN}


def pages_in_quarantine(connection: Connection, agency: str | None) -> int:
    """How many pages of an agency (None: of all) could not be read or written."""
    query = (
        select(func.count())
        .select_from(pages)
        .join(batches, batches.c.id == pages.c.batch_id)
        # As it stands in the index of these pages: by a parameter SQLite would not find that it serves.
        .where(pages.c.state == literal_column("'quarantined'"))
        .where(*([] if agency is None else [batches.c.agency == agency]))
    )
    return connection.scalar(query) or 0
