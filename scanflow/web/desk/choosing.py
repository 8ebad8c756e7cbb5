"""Choices that are offered while a clerk types: procedures for a stack, types for a paper."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow.clock import date_in_vietnam
from scanflow.desk import choices
from scanflow.desk.proposing import proposed_procedures
from scanflow.desk.stack_view.view import view
from scanflow.desk.stack_view.view_model import DeskDossier, DeskPaper
from scanflow.errors import NotFoundError
from scanflow.web.authentication import Signed, desk_of
from scanflow.web.desk import shown
from scanflow.web.desk.routes import PageNo, Seated, Watching, own
from scanflow.web.rendering import page
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/desk", route_class=ViewRoute)

Typed = Annotated[str, Query(max_length=200)]
"""What a clerk has typed so far into a field that searches."""


@router.get("/procedures")
@shows_nothing
def procedure_options(request: Request, signed: Watching, q: Typed = "") -> Response:
    """Procedures that fit what a clerk types."""
    recent, rest = choices.search_procedures(desk_of(request), signed.user.name, q)
    return page(
        request,
        "desk/options.html",
        name="procedure",
        groups=[("recent", recent), ("all" if recent else "", rest)],
    )


@router.get("/stacks/{batch_id}/procedures")
@shows("stack")
def stack_procedure_options(request: Request, signed: Seated, batch_id: str, q: Typed = "") -> Response:
    """The same for a stack: before anything is typed, first those that its forms indicate."""
    desk = desk_of(request)
    proposed = [] if q.strip() else proposed_procedures(desk, batch_id, signed.user.name)
    recent, rest = choices.search_procedures(desk, signed.user.name, q)
    return page(
        request,
        "desk/options.html",
        name="procedure",
        groups=[("proposed", proposed), ("recent", recent), ("all" if proposed or recent else "", rest)],
    )


@router.get("/stacks/{batch_id}/type")
@shows("stack")
def type_form(request: Request, signed: Seated, batch_id: str, first: Annotated[PageNo, Query()]) -> Response:
    """Asks of which type a paper is."""
    paper, dossier = _paper(request, signed, batch_id, first)
    return page(
        request,
        "desk/choose_type.html",
        batch_id=batch_id,
        first=first,
        name=paper.name,
        chosen=paper.chosen,
        procedure=dossier.procedure or "",
        why=shown.reason(paper),
    )


@router.get("/stacks/{batch_id}/types")
@shows("stack")
def type_options(
    request: Request,
    signed: Watching,
    batch_id: str,
    procedure: Typed = "",
    chosen: Annotated[bool, Query()] = False,
    q: Typed = "",
) -> Response:
    """Types of paper that fit what a clerk types: first those that the dossier's procedure asks for.

    `procedure` and `chosen` (whether a person set the paper's type) come from the form, so that the stack's
    papers are not computed again for each letter.
    """
    desk = desk_of(request)
    day = date_in_vietnam(own(request, signed, batch_id).created_at)
    rows = choices.asked_rows(desk, procedure, day)
    wanted, recent, rest = choices.search_types(desk, signed.user.name, q, rows)
    automatic = [choices.Choice("", "")] if chosen and not q else []
    return page(
        request,
        "desk/options.html",
        name="type",
        groups=[("", automatic), ("asked", wanted), ("recent", recent), ("others", rest)],
    )


def _paper(request: Request, signed: Signed, batch_id: str, first: int) -> tuple[DeskPaper, DeskDossier]:
    """The paper that begins with a page, and its dossier.

    Raises NotFoundError, NotYoursError, StackGoneError.
    """
    seen = view(desk_of(request), batch_id, signed.user.name)
    for dossier in seen.dossiers:
        for paper in dossier.papers:
            if paper.first == first:
                return paper, dossier
    raise NotFoundError(
        f"no paper of this stack begins with page {first}",
        "Giấy tờ này không còn ở trong tập. Hãy tải lại trang web (F5).",
    )
