"""Insert rows, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert

from scanflow.archive.database import backends


def insert_if_absent(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert rows, those of which no other with the same key is there.

    Safe also where another transaction inserts such a row at this moment: a query before could not see it.
    """
    insertion = backends.insert_of_dialect(connection, table).values(list(map(dict, rows)))
    connection.execute(insertion.on_conflict_do_nothing())


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """Insert a row and give the first column of its primary key: an int, or a str for batches."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    assert key is not None  # noqa: S101 - every insert of one row has one
    return key[0]
