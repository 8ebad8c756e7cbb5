"""The slip that asks for what a dossier lacks (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ), to be printed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow import clock
from scanflow.desk.stack_view import slips
from scanflow.desk.stack_view.view import view
from scanflow.errors import NotFoundError
from scanflow.pipeline import batch_outcome
from scanflow.web.authentication import Signed, desk_of
from scanflow.web.desk.routes import Seated, own
from scanflow.web.rendering import page
from scanflow.web.translations import words
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/desk", route_class=ViewRoute)


@router.get("/stacks/{batch_id}/slip")
@shows("stack")
def missing_papers_slip(
    request: Request, signed: Seated, batch_id: str, dossier: Annotated[int, Query(ge=0, le=1000)] = 0
) -> Response:
    """The slip for one of a stack's dossiers, as far as it can be filled in; in Vietnamese, for citizens."""
    desk = desk_of(request)
    seen = view(desk, batch_id, signed.user.name)
    if dossier >= len(seen.dossiers):
        raise _no_dossier()
    return _slip(request, signed, batch_id, slips.slip_of(desk, seen.dossiers[dossier], _today().date()))


@router.get("/stacks/{batch_id}/filed/slip")
@shows("stack")
def slip_of_saved_dossier(
    request: Request, signed: Seated, batch_id: str, dossier: Annotated[int, Query(ge=0, le=1000)] = 0
) -> Response:
    """The same after saving: what the dossier lacks as it is in the archive now."""
    desk = desk_of(request)
    own(request, signed, batch_id)
    numbers = batch_outcome.load_outcome(desk.services, batch_id).dossiers
    if dossier >= len(numbers):
        raise _no_dossier()
    found = slips.slip_of_saved(desk, numbers[dossier], _today().date())
    return _slip(request, signed, batch_id, found)


def _slip(request: Request, signed: Signed, batch_id: str, slip: slips.Slip) -> Response:
    return page(
        request,
        "desk/slip.html",
        language=words("vi"),
        agency=slips.agency_name(desk_of(request), signed.user.member.agency),
        slip=slip,
        today=_today(),
        clerk=signed.user.display_name,
        batch_id=batch_id,
    )


def _today() -> datetime:
    return clock.in_vietnam(clock.now())


def _no_dossier() -> NotFoundError:
    return NotFoundError(
        "no such dossier in this stack", "Trong tập này không có hồ sơ đó. Hãy tải lại trang web (F5)."
    )
