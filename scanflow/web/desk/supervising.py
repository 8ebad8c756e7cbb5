"""A supervisor's part of the first page: who has which stack, and handing one over whose clerk is absent."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from scanflow.archive.people import accounts
from scanflow.desk.changing import handover
from scanflow.errors import DeskError, ScanflowError, UsageError
from scanflow.web.authentication import desk_of
from scanflow.web.desk import fragments
from scanflow.web.desk.routes import Seated
from scanflow.web.rendering import page
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/desk", route_class=ViewRoute)

Text = Annotated[str, Form()]


@router.get("/stacks/{batch_id}/hand-over")
@shows("stack")
def hand_over_form(request: Request, signed: Seated, batch_id: str) -> Response:
    """Asks to whom a stack is to go. Raises DeniedError, NotFoundError, StackGoneError."""
    desk = desk_of(request)
    row = handover.supervised(desk, batch_id, signed.user.name)
    catalog = desk.services.catalog
    others = [each for each in accounts.colleagues(catalog, row.agency) if each.name != row.operator]
    others.sort(key=lambda each: each.name != signed.user.name)  # oneself first
    return page(
        request,
        "desk/hand_over.html",
        batch_id=batch_id,
        number=row.clerk_number,
        holder=row.operator,
        holder_name=accounts.display_name(catalog, row.operator),
        people=others,
    )


@router.post("/stacks/{batch_id}/hand-over")
@shows("stacks")
def hand_over(request: Request, signed: Seated, batch_id: str, holder: Text, to: Text = "") -> Response:
    """Give the stack that `holder` has to another clerk; to nobody: it waits for any clerk."""
    desk, supervisor = desk_of(request), signed.user.name
    notice: ScanflowError | None = None
    try:
        if to:
            handover.hand_over(desk, batch_id, supervisor, holder=holder, to=to)
        else:
            handover.release(desk, batch_id, supervisor, holder=holder)
    except (DeskError, UsageError) as error:
        notice = error
    return fragments.list_page(request, signed, whole=False, notice=notice)
