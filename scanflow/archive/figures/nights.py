"""Results of nightly runs that read documents again, for an agency's own documents."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from scanflow.archive.database.tables import documents, dossiers, night_items, night_runs
from scanflow.archive.figures.daily import FiguresScope
from scanflow.clock import VIETNAM
from scanflow.model.night_states import REOCR, ItemState

_MOST = 200


@dataclass(frozen=True, slots=True)
class Night:
    """A run that reads documents again: when it began, how far it is, and the finished documents and pages by
    result (`better`, `same` …).
    """

    id: str
    started_at: datetime
    ended_at: datetime | None
    state: str
    documents: int
    pages: int
    results: dict[str, int]


def nights(connection: Connection, scope: FiguresScope) -> list[Night]:
    """The runs of a time that did something with documents of the agency, the newest first."""
    start, end = _midnight(scope.first), _midnight(scope.last + timedelta(days=1))
    query = (
        select(
            night_runs.c.id,
            night_runs.c.started_at,
            night_runs.c.ended_at,
            night_runs.c.state,
            night_items.c.result,
            func.count(),
            func.coalesce(func.sum(night_items.c.pages), 0),
        )
        .join(night_items, night_items.c.run_id == night_runs.c.id)
        .join(documents, documents.c.id == night_items.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(night_runs.c.kind == REOCR, night_items.c.state == ItemState.DONE)
        .where(night_runs.c.started_at >= start, night_runs.c.started_at < end)
        .group_by(
            night_runs.c.id,
            night_runs.c.started_at,
            night_runs.c.ended_at,
            night_runs.c.state,
            night_items.c.result,
        )
        .order_by(night_runs.c.started_at.desc(), night_runs.c.id)
        .limit(_MOST)
    )
    if scope.agency is not None:
        query = query.where(dossiers.c.agency == scope.agency)
    if scope.procedure is not None:
        query = query.where(dossiers.c.procedure_code == scope.procedure)
    found: dict[str, Night] = {}
    for id, started, ended, state, result, count, pages in connection.execute(query):
        night = found.get(id) or Night(id, started, ended, str(state), 0, 0, {})
        found[id] = Night(
            id, started, ended, night.state, night.documents + count, night.pages + int(pages),
            night.results | {result or "": count},
        )  # fmt: skip
    return list(found.values())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)
