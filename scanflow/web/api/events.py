"""Events of the caller's agency, by number: the same that webhooks get, for programs that fetch them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from scanflow.archive.logbook import LISTED
from scanflow.archive.programs.events import events_after, make_events
from scanflow.membership import Scope
from scanflow.web.api.callers import ApiRoute, TheCaller, needs
from scanflow.web.api.cursors import Limit
from scanflow.web.api.viewing import note_view
from scanflow.web.review.reviewing import review_of

router = APIRouter(prefix="/events", route_class=ApiRoute, tags=["events"])

Seq = Annotated[int, Query(ge=0, le=2**53, description="the last number that the caller has")]


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What happened; `seq` counts the agency's events without gaps."""

    seq: int
    kind: str
    at: datetime
    dossier: str | None
    document: int | None
    batch: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventList:
    """`last` is the number after which the next call continues."""

    events: list[EventAnswer]
    last: int


@router.get("")
@needs(Scope.EVENTS)
def listed(request: Request, caller: TheCaller, after: Seq = 0, limit: Limit = 100) -> EventList:
    """The agency's events after a number, in order."""
    catalog = review_of(request).catalog
    make_events(catalog)
    found = events_after(catalog, caller.agency, after, limit)
    if found:
        note_view(request, caller, LISTED, "events", {"after": after, "events": len(found)})
    return EventList(
        [
            EventAnswer(each.seq, each.kind, each.at, each.dossier, each.document, each.batch, each.data)
            for each in found
        ],
        found[-1].seq if found else after,
    )
