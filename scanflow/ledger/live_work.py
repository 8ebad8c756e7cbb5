"""Whether there is live work: pages that somebody at a counter, or an inbox, waits for.

Batches that wait for the store, for a person or for a missing worker are no live work: the night's work does
not delay them.
"""

from datetime import timedelta

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import batches, pages, workers
from scanflow.clock import now
from scanflow.model import BatchState, PageState

NIGHT = "night-"
"""How the ids of workers begin that do the night's work only."""

_AT_THE_DESK = timedelta(minutes=5)
"""So long after its last change a stack at the desk whose pages are not read is taken for one that a clerk
waits for: the web server reads them, and it may be down.
"""


def is_live_work_waiting(connection: Connection) -> bool:
    """Whether a batch is worked on, or a page at the desk is to be read."""
    at_work = (
        select(batches.c.id)
        .where(batches.c.state == BatchState.TAKEN, batches.c.reason.is_(None), batches.c.job.is_not(None))
        .limit(1)
    )
    somebody = select(workers.c.id).where(workers.c.id.not_like(f"{NIGHT}%")).limit(1)
    if connection.scalar(somebody) is not None and connection.scalar(at_work) is not None:
        return True
    at_the_desk = (
        select(pages.c.id)
        .join(batches, batches.c.id == pages.c.batch_id)
        .where(
            batches.c.state == BatchState.DESK,
            batches.c.updated_at >= now() - _AT_THE_DESK,
            pages.c.state == PageState.TAKEN,
        )
        .limit(1)
    )
    return connection.scalar(at_the_desk) is not None
