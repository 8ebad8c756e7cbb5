"""Rearranging a filed document: order, rotation, splitting, joining; and the comparison with its original."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.archive.logbook import VIEWED, LogEntry, dossier_subject
from scanflow.clock import now
from scanflow.errors import ScanflowError, UsageError
from scanflow.model import Dossier
from scanflow.review import dossiers
from scanflow.review.access import Opened, open_document, open_dossier
from scanflow.review.corrections import correcting, moving, rearranging
from scanflow.review.corrections.page_rotation import ArrangedPage
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import (
    MOST,
    CorrectedDocument,
    Corrector,
    ShownDocument,
    Typed,
    review_of,
)
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewLog, ViewRoute, shows

router = APIRouter(prefix="/review/dossiers/{key}/{no}", route_class=ViewRoute)

Number = Annotated[int, Form(ge=0, le=MOST)]
Numbers = Annotated[list[Annotated[int, Form(ge=0, le=MOST)]], Form(max_length=rearranging.MOST_PAGES)]


@router.get("/arrange")
@shows("document", always=True)
def arrange_form(
    request: Request, who: Corrector, opened: ShownDocument, other_dossier: Typed = ""
) -> Response:
    """The form to rearrange a document: thumbnails of its pages, and the documents that may be joined to it,
    from its dossier and from `other_dossier`. Raises SignedFileError for a signed file.
    """
    review = review_of(request)
    rearranging.require_rearrangeable(review, opened)
    others = dossiers.shown_documents(review, open_dossier(review, who, opened.number))
    elsewhere, problem = _other_dossier(request, who, opened, other_dossier)
    return page(
        request,
        "review/arrange.html",
        opened=opened,
        base=_base(opened),
        name=dossiers.type_name(review, opened.document),
        others=[each for each in others if each.no != opened.document.no],
        asked=other_dossier,
        elsewhere=elsewhere,
        elsewhere_documents=dossiers.shown_documents(review, elsewhere) if elsewhere else [],
        problem=problem,
    )


@router.post("/arrange")
@shows("document", always=True)
def arrange(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    page_no: Annotated[Numbers, Form(alias="page")] = [],  # noqa: B006 - FastAPI copies it
    turn: Numbers = [],  # noqa: B006 - as above
) -> Response:
    """Apply an order and rotations; each page comes with its rotation."""
    if len(page_no) != len(turn):
        raise UsageError("not a form of these pages")
    placed = [ArrangedPage(*each) for each in zip(page_no, turn, strict=True)]
    rearranging.reorder(review_of(request), who, opened, placed)
    return _back(opened, "done=arranged")


@router.post("/split")
@shows("document", always=True)
def split(request: Request, who: Corrector, opened: CorrectedDocument, at: Number) -> Response:
    """Make a document of its own of the pages from `at` on, and go there."""
    no = rearranging.split(review_of(request), who, opened, at)
    return RedirectResponse(f"{dossier_address(opened.number, no)}?done=split", SEE_OTHER)


@router.post("/join")
@shows("document", always=True)
def join(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    other: Number,
    other_version: Number,
    other_dossier: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Append another document to this one, from the same dossier or from `other_dossier`; `other_version` is
    the version that the person saw.
    """
    review = review_of(request)
    behind = open_document(review, who, other_dossier or opened.number, other, other_version)
    rearranging.join_from_elsewhere(review, who, opened, behind)
    return _back(opened, "done=joined")


@router.post("/compared")
@shows("document", always=True)
def compared(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    compared: Annotated[bool, Form()] = False,
) -> Response:
    """Note that the document was compared with its original, or take that back."""
    correcting.set_compared(review_of(request), who, opened, compared=compared)
    return _back(opened, "done=compared")


def _other_dossier(
    request: Request, who: Corrector, opened: Opened, typed: str
) -> tuple[Dossier | None, ScanflowError | None]:
    """The dossier of the number that was typed, entered in the log as seen; or what is wrong with it."""
    if not typed.strip():
        return None, None
    try:
        found = moving.other_dossier(review_of(request), who, opened, typed)
    except ScanflowError as error:
        return None, error
    if found is not None:
        views: ViewLog = request.app.state.views
        views.note(LogEntry(now(), who.name, VIEWED, dossier_subject(found.number)))
    return found, None


def _base(opened: Opened) -> str:
    return dossier_address(opened.number, opened.document.no)


def _back(opened: Opened, query: str) -> Response:
    return RedirectResponse(f"{_base(opened)}?{query}", SEE_OTHER)
