"""Rows as typed records: frozen dataclasses whose fields are the columns that a query selects."""

from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select
from sqlalchemy.sql.dml import ReturningUpdate

Record = TypeVar("Record")


def fetch_all(
    connection: Connection, record: type[Record], query: Select[Any] | ReturningUpdate[Any]
) -> list[Record]:
    """A record of each row that a query finds or changes, in its order. It gives the record's fields."""
    return [record(**row) for row in connection.execute(query).mappings()]


def fetch_one(connection: Connection, record: type[Record], query: Select[Any]) -> Record | None:
    """The record of the row that a query finds, or None. Raises MultipleResultsFound for several rows."""
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else record(**row)


def record_of(record: type[Record], row: RowMapping) -> Record:
    """The record in a row that has other columns, too."""
    return record(**{field.name: row[field.name] for field in fields(record)})  # type: ignore[arg-type]  # records are dataclasses
