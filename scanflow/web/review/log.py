"""The auditor's page: the audit log of their agency, its chain, and the same as CSV."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from scanflow.archive.logbook import EXPORTED, LOG_READ, LogEntry
from scanflow.clock import now
from scanflow.review import auditing
from scanflow.review.access import Reviewer
from scanflow.review.auditing import LogFilter
from scanflow.web.addresses import dossier_address
from scanflow.web.authentication import clerk
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import review_of, reviewing
from scanflow.web.viewing import ViewLog, ViewRoute, shows_what_it_logs

router = APIRouter(prefix="/review/log", route_class=ViewRoute)

_CHECKING_SECONDS = 1.0
"""Seconds for which a request checks the chain."""
_LAST = 2**62


def _auditing(request: Request) -> Reviewer:
    """Who is signed in, as an auditor. Raises DeniedError."""
    who = reviewing(request)
    auditing.require_auditor(clerk(request).user.member.role)
    return who


def _asked(
    person: Annotated[str, Query(max_length=200)] = "",
    dossier: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=100)] = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> LogFilter:
    return LogFilter(person.strip(), dossier.strip(), kind, _day(first), _day(last))


def _day(text: str) -> date | None:
    """A day of the form; None for an empty field and for an invalid day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


Auditor = Annotated[Reviewer, Depends(_auditing)]
What = Annotated[LogFilter, Depends(_asked)]


@router.get("")
@shows_what_it_logs
def log_page(
    request: Request,
    who: Auditor,
    what: What,
    before: Annotated[int | None, Query(ge=1, le=_LAST)] = None,
) -> Response:
    """The newest entries that match, and up to which entry the chain was checked and copied."""
    found = auditing.entries(review_of(request), who, what, before)
    _note(request, who, LOG_READ, what)
    return page(
        request,
        "review/log.html",
        asked=what,
        found=found,
        chain=request.app.state.chain.look(_CHECKING_SECONDS),
        kinds=auditing.KINDS,
        subject=auditing.subject_of,
        address=dossier_address,
        csv=f"/review/log/log.csv?{urlencode(what.as_parameters())}",
        more=f"/review/log?{urlencode(what.as_parameters() | {'before': str(found.before)})}",
    )


@router.get("/log.csv")
@shows_what_it_logs
def log_csv(request: Request, who: Auditor, what: What) -> Response:
    """All entries that match, as a file for a spreadsheet."""
    text = auditing.as_csv(review_of(request), who, what)
    _note(request, who, EXPORTED, what)
    response = Response(text, media_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="nhat-ky.csv"'
    return response


def _note(request: Request, who: Reviewer, action: str, what: LogFilter) -> None:
    views: ViewLog = request.app.state.views
    views.note(LogEntry(now(), who.name, action, "log", after=what.as_parameters() or None))
