"""A clerk's corrections of a stack that they saved today: types of its papers, and the dossier's number."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.errors import OtherAgencyError, OutdatedError, ScanflowError, SignedFileError, UsageError
from scanflow.review import dossiers, pages
from scanflow.review.corrections import correcting, same_day
from scanflow.web.authentication import Signed
from scanflow.web.desk.routes import PageNo, Seated
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import MOST, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/desk/stacks/{batch_id}/correct", route_class=ViewRoute)

First = Annotated[PageNo, Form()]
Text = Annotated[str, Form(max_length=2000)]
_Version = Annotated[int, Form(ge=0, le=MOST)]
_WRONG = (UsageError, OutdatedError, OtherAgencyError, SignedFileError)
"""Errors that are shown on the page, where a person can correct the input at once."""


@router.get("")
@shows("stack", always=True)
def saved_stack(
    request: Request, signed: Seated, batch_id: str, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The papers that a clerk saved today, with what can be corrected about them."""
    return _shown(request, signed, batch_id, done=done if done in ("type", "pages", "moved") else "")


@router.post("/type")
@shows("stack", always=True)
def set_type(
    request: Request, signed: Seated, batch_id: str, first: First, version: _Version, choice: Text
) -> Response:
    review = review_of(request)
    stack = same_day.open_saved_stack(review, signed.user, batch_id)
    try:
        same_day.correct_type(review, stack, same_day.SeenPaper(first, version), choice)
    except _WRONG as error:
        return _shown(request, signed, batch_id, notice=error)
    return _back(batch_id, "type")


@router.post("/pages")
@shows("stack", always=True)
def arrange(
    request: Request,
    signed: Seated,
    batch_id: str,
    first: First,
    version: _Version,
    do: Annotated[Literal["left", "right", "earlier", "split", "join"], Form()],
    nth: Annotated[int, Form(ge=1, le=MOST)] = 1,
) -> Response:
    """Rotate a page, move it one place up, begin a paper with it, or join a paper to the one before."""
    review = review_of(request)
    stack = same_day.open_saved_stack(review, signed.user, batch_id)
    paper = same_day.SeenPaper(first, version)
    try:
        match do:
            case "left" | "right":
                same_day.turn_page(review, stack, paper, nth, 90 if do == "right" else 270)
            case "earlier":
                same_day.move_page(review, stack, paper, nth)
            case "split":
                same_day.split_paper(review, stack, paper, nth)
            case "join":
                same_day.join_papers(review, stack, paper)
    except _WRONG as error:
        return _shown(request, signed, batch_id, notice=error)
    return _back(batch_id, "pages")


@router.post("/move")
@shows("stack", always=True)
def move(
    request: Request, signed: Seated, batch_id: str, to: Text, first: Annotated[PageNo | None, Form()] = None
) -> Response:
    """One paper, or without `first` all of them, to the dossier of the number that was typed or scanned."""
    review = review_of(request)
    stack = same_day.open_saved_stack(review, signed.user, batch_id)
    try:
        same_day.move_papers(review, stack, first, to)
    except _WRONG as error:
        return _shown(request, signed, batch_id, notice=error, typed={first: to})
    return _back(batch_id, "moved")


@router.get("/pages/{no}.jpg")
@shows("page")
def picture(
    request: Request,
    signed: Seated,
    batch_id: str,
    no: PageNo,
    nth: Annotated[int, Query(ge=1, le=MOST)] = 1,
    width: Annotated[int, Query()] = pages.WIDTHS[0],
) -> Response:
    """The nth page of the paper that began at page `no` of the stack."""
    review = review_of(request)
    opened = same_day.open_saved_stack(review, signed.user, batch_id).paper(no)
    return Response(pages.picture(review, opened, nth, width), media_type="image/jpeg")


def _shown(
    request: Request,
    signed: Signed,
    batch_id: str,
    *,
    done: str = "",
    notice: ScanflowError | None = None,
    typed: dict[int | None, str] | None = None,
) -> Response:
    review = review_of(request)
    stack = same_day.open_saved_stack(review, signed.user, batch_id)
    return page(
        request,
        "desk/correct.html",
        at=f"/desk/stacks/{batch_id}/correct",
        batch_id=batch_id,
        papers=[
            (each, dossiers.type_name(review, each.document), correcting.choices(review, stack.who, each))
            for each in stack.papers
        ],
        numbers=list(dict.fromkeys(each.number for each in stack.papers)),
        done=done,
        notice=notice,
        typed=typed or {},
    )


def _back(batch_id: str, done: str) -> Response:
    return RedirectResponse(f"/desk/stacks/{batch_id}/correct?done={done}", SEE_OTHER)
