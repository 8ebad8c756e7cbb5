"""Records have a field for each column of their table, and None where the column may be empty."""

import types
from dataclasses import fields
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Table

from scanflow.archive.database import tables
from scanflow.ledger.records import BatchRecord, FileRecord, PageRecord
from scanflow.ledger.workers import WorkerRecord


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (BatchRecord, tables.batches),
        (FileRecord, tables.files),
        (PageRecord, tables.pages),
        (WorkerRecord, tables.workers),
    ],
)
def test_record_has_a_field_for_each_column(record: type, table: Table) -> None:
    hints = get_type_hints(record)
    may_be_empty = {
        each.name: get_origin(hints[each.name]) in (Union, types.UnionType)
        and type(None) in get_args(hints[each.name])
        for each in fields(record)
    }
    assert may_be_empty == {column.name: bool(column.nullable) for column in table.columns}
