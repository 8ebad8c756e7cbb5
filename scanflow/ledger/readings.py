"""Readings of pages whose batch is not closed yet: kept in the catalog, so that no page is read twice.

A page that was read before its worker died, or before a person gave its batch a number, is not read again.
"""

from collections.abc import Callable

import msgspec
import zstandard
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from scanflow.archive.database.tables import file_attempts, readings
from scanflow.ledger.lease import Held
from scanflow.model import PageReading

_LEVEL = 3
_MAX_BYTES = 2**28


def encode(reading: PageReading) -> bytes:
    """A reading as compressed JSON."""
    return zstandard.compress(msgspec.json.encode(reading), _LEVEL)


def decode(data: bytes) -> PageReading:
    """What `encode` was given."""
    raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
    return msgspec.json.decode(raw, type=PageReading)


def kept(
    connection: Connection, batch_id: str, decoded: Callable[[bytes], PageReading] = decode
) -> dict[int, PageReading]:
    """The batch's readings by page number. `decoded` may know some from an earlier time."""
    query = select(readings.c.no, readings.c.reading).where(
        readings.c.batch_id == batch_id, readings.c.reading.is_not(None)
    )
    return {row.no: decoded(row.reading) for row in connection.execute(query)}


def keep(held: Held, no: int, reading: PageReading) -> None:
    """Keep what was read. Attempts that are counted from now on are attempts to write the page."""
    values = {"reading": encode(reading), "attempts": 0}
    kept = update(readings).where(_is_page(held, no)).values(values)
    if held.connection.execute(kept).rowcount == 0:
        # Nobody tried to read it: it could not even be taken out of its file.
        held.connection.execute(insert(readings).values(batch_id=held.batch_id, no=no, **values))


def forget(held: Held) -> None:
    """The batch is closed: its documents hold the words, and nothing is tried any more."""
    held.connection.execute(delete(readings).where(readings.c.batch_id == held.batch_id))
    held.connection.execute(delete(file_attempts).where(file_attempts.c.batch_id == held.batch_id))


def _is_page(held: Held, no: int) -> ColumnElement[bool]:
    return (readings.c.batch_id == held.batch_id) & (readings.c.no == no)
