"""The slip that asks for what a dossier lacks (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ), to be printed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow import clock
from scanflow.desk import slips
from scanflow.desk.view import view
from scanflow.errors import NotFoundError
from scanflow.web.authentication import desk_of
from scanflow.web.desk.routes import Seated
from scanflow.web.rendering import page
from scanflow.web.translations import words
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/station", route_class=ViewRoute)


@router.get("/stacks/{batch_id}/slip")
@shows("stack")
def missing_papers_slip(
    request: Request, signed: Seated, batch_id: str, dossier: Annotated[int, Query(ge=0, le=1000)] = 0
) -> Response:
    """The slip for one of a stack's dossiers, as far as it can be filled in; in Vietnamese, for citizens."""
    desk = desk_of(request)
    seen = view(desk, batch_id, signed.user.name)
    if dossier >= len(seen.dossiers):
        raise NotFoundError(
            "no such dossier in this stack", "Trong tập này không có hồ sơ đó. Hãy tải lại trang web (F5)."
        )
    of = seen.dossiers[dossier]
    today = clock.in_vietnam(clock.now())
    return page(
        request,
        "station/slip.html",
        language=words("vi"),
        agency=slips.agency_name(desk, signed.user.member.agency),
        dossier=of,
        missing=slips.missing_papers(desk, of, today.date()),
        today=today,
        clerk=signed.user.display_name,
        batch_id=batch_id,
    )
