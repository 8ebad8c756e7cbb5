"""Shared functions for merging the bucket's manifests of dossiers and batches into a catalog.

All undamaged manifests are read, the newest first: a manifest that was written from an older catalog may lack
what an earlier one lists. Nothing that the catalog has is removed. `merging_dossiers` and `merging_batches`
do the merging.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from scanflow import clock
from scanflow.archive.bucket_ahead import Content
from scanflow.archive.database.inserts import insert_row
from scanflow.archive.database.tables import (
    UtcDateTime,
    objects,
)
from scanflow.archive.manifest import read_manifest
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import (
    manifest_number,
)
from scanflow.errors import StoreError, StoreUnavailableError
from scanflow.model import StoredObject


@dataclass(slots=True)
class RepairReport:
    """A sentence for each thing that was entered or written, and for each that is lost or can't be used."""

    dossiers: int = 0
    documents: int = 0
    versions: int = 0
    batches: int = 0
    actions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Merge:
    """One merge: store, catalog and report. `stored` are the objects in the store."""

    store: ObjectStore
    connection: Connection
    stored: Mapping[str, StoredObject]
    report: RepairReport
    entries: list[Content] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    document_ids: dict[tuple[str, str, int], int] = field(default_factory=dict)
    moved_in: dict[tuple[str, int], str] = field(default_factory=dict)
    """When (ISO 8601, UTC) documents, by batch and first page, came into the dossier that they are in now."""

    def __post_init__(self) -> None:
        query = select(objects.c.key, objects.c.version_id)
        self.known = {(row.key, row.version_id) for row in self.connection.execute(query)}

    def newest_known(self, keys: Sequence[str]) -> int:
        """The number of the newest manifest that the catalog has entered."""
        known = {key for key, _ in self.known}
        return max((manifest_number(key) or 0 for key in keys if key in known), default=0)

    def manifests(self, keys: Sequence[str]) -> Iterator[tuple[int, Content]]:
        """Enter all manifests; number and content of each that is whole, the newest first."""
        numbered = {key: k for key in keys if (k := manifest_number(key))}
        self.enter_objects([self.stored[key] for key in numbered])
        for key in sorted(numbered, key=numbered.__getitem__, reverse=True):
            try:
                content = read_manifest(self.store.get(key, self.stored[key].version_id))
            except StoreUnavailableError:
                raise
            except StoreError as error:
                self.report.problems.append(f"{error.message} (an older manifest is used)")
                continue
            self.entries += content["log"]
            yield numbered[key], content

    def as_stored(self, wanted: StoredObject) -> StoredObject:
        """An object as the store has it: where it was copied back, its version id is another."""
        there = self.stored.get(wanted.key)
        return there if there is not None and there.sha256 == wanted.sha256 else wanted

    def enter_objects(self, found: Iterable[StoredObject], created_at: datetime | None = None) -> None:
        """Enter those objects that the catalog doesn't know yet, so that `verify` checks them."""
        for each in found:
            key = (each.key, each.version_id or "")
            if key not in self.known:
                self.known.add(key)
                row = {**asdict(each), "version_id": each.version_id or ""}
                self.connection.execute(insert(objects).values(created_at=created_at or clock.now(), **row))

    def enter_leftover(self, stored: StoredObject) -> None:
        """Enter an object that no manifest lists, so that `verify` checks it."""
        self.enter_objects([stored])

    def insert(self, table: Table, content: Content, **more: Any) -> Any:
        """Insert a row with a manifest's values, and `more`; gives the row's id."""
        return insert_row(self.connection, table, values_of(table, content) | more)

    def update_row(
        self, table: Table, own: ColumnElement[bool], content: Content, without: Sequence[str]
    ) -> None:
        """Change one row of a table to a manifest's values, `without` columns that are the catalog's own."""
        row = self.connection.execute(select(table).where(own)).mappings().one()
        changed = {
            name: value
            for name, value in values_of(table, content).items()
            if name not in without and row[name] != value
        }
        if changed:
            self.connection.execute(update(table).where(own).values(**changed))


def values_of(table: Table, content: Content) -> dict[str, Any]:
    """The columns of `table` that `content` has, with times parsed."""
    return {
        column.name: datetime.fromisoformat(value)
        if isinstance(column.type, UtcDateTime) and value
        else value
        for column in table.columns
        if column.name in content
        for value in [content[column.name]]
    }
