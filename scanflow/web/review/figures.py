"""The page of figures, and the same as CSV."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from scanflow.archive.figures.daily import FiguresScope
from scanflow.archive.logbook import EXPORTED, LISTED, LogEntry
from scanflow.clock import now
from scanflow.review import figures
from scanflow.review.figures import Period, ShownFigures
from scanflow.web.rendering import page
from scanflow.web.review import charts
from scanflow.web.review.reviewing import Who, review_of
from scanflow.web.viewing import ViewLog, ViewRoute, shows_what_it_logs

router = APIRouter(prefix="/review/figures", route_class=ViewRoute)

_SUBJECT = "figures"


def _asked(
    who: Who,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    procedure: Annotated[str, Query(max_length=100)] = "",
) -> FiguresScope:
    return figures.scope_of(who, first, last, procedure)


What = Annotated[FiguresScope, Depends(_asked)]


@router.get("")
@shows_what_it_logs
def figures_page(request: Request, who: Who, scope: What) -> Response:
    """Papers that the agency digitized, reused, doubted and confirmed in a time, and what waits now."""
    shown = figures.figures(review_of(request), scope)
    _note(request, who.name, LISTED, scope)
    return page(
        request,
        "review/figures.html",
        scope=scope,
        shown=shown,
        total=shown.report.total,
        papers=charts.standing([_papers(each, shown.unit) for each in shown.periods]),
        most_pages_an_hour=max((each.pages_an_hour for each in shown.report.counters), default=0) or 1,
        label=lambda each: _label(each, shown.unit),
        csv=f"/review/figures/figures.csv?{_query(scope)}",
        here_for=lambda code: f"/review/figures?{_query(scope, code)}",
        chosen=_chosen(shown),
    )


@router.get("/figures.csv")
@shows_what_it_logs
def figures_csv(request: Request, who: Who, scope: What) -> Response:
    """The counts by day and procedure, as a file for a spreadsheet."""
    text = figures.as_csv(review_of(request), scope)
    _note(request, who.name, EXPORTED, scope)
    response = Response(text, media_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="so-lieu.csv"'
    return response


def _papers(period: Period, unit: str) -> charts.Value:
    title = f"{_label(period, unit)}: {period.figures.papers}"
    return charts.Value(_label(period, unit), title, period.figures.papers, period.figures.doubtful)


def _label(period: Period, unit: str) -> str:
    """A short label of a period."""
    return f"{period.first:%m/%Y}" if unit == "month" else f"{period.first:%d/%m}"


def _chosen(shown: ShownFigures) -> str:
    """The name of the chosen procedure; empty where all are shown."""
    code = shown.report.scope.procedure
    name = next((each.name for each in shown.procedures if each.code == code), "")
    return name or code or ""


def _query(scope: FiguresScope, procedure: str | None = None) -> str:
    chosen = procedure if procedure is not None else scope.procedure or ""
    pairs = {"from": scope.first.isoformat(), "to": scope.last.isoformat()}
    return urlencode(pairs | ({"procedure": chosen} if chosen else {}))


def _note(request: Request, person: str, action: str, scope: FiguresScope) -> None:
    views: ViewLog = request.app.state.views
    after = {"from": scope.first.isoformat(), "to": scope.last.isoformat()}
    if scope.procedure:
        after["procedure"] = scope.procedure
    views.note(LogEntry(now(), person, action, _SUBJECT, after=after))
