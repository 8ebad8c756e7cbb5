"""Kept readings of a batch, marked to see which pages are read again."""

from sqlalchemy import select, update

from scanflow.archive.database.tables import readings
from scanflow.pipeline.services import Services

MARK = 77


def kept_readings(services: Services, batch_id: str) -> dict[int, int]:
    """The count of tries of each page whose reading is kept; keeping sets it to 0."""
    query = select(readings.c.no, readings.c.attempts).where(
        readings.c.batch_id == batch_id, readings.c.reading.is_not(None)
    )
    with services.catalog.reading() as connection:
        return {row.no: row.attempts for row in connection.execute(query)}


def mark_kept_readings(services: Services, batch_id: str) -> None:
    """Give each kept reading a count that it keeps only if its page is not read again."""
    kept = (readings.c.batch_id == batch_id) & readings.c.reading.is_not(None)
    with services.catalog.transaction() as connection:
        connection.execute(update(readings).where(kept).values(attempts=MARK))
