"""Attempts: how often a worker has tried to unpack a file, to read a page or to write a paper.

An attempt is counted before it begins, in a transaction of its own. So attempts that kill their process count
too, and such a file is given up after a few of them.
"""

from enum import StrEnum

from sqlalchemy import ColumnElement, Table, delete, insert, select, update

from scanflow.archive.database.tables import file_attempts, readings
from scanflow.ledger.lease import Held


class Tried(StrEnum):
    """What is tried: a file of the batch, by its number; or a page, or a paper by its first page's number."""

    FILE = "file"
    PAGE = "page"


_TABLES: dict[Tried, Table] = {Tried.FILE: file_attempts, Tried.PAGE: readings}


def begin_attempt(held: Held, tried: Tried, no: int) -> int:
    """Count one more attempt. Returns how many there are now."""
    table, same = _TABLES[tried], _is_it(held, tried, no)
    before = held.connection.scalar(select(table.c.attempts).where(same))
    if before is None:
        held.connection.execute(insert(table).values(batch_id=held.batch_id, no=no, attempts=1))
        return 1
    held.connection.execute(update(table).where(same).values(attempts=before + 1))
    return int(before) + 1


def give_back_attempt(held: Held, tried: Tried, no: int) -> None:
    """Take back a counted attempt that was not made to its end for a reason outside the file or page."""
    table = _TABLES[tried]
    same = _is_it(held, tried, no) & (table.c.attempts > 0)
    held.connection.execute(update(table).where(same).values(attempts=table.c.attempts - 1))


def restart_attempts(held: Held, no: int) -> None:
    """Set a page's attempts to 0: those counted so far were attempts to write its whole paper."""
    held.connection.execute(update(readings).where(_is_it(held, Tried.PAGE, no)).values(attempts=0))


def forget_attempts(held: Held, tried: Tried, no: int) -> None:
    """Forget the attempts of something that succeeded: if it is done again later, counting starts at 0.

    For a page this also deletes its reading.
    """
    held.connection.execute(delete(_TABLES[tried]).where(_is_it(held, tried, no)))


def _is_it(held: Held, tried: Tried, no: int) -> ColumnElement[bool]:
    table = _TABLES[tried]
    return (table.c.batch_id == held.batch_id) & (table.c.no == no)
