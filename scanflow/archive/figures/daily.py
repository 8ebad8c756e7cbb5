"""Sums of the daily counts over a time, by day, procedure, agency and counter, for one agency or all."""

from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import ColumnElement, Connection, func, select

from scanflow.archive.database.tables import daily_counters, daily_figures
from scanflow.archive.figures.facts import Figures

_NAMES = [each.name for each in fields(Figures)]


@dataclass(frozen=True, slots=True)
class FiguresScope:
    """Which counts are wanted: both days are within. `agency` None: all; `procedure` None: all."""

    first: date
    last: date
    agency: str | None
    procedure: str | None = None


@dataclass(frozen=True, slots=True)
class CounterFigures:
    """What a counter filed in a time (the name is empty for papers that came from no counter)."""

    agency: str
    counter: str
    papers: int
    pages: int
    hours: int

    @property
    def pages_an_hour(self) -> float:
        """Pages an hour, of those hours in which something was filed."""
        return self.pages / self.hours if self.hours else 0.0


def by_day(connection: Connection, scope: FiguresScope) -> dict[date, Figures]:
    """The counts of each day that has some, in order."""
    query = (
        select(daily_figures.c.day, *_sums()).where(*_wanted(scope)).group_by(daily_figures.c.day)
    ).order_by(daily_figures.c.day)
    return {day: Figures(*counts) for day, *counts in connection.execute(query)}


def by_procedure(connection: Connection, scope: FiguresScope) -> dict[str, Figures]:
    """The counts of each procedure, by its code (empty: not known), the one with most papers first."""
    query = select(daily_figures.c.procedure, *_sums()).where(*_wanted(scope))
    query = query.group_by(daily_figures.c.procedure)
    found = {code: Figures(*counts) for code, *counts in connection.execute(query)}
    return dict(sorted(found.items(), key=lambda each: (-each[1].papers, each[0])))


def by_agency(connection: Connection, scope: FiguresScope) -> dict[str, Figures]:
    """The counts of each agency, by its code."""
    query = select(daily_figures.c.agency, *_sums()).where(*_wanted(scope))
    query = query.group_by(daily_figures.c.agency).order_by(daily_figures.c.agency)
    return {code: Figures(*counts) for code, *counts in connection.execute(query)}


def by_counter(connection: Connection, scope: FiguresScope) -> list[CounterFigures]:
    """What each counter filed, by its name; of all procedures, whatever the scope says."""
    columns = daily_counters.c
    sums = [func.sum(columns[name]) for name in ("papers", "pages", "hours")]
    query = (
        select(columns.agency, columns.counter, *sums)
        .where(columns.day >= scope.first, columns.day <= scope.last)
        .group_by(columns.agency, columns.counter)
        .order_by(columns.agency, columns.counter)
    )
    if scope.agency is not None:
        query = query.where(columns.agency == scope.agency)
    return [
        CounterFigures(agency, counter, int(papers), int(pages), int(hours))
        for agency, counter, papers, pages, hours in connection.execute(query)
    ]


def rows(connection: Connection, scope: FiguresScope) -> list[tuple[str, date, str, Figures]]:
    """The counts as they are kept: agency, day, procedure."""
    query = (
        select(
            daily_figures.c.agency,
            daily_figures.c.day,
            daily_figures.c.procedure,
            *(daily_figures.c[name] for name in _NAMES),
        )
        .where(*_wanted(scope))
        .order_by(daily_figures.c.day, daily_figures.c.agency, daily_figures.c.procedure)
    )
    return [
        (agency, day, procedure, Figures(*counts))
        for agency, day, procedure, *counts in connection.execute(query)
    ]


def _sums() -> list[ColumnElement[int]]:
    return [func.sum(daily_figures.c[name]) for name in _NAMES]


def _wanted(scope: FiguresScope) -> list[ColumnElement[bool]]:
    wanted = [daily_figures.c.day >= scope.first, daily_figures.c.day <= scope.last]
    if scope.agency is not None:
        wanted.append(daily_figures.c.agency == scope.agency)
    if scope.procedure is not None:
        wanted.append(daily_figures.c.procedure == scope.procedure)
    return wanted
