"""Backlog and progress over all agencies, in numbers only, for monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Table, func, select

from scanflow.archive.database.tables import (
    batches,
    documents,
    dossiers,
    events,
    log,
    pages,
    webhooks,
    workers,
)
from scanflow.archive.log.segments import last_anchored
from scanflow.clock import now
from scanflow.model import BatchState, PageState


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """Counts. `oldest` is the age in seconds of the oldest batch that a worker is to do, 0 without one."""

    batches: Mapping[str, int]
    pages: Mapping[str, int]
    dossiers: int
    documents: int
    workers: int
    oldest: float
    log_entries: int
    log_unanchored: int
    webhooks_failing: int
    webhook_lag: int


def work_figures(connection: Connection) -> WorkFigures:
    """Count what there is now."""
    oldest = connection.scalar(
        select(func.min(batches.c.created_at)).where(batches.c.state == BatchState.TAKEN)
    )
    newest_entry = connection.scalar(select(func.max(log.c.seq))) or 0
    hooks = connection.execute(
        select(webhooks.c.agency, webhooks.c.position, webhooks.c.failures).where(
            webhooks.c.removed_at.is_(None)
        )
    ).all()
    newest: dict[str, int] = {
        row.agency: row.seq
        for row in connection.execute(
            select(events.c.agency, func.max(events.c.seq).label("seq")).group_by(events.c.agency)
        )
    }
    return WorkFigures(
        batches=_by_state(connection, batches, BatchState),
        pages=_by_state(connection, pages, PageState),
        dossiers=_count(connection, dossiers),
        documents=_count(connection, documents),
        workers=_count(connection, workers),
        oldest=max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0,
        log_entries=newest_entry,
        log_unanchored=max(0, newest_entry - last_anchored(connection)),
        webhooks_failing=sum(row.failures > 0 for row in hooks),
        webhook_lag=max((newest.get(row.agency, 0) - row.position for row in hooks), default=0),
    )


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _by_state(connection: Connection, table: Table, states: type[StrEnum]) -> dict[str, int]:
    query = select(table.c.state, func.count().label("number")).group_by(table.c.state)
    counted = {str(row.state): row.number for row in connection.execute(query)}
    return {state.value: counted.get(state.value, 0) for state in states}
