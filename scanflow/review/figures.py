"""The figures of a reviewer's agency (số liệu): by day, week or month, by procedure and by counter; CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scanflow.archive.figures.daily import FiguresScope
from scanflow.archive.figures.facts import Figures, sum_of
from scanflow.clock import date_in_vietnam, now
from scanflow.errors import UsageError
from scanflow.pipeline.figures import COUNTS, FiguresReport, kept_rows, report, rules_of
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.text.spreadsheet import cell

USUAL_DAYS = 30
_MOST_DAYS = 3660
_BY_DAY, _BY_WEEK = 31, 26 * 7
_WEEK = 7
_SECONDS = 3.0
"""How long a page waits for what has changed to be counted."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or month within the chosen time."""

    first: date
    last: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class NamedProcedure:
    """A procedure's figures with its code and name; both are empty where the procedure is not known."""

    code: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """A report as a person sees it. `unit` is what a period is: `day`, `week` or `month`."""

    report: FiguresReport
    unit: str
    periods: list[Period]
    procedures: list[NamedProcedure]


def scope_of(who: Reviewer, first: date | None, last: date | None, procedure: str | None) -> FiguresScope:
    """A time in the reviewer's agency: the last thirty days where nothing is said. Raises UsageError."""
    last = last or max(first or date.min, date_in_vietnam(now()))
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if not timedelta(0) <= last - first <= timedelta(days=_MOST_DAYS):
        raise UsageError(
            f"the first day is to be before the last, and at most {_MOST_DAYS} days before it",
            "Ngày đầu phải trước ngày cuối, cách nhau không quá mười năm.",
        )
    return FiguresScope(first, last, who.agency, procedure or None)


def figures(review: Review, scope: FiguresScope) -> ShownFigures:
    """The figures of a time. Changes that take long to count are left out; the report says how many."""
    services = review.services
    profiles = services.profiles
    rules = rules_of(profiles, services.settings.classify)
    found = report(review.catalog, rules, scope, seconds=_SECONDS)
    unit, periods = _periods(scope, found.days)
    names = profiles.procedures
    procedures = [
        NamedProcedure(code, names[code].name if code in names else "", each)
        for code, each in found.procedures.items()
    ]
    return ShownFigures(found, unit, periods, procedures)


def as_csv(review: Review, scope: FiguresScope) -> str:
    """The counts of a time by day and procedure, as CSV that spreadsheets open in UTF-8."""
    figures(review, scope)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("ngay", "co_quan", "thu_tuc", *COUNTS))
    for agency, day, procedure, each in kept_rows(review.catalog, scope):
        counts = [getattr(each, name) for name in COUNTS]
        writer.writerow([day.isoformat(), cell(agency), cell(procedure), *counts])
    return "\ufeff" + file.getvalue()


def _periods(scope: FiguresScope, days: dict[date, Figures]) -> tuple[str, list[Period]]:
    """A period for each day, week or month of the time, also where nothing was done."""
    count = (scope.last - scope.first).days + 1
    unit = "day" if count <= _BY_DAY else "week" if count <= _BY_WEEK else "month"
    return unit, [
        Period(first, last, sum_of(each for day, each in days.items() if first <= day <= last))
        for first, last in _spans(scope.first, scope.last, unit)
    ]


def _spans(first: date, last: date, unit: str) -> Iterator[tuple[date, date]]:
    """First and last days of the periods; weeks begin on Mondays, the first and last may be cut."""
    while first <= last:
        if unit == "day":
            end = first
        elif unit == "week":
            end = first + timedelta(days=_WEEK - 1 - first.weekday())
        else:
            end = (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        end = min(end, last)
        yield first, end
        first = end + timedelta(days=1)
