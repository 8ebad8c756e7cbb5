"""Stacks (tập giấy tờ) in lists: which batches somebody has at the desk, which ones wait for a clerk."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Table, func, select

from scanflow.archive.database.tables import batches, documents, files, pages
from scanflow.archive.database.typed_rows import fetch_all, record_of
from scanflow.ledger.desk_work.ownership import NOBODY
from scanflow.ledger.records import BatchRecord
from scanflow.model import BatchState, FileState, PageState

_AT_DESK = batches.c.state == BatchState.DESK
_FREE = (batches.c.state == BatchState.UNASSIGNED) | (_AT_DESK & (batches.c.operator == NOBODY))
"""The same as `scanflow.ledger.desk_work.ownership.is_free`."""


@dataclass(frozen=True, slots=True)
class ListedStack:
    """A stack, and how many pages it has; a file that is still to be taken apart counts as one."""

    batch: BatchRecord
    pages: int


@dataclass(frozen=True, slots=True)
class FinishedStack:
    """A stack that left the desk: `papers` are its documents, `pages` those that stand in them."""

    id: str
    operator: str
    counter: str | None
    clerk_number: str | None
    dossier_number: str | None
    state: BatchState
    reason: str | None
    updated_at: datetime
    closed_at: datetime | None
    papers: int
    pages: int


def finished_stacks(
    connection: Connection, agency: str, since: datetime, *, clerk: str, counter: str
) -> list[FinishedStack]:
    """An agency's stacks of a clerk or a counter that left the desk since then, the newest first."""
    papers = _count_of(documents, documents.c.batch_id == batches.c.id).label("papers")
    filed = (pages.c.batch_id == batches.c.id) & (pages.c.state == PageState.FILED)
    columns = [batches.c[each.name] for each in fields(FinishedStack) if each.name in batches.c]
    query = (
        select(*columns, papers, _count_of(pages, filed).label("pages"))
        .where(
            batches.c.agency == agency,
            batches.c.state != BatchState.DESK,
            batches.c.held_since.is_not(None),  # it was at the desk
            batches.c.updated_at >= since,
            (batches.c.operator == clerk) | (batches.c.counter == counter),
        )
        .order_by(batches.c.updated_at.desc(), batches.c.id.desc())
        .limit(_MOST)
    )
    return fetch_all(connection, FinishedStack, query)


_MOST = 500


def stacks_of(connection: Connection, clerk: str, agency: str) -> list[ListedStack]:
    """What a clerk of this agency has at the desk, the newest first."""
    return _listed(connection, _AT_DESK & (batches.c.operator == clerk) & (batches.c.agency == agency))


def free_stacks(connection: Connection, agency: str) -> list[ListedStack]:
    """An agency's batches that any of its clerks may take on, the newest first."""
    return _listed(connection, _FREE & (batches.c.agency == agency))


def stacks_of_others(connection: Connection, supervisor: str, agency: str | None) -> list[ListedStack]:
    """The stacks of other clerks at the desk, the newest first; of all agencies where `agency` is None."""
    which = _AT_DESK & batches.c.operator.not_in((NOBODY, supervisor))
    return _listed(connection, which if agency is None else which & (batches.c.agency == agency))


def stacks_handed_away(connection: Connection, clerk: str, agency: str) -> list[ListedStack]:
    """The stacks at the desk that a clerk of this agency had until they went to others, the newest first."""
    which = _AT_DESK & (batches.c.handed_from == clerk) & (batches.c.operator != clerk)
    return _listed(connection, which & (batches.c.agency == agency))


def revisions_at_desk(connection: Connection) -> dict[str, int]:
    """The revision of each stack at the desk, by its batch's id."""
    found = connection.execute(select(batches.c.id, batches.c.revision).where(_AT_DESK))
    return {row.id: row.revision for row in found}


def _listed(connection: Connection, which: ColumnElement[bool]) -> list[ListedStack]:
    known = _count_of(pages, pages.c.batch_id == batches.c.id)
    to_unpack = _count_of(files, (files.c.batch_id == batches.c.id) & (files.c.state == FileState.TAKEN))
    query = (
        select(batches, (known + to_unpack).label("number"))
        .where(which)
        .order_by(batches.c.created_at.desc(), batches.c.id.desc())
    )
    return [
        ListedStack(record_of(BatchRecord, row), row["number"])
        for row in connection.execute(query).mappings()
    ]


def _count_of(table: Table, which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(which).scalar_subquery()
