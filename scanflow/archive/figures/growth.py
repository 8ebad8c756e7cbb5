"""How much was filed lately, and which dossiers are old: queries of nightly jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from scanflow.archive.database.tables import documents, dossiers, objects


@dataclass(frozen=True, slots=True)
class Growth:
    """`stored` bytes in all; `lately` of them came within `weeks`."""

    stored: int
    lately: int
    weeks: float

    @property
    def a_week(self) -> float:
        """Bytes that come a week."""
        return self.lately / self.weeks if self.weeks else 0.0


def growth(connection: Connection, at: datetime, weeks: int) -> Growth:
    """What was stored in the weeks before `at`; fewer where the archive is younger, one day at least."""
    stored = connection.scalar(select(func.sum(objects.c.size))) or 0
    since = at - timedelta(weeks=weeks)
    lately = connection.scalar(select(func.sum(objects.c.size)).where(objects.c.created_at >= since)) or 0
    first = connection.scalar(select(func.min(objects.c.created_at)))
    days = (at - max(first, since)).total_seconds() / 86400 if first else 7.0 * weeks
    return Growth(int(stored), int(lately), max(days, 1.0) / 7)


@dataclass(frozen=True, slots=True)
class OldDossier:
    """A dossier, and when the last paper came into it."""

    number: str
    procedure_code: str | None
    agency: str
    documents: int
    last: datetime


def old_dossiers(connection: Connection, before: datetime) -> Iterator[OldDossier]:
    """Dossiers into which nothing came since `before`, by number."""
    last = func.max(documents.c.created_at)
    query = (
        select(
            dossiers.c.number,
            dossiers.c.procedure_code,
            dossiers.c.agency,
            func.count(documents.c.id).label("documents"),
            last.label("last"),
        )
        .join(documents, documents.c.dossier_id == dossiers.c.id)
        .where(dossiers.c.created_at < before)
        .group_by(dossiers.c.id)
        .having(last < before)
        .order_by(dossiers.c.number)
    )
    for row in connection.execute(query):
        yield OldDossier(row.number, row.procedure_code, row.agency, row.documents, row.last)


def any_dossier(connection: Connection, chance: float, before: datetime) -> str | None:
    """The number of a dossier that was there `before`, chosen by `chance` (0 to 1); None without any."""
    there = dossiers.c.created_at <= before
    low, high = connection.execute(
        select(func.min(dossiers.c.id), func.max(dossiers.c.id)).where(there)
    ).one()
    if low is None:
        return None
    at = low + int(chance * (high - low))
    query = select(dossiers.c.number).where(there, dossiers.c.id >= at).order_by(dossiers.c.id).limit(1)
    return connection.scalar(query)
