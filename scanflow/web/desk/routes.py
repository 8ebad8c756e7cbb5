"""The desk's pages: the list, a stack, its pictures, its events, the result of filing."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator, Field

from scanflow.archive.people import counter_accounts, user_sessions
from scanflow.desk import stacks, today
from scanflow.desk.access import in_agency, require_owner
from scanflow.desk.stack_view import pictures
from scanflow.desk.stack_view.view import view
from scanflow.errors import NotFoundError, StackGoneError
from scanflow.ledger.records import BatchRecord
from scanflow.pipeline import batch_outcome
from scanflow.review.corrections import same_day
from scanflow.web.authentication import (
    COUNTER_COOKIE,
    Signed,
    clerk,
    desk_of,
    seated,
    set_cookie,
    still_seated,
)
from scanflow.web.desk import events, fragments
from scanflow.web.rendering import page
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/desk", route_class=ViewRoute)

MOST_PAGES = 100_000
"""The highest page number of a stack. Unbounded numbers could be larger than a database can hold."""

NothingIsNone = BeforeValidator(lambda value: value or None)
"""Reads an empty field as None: a stack without pages has an empty hidden field."""

Seated = Annotated[Signed, Depends(seated)]
Watching = Annotated[Signed, Depends(still_seated)]
"""For requests that a page makes by itself: a page that is only left open is signed out after some time."""

PageNo = Annotated[int, Field(ge=0, le=MOST_PAGES)]
Chosen = Annotated[PageNo | None, NothingIsNone, Query(alias="page")]

WIDTHS = (160, 1100, 2000)
"""Widths in pixels: pictures in the list, the large picture, the large one when zoomed in."""


@router.get("")
@shows("stacks", always=True)
def first_page(
    request: Request,
    signed: Seated,
    number: Annotated[str, Query(max_length=200)] = "",
    existing: Annotated[bool, Query()] = False,
) -> Response:
    """`number` stands in the field of a new stack, where a code was scanned on another page; `existing`: the
    stack is for a dossier that is there.
    """
    return fragments.list_page(request, signed, whole=True, number=number, existing=existing)


@router.get("/parts")
@shows("stacks")
def first_page_part(request: Request, signed: Watching) -> Response:
    return fragments.list_page(request, signed, whole=False)


@router.get("/events")
@shows_nothing
def first_page_events(request: Request, signed: Watching) -> Response:
    return events.event_stream(request, partial(fragments.list_stamp, request, signed))


@router.get("/today")
@shows("stacks")
def todays_list(request: Request, signed: Seated) -> Response:
    """The stacks that left the desk today: the clerk's own and the counter's."""
    found = today.todays_stacks(desk_of(request), signed.user.name, signed.seat)
    return page(
        request,
        "desk/today.html",
        stacks=found,
        rate=today.rate_of(found, signed.user.name),
        me=signed.user.name,
    )


@router.get("/counter")
@shows_nothing
def counter_page(request: Request, signed: Annotated[Signed, Depends(clerk)]) -> Response:
    return page(
        request,
        "desk/counter.html",
        counters=counter_accounts.seats(desk_of(request).services.catalog, signed.user.member),
        mine=signed.counter,
    )


@router.post("/counter")
@shows_nothing
def choose_counter(
    request: Request, signed: Annotated[Signed, Depends(clerk)], counter: Annotated[str, Form()]
) -> Response:
    user_sessions.sit_at(desk_of(request).services.catalog, signed.token, counter)
    response = RedirectResponse("/desk", SEE_OTHER)
    # The PC stays at its counter: the next who signs in here needn't choose again.
    set_cookie(request, response, COUNTER_COOKIE, quote(counter))
    return response


@router.get("/stacks/{batch_id}")
@shows("stack", always=True)
def stack(request: Request, signed: Seated, batch_id: str, chosen: Chosen = None) -> Response:
    try:
        return fragments.stack_page(request, signed, batch_id, chosen, whole=True)
    except StackGoneError:
        return RedirectResponse(f"/desk/stacks/{batch_id}/filed", SEE_OTHER)


@router.get("/stacks/{batch_id}/parts")
@shows("stack")
def stack_part(request: Request, signed: Watching, batch_id: str, chosen: Chosen = None) -> Response:
    try:
        return fragments.stack_page(request, signed, batch_id, chosen)
    except StackGoneError:
        return Response(headers={"HX-Redirect": f"/desk/stacks/{batch_id}/filed"})


@router.get("/stacks/{batch_id}/events")
@shows_nothing
def stack_events(request: Request, signed: Watching, batch_id: str) -> Response:
    own(request, signed, batch_id)
    return events.event_stream(request, partial(fragments.stack_stamp, request, signed, batch_id), batch_id)


@router.get("/stacks/{batch_id}/pages/{no}.jpg")
@shows("page")
def picture(
    request: Request, signed: Watching, batch_id: str, no: PageNo, width: Annotated[int, Query()] = WIDTHS[0]
) -> Response:
    if width not in WIDTHS:  # each width is rendered anew, so only the needed ones are allowed
        raise NotFoundError("no picture of this width")
    data = pictures.picture(desk_of(request), batch_id, signed.user.name, no, width)
    return Response(data, media_type="image/jpeg")


@router.get("/stacks/{batch_id}/describe")
@shows("stack")
def describe_form(request: Request, signed: Seated, batch_id: str) -> Response:
    row = own(request, signed, batch_id)
    procedure = desk_of(request).services.profiles.procedures.get(row.procedure_code or "")
    form = fragments.DescribeForm(
        row.clerk_number or row.dossier_number or "",
        row.procedure_code or "",
        procedure.name if procedure else "",
    )
    return fragments.describe_dialog(request, batch_id, form)


@router.get("/stacks/{batch_id}/leave-behind")
@shows("stack")
def leave_behind_form(request: Request, signed: Seated, batch_id: str) -> Response:
    """Asks whether to file without the pages that are still at the counter."""
    seen = view(desk_of(request), batch_id, signed.user.name)
    return page(request, "desk/leave_behind.html", stack=seen)


@router.get("/late/{batch_id}/{no}.jpg")
@shows("page")
def late_picture(request: Request, signed: Watching, batch_id: str, no: PageNo) -> Response:
    """A page of a batch of late pages that nobody has taken on yet."""
    data = pictures.late_picture(desk_of(request), batch_id, signed.user.name, no, WIDTHS[0])
    return Response(data, media_type="image/jpeg")


@router.get("/stacks/{batch_id}/filed")
@shows("stack")
def filed(
    request: Request, signed: Watching, batch_id: str, part: Annotated[bool, Query()] = False
) -> Response:
    """The result of a submitted stack; the page asks again each second until it is filed."""
    desk = desk_of(request)
    if not part:
        signed = seated(request)  # a person came here: that is use
    row = own(request, signed, batch_id)
    outcome = batch_outcome.load_outcome(desk.services, batch_id)
    if outcome.state == "desk":
        return RedirectResponse(f"/desk/stacks/{batch_id}", SEE_OTHER)
    return page(
        request,
        "desk/filed_part.html" if part else "desk/filed.html",
        outcome=outcome,
        papers=list({(each.dossier, each.no): each for each in outcome.filed}.values()),  # as they are now
        given_up=stacks.was_given_up(desk, batch_id),
        missing={number: today.missing_papers_of(desk, number) for number in outcome.dossiers},
        types={kind.id: kind.name for kind in desk.services.profiles.types.values()},
        may_correct=bool(outcome.filed) and same_day.may_correct(row, signed.user.name),
    )


def own(request: Request, signed: Signed, batch_id: str) -> BatchRecord:
    """The row of a clerk's own stack, in whatever state. Raises NotFoundError, NotYoursError."""
    with desk_of(request).services.catalog.reading() as connection:
        row = in_agency(connection, batch_id, signed.user.name)
        require_owner(connection, row, signed.user.name)
    return row
