"""Pages of a filed document put right: order, turns, split, join; and the comparison with its original."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.errors import UsageError
from scanflow.review import correcting, dossiers, rearranging
from scanflow.review.access import Opened, open_document, open_dossier
from scanflow.review.page_turns import Placed
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import MOST, CorrectedDocument, Corrector, ShownDocument, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/review/dossiers/{key}/{no}", route_class=ViewRoute)

Number = Annotated[int, Form(ge=0, le=MOST)]
Numbers = Annotated[list[Annotated[int, Form(ge=0, le=MOST)]], Form(max_length=rearranging.MOST_PAGES)]


@router.get("/arrange")
@shows("document", always=True)
def arrange_form(request: Request, who: Corrector, opened: ShownDocument) -> Response:
    """All pages of a document, small, to be put right. Raises SignedFileError for a signed file."""
    review = review_of(request)
    rearranging.require_rearrangeable(review, opened)
    others = dossiers.shown_documents(review, open_dossier(review, who, opened.number))
    return page(
        request,
        "review/arrange.html",
        opened=opened,
        base=_base(opened),
        name=dossiers.type_name(review, opened.document),
        others=[each for each in others if each.no != opened.document.no],
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
    """Take over an order and turns; each page comes with its turn."""
    if len(page_no) != len(turn):
        raise UsageError("not a form of these pages")
    placed = [Placed(*each) for each in zip(page_no, turn, strict=True)]
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
    request: Request, who: Corrector, opened: CorrectedDocument, other: Number, other_version: Number
) -> Response:
    """Put another document of the dossier behind this one; `other_version` is the one that the person saw."""
    review = review_of(request)
    behind = open_document(review, who, opened.number, other, other_version)
    rearranging.join(review, who, opened, behind)
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


def _base(opened: Opened) -> str:
    return dossier_address(opened.number, opened.document.no)


def _back(opened: Opened, query: str) -> Response:
    return RedirectResponse(f"{_base(opened)}?{query}", SEE_OTHER)
