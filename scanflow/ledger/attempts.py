"""Attempts: how often it was tried to unpack a file, to read a page or to write a paper.

A try is counted before it begins, in a transaction of its own: so whatever kills the process that tries it is
found out, and given up after a few tries.
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
    """Count one more try; how many that makes."""
    table, same = _TABLES[tried], _is_it(held, tried, no)
    before = held.connection.scalar(select(table.c.attempts).where(same))
    if before is None:
        held.connection.execute(insert(table).values(batch_id=held.batch_id, no=no, attempts=1))
        return 1
    held.connection.execute(update(table).where(same).values(attempts=before + 1))
    return int(before) + 1


def give_back_attempt(held: Held, tried: Tried, no: int) -> None:
    """A try that was counted was not made, or not to its end, through no fault of what was tried."""
    table = _TABLES[tried]
    same = _is_it(held, tried, no) & (table.c.attempts > 0)
    held.connection.execute(update(table).where(same).values(attempts=table.c.attempts - 1))


def restart_attempts(held: Held, no: int) -> None:
    """Count a page's tries from the start: they were its whole paper's."""
    held.connection.execute(update(readings).where(_is_it(held, Tried.PAGE, no)).values(attempts=0))


def forget_attempts(held: Held, tried: Tried, no: int) -> None:
    """What was tried has come to its end; it may be done again and is not to blame for what happens then.

    Of a page its reading is forgotten, too.
    """
    held.connection.execute(delete(_TABLES[tried]).where(_is_it(held, tried, no)))


def _is_it(held: Held, tried: Tried, no: int) -> ColumnElement[bool]:
    table = _TABLES[tried]
    return (table.c.batch_id == held.batch_id) & (table.c.no == no)
