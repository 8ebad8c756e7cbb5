"""The slip that asks for what a dossier lacks (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ), to be printed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow import clock
from scanflow.archive import agencies
from scanflow.classify.profiles import Procedure
from scanflow.desk.model import DeskDossier
from scanflow.desk.view import view
from scanflow.errors import NotFoundError
from scanflow.web.desk.routes import Seated
from scanflow.web.pages import page
from scanflow.web.people import desk_of
from scanflow.web.translations import words
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/station", route_class=ViewRoute)


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """A row of the slip: what is asked for, how many are missing, how many originals and copies of each."""

    name: str
    count: int
    originals: int
    copies: int


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
            "no such dossier in this stack", "Trong xấp này không có hồ sơ đó. Hãy tải lại trang."
        )
    of = seen.dossiers[dossier]
    today = clock.in_vietnam(clock.now())
    procedure = desk.services.profiles.procedure(of.procedure, today.date())
    names = {agency.code: agency.name for agency in agencies.all_agencies(desk.services.catalog)}
    return page(
        request,
        "station/slip.html",
        language=words("vi"),
        agency=names.get(signed.user.member.agency, ""),
        dossier=of,
        missing=missing_papers(of, procedure),
        today=today,
        clerk=signed.user.display_name,
        batch_id=batch_id,
    )


def missing_papers(dossier: DeskDossier, procedure: Procedure | None) -> list[MissingPaper]:
    """What the dossier's checklist says is missing."""
    rows = {row.id: row for row in procedure.required} if procedure else {}
    return [
        MissingPaper(
            item.name,
            item.count - len(item.documents) - item.held,
            rows[item.id].originals if item.id in rows else 0,
            rows[item.id].copies if item.id in rows else 0,
        )
        for item in (dossier.checklist.items if dossier.checklist else ())
        if item.missing
    ]
