"""Undo steps (các bước hoàn tác): what was decided about a stack at the desk before each change of it.

A step is written in the transaction of its change, with the revision that the stack then had. Steps are taken
back newest first, and forgotten when the stack leaves the desk; the append-only log has both.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from scanflow.archive.database.tables import batches, pages, undo_steps
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.ledger.lease import Held

_OF_BATCH = ("clerk_number", "procedure_code")
"""Columns of the batch's row that a clerk changes."""

Stored = Mapping[str, Any] | None
"""A page's decision as the database has it (`scanflow.ledger.decisions`)."""


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A change that can be taken back: `page` is the one that it was about, if it was about one.

    `before` has what was changed as it was: `pages`, decisions by page number, and `batch`, columns.
    """

    id: int
    revision: int
    clerk: str
    action: str
    page: int | None
    before: Mapping[str, Any]

    @property
    def pages(self) -> dict[int, Stored]:
        """The decisions as they were, by page number."""
        return {int(no): said for no, said in self.before.get("pages", {}).items()}


@contextmanager
def remembering(held: Held, clerk: str, action: str, page: int | None = None) -> Iterator[dict[int, Stored]]:
    """Remember what is changed in the context as one step; where nothing is, there is none.

    Gives a mapping for decisions that undoing sets instead of those from before, by page number.
    """
    instead: dict[int, Stored] = {}
    before = _snapshot(held)
    yield instead
    after = _snapshot(held)
    of_pages, of_batch = (
        {key: value for key, value in old.items() if new.get(key) != value}
        for old, new in zip(before, after, strict=True)
    )
    changed = {**of_pages, **{str(no): said for no, said in instead.items()}}
    if not changed and not of_batch:
        return
    values = {
        "batch_id": held.batch_id,
        "revision": held.row.revision,
        "clerk": clerk,
        "action": action,
        "page": page,
        "before": {"pages": changed, "batch": of_batch},
    }
    held.connection.execute(insert(undo_steps).values(values))


def newest_step(connection: Connection, batch_id: str) -> UndoStep | None:
    """The change of a stack that would be taken back next."""
    columns = [undo_steps.c[each.name] for each in fields(UndoStep)]
    query = select(*columns).where(undo_steps.c.batch_id == batch_id)
    return fetch_one(connection, UndoStep, query.order_by(undo_steps.c.id.desc()).limit(1))


def take_back(held: Held, step: UndoStep) -> None:
    """Set what a step changed to what it was, and forget the step."""
    for no, said in step.pages.items():
        same = (pages.c.batch_id == held.batch_id) & (pages.c.no == no)
        held.connection.execute(update(pages).where(same).values(decided=said or None))
    if of_batch := step.before.get("batch"):
        held.connection.execute(update(batches).where(batches.c.id == held.batch_id).values(**of_batch))
    held.connection.execute(delete(undo_steps).where(undo_steps.c.id == step.id))


def forget_steps(held: Held) -> None:
    """Nothing of the stack can be taken back any more."""
    held.connection.execute(delete(undo_steps).where(undo_steps.c.batch_id == held.batch_id))


def _snapshot(held: Held) -> tuple[dict[str, Stored], dict[str, Any]]:
    """The decisions about all pages, and what a clerk stated about the batch."""
    query = select(pages.c.no, pages.c.decided).where(pages.c.batch_id == held.batch_id)
    decisions = {str(no): said for no, said in held.connection.execute(query)}
    columns = [batches.c[name] for name in _OF_BATCH]
    row = held.connection.execute(select(*columns).where(batches.c.id == held.batch_id)).mappings().one()
    return decisions, dict(row)
