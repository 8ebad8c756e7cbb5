"""Readings of pages whose batch is not closed yet: kept in the catalog, so that nobody reads a page twice.

A page that was read before its worker died, or before a person gave its batch a number, is not read again;
and how often a page was tried is counted before each try, so that one that kills whoever reads it is found
out.
"""

import zstandard
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from scanflow.archive.database.tables import readings
from scanflow.ledger.lease import Held
from scanflow.model import PageReading

_ADAPTER: TypeAdapter[PageReading] = TypeAdapter(PageReading)
_LEVEL = 3
_MAX_BYTES = 2**28


def encode(reading: PageReading) -> bytes:
    """A reading as compressed JSON."""
    return zstandard.compress(_ADAPTER.dump_json(reading), _LEVEL)


def decode(data: bytes) -> PageReading:
    """What `encode` was given."""
    raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
    return _ADAPTER.validate_json(raw)


def kept(connection: Connection, batch_id: str) -> dict[int, PageReading]:
    """The batch's readings by page number."""
    query = select(readings.c.no, readings.c.reading).where(
        readings.c.batch_id == batch_id, readings.c.reading.is_not(None)
    )
    return {row.no: decode(row.reading) for row in connection.execute(query)}


def begin_attempt(held: Held, no: int) -> int:
    """Count one more try to read a page; how many that makes."""
    same = _is_page(held, no)
    before = held.connection.scalar(select(readings.c.attempts).where(same))
    if before is None:
        held.connection.execute(insert(readings).values(batch_id=held.batch_id, no=no, attempts=1))
        return 1
    held.connection.execute(update(readings).where(same).values(attempts=before + 1))
    return int(before) + 1


def give_back_attempt(held: Held, no: int) -> None:
    """A try that was counted was not made, or not to its end, through no fault of what was tried."""
    same = _is_page(held, no) & (readings.c.attempts > 0)
    held.connection.execute(update(readings).where(same).values(attempts=readings.c.attempts - 1))


def keep(held: Held, no: int, reading: PageReading) -> None:
    """Keep what was read. Tries that follow are to write the page."""
    values = {"reading": encode(reading), "attempts": 0}
    kept = update(readings).where(_is_page(held, no)).values(values)
    if held.connection.execute(kept).rowcount == 0:
        # Nobody tried to read it: it could not even be taken out of its file.
        held.connection.execute(insert(readings).values(batch_id=held.batch_id, no=no, **values))


def rest(held: Held, no: int) -> None:
    """Count a page's tries from the start: they were its whole paper's."""
    same = _is_page(held, no)
    held.connection.execute(update(readings).where(same).values(attempts=0))


def forget_attempts(held: Held, no: int) -> None:
    """What was tried has come to its end; it may be done again and is not to blame for what happens then."""
    held.connection.execute(delete(readings).where(_is_page(held, no)))


def forget(held: Held) -> None:
    """The batch is closed: its documents hold the words."""
    held.connection.execute(delete(readings).where(readings.c.batch_id == held.batch_id))


def _is_page(held: Held, no: int) -> ColumnElement[bool]:
    return (readings.c.batch_id == held.batch_id) & (readings.c.no == no)
