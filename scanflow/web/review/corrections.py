"""Corrections of a filed document: lines of a page, type or row, values, the dossier that it is in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.errors import UsageError
from scanflow.review import dossiers, pages
from scanflow.review.access import Opened
from scanflow.review.corrections import correcting, moving, undoing
from scanflow.review.waiting_items import queue
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.queue import go_on, undo_of
from scanflow.web.review.reviewing import (
    DID,
    MOST,
    CorrectedDocument,
    Corrector,
    PageNo,
    ShownDocument,
    Typed,
    review_of,
)
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/review/dossiers/{key}/{no}", route_class=ViewRoute)

_MOST_LINES = 2000
Index = Annotated[int, Form(ge=0, le=MOST)]
Places = Annotated[list[Annotated[int, Form(ge=0, le=MOST)]], Form(max_length=_MOST_LINES)]
Texts = Annotated[list[str], Form(max_length=_MOST_LINES)]
Text = Annotated[str, Form(max_length=2000)]


@router.get("/pages/{page_no}/correct")
@shows("filed-page", always=True)
def text_form(request: Request, _who: Corrector, opened: ShownDocument, page_no: PageNo) -> Response:
    """The form with a page's lines, each beside its picture, to be corrected."""
    review = review_of(request)
    return page(
        request,
        "review/correct.html",
        opened=opened,
        shown=pages.shown_page(review, opened, page_no),
        base=dossier_address(opened.number, opened.document.no),
        name=dossiers.type_name(review, opened.document),
        written=opened.version.made_by.get("source") == pages.WRITTEN,
    )


@router.post("/pages/{page_no}/correct")
@shows("document", always=True)
def correct_text(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    page_no: PageNo,
    first: Places = [],  # noqa: B006 - FastAPI copies it
    count: Places = [],  # noqa: B006 - as above
    text: Texts = [],  # noqa: B006 - as above
) -> Response:
    """Save the corrected lines; `version` is the one that the person saw."""
    review = review_of(request)
    if not len(first) == len(count) == len(text):
        raise UsageError("not a form of these pages")
    lines = [correcting.Typed(*each) for each in zip(first, count, text, strict=True)]
    correcting.correct_text(review, who, opened, page_no, lines)
    return _back(opened, f"page={page_no}&done=text")


@router.post("/restore")
@shows("document", always=True)
def restore_text(request: Request, who: Corrector, opened: CorrectedDocument, older: Index) -> Response:
    """Undo corrections of text: a new version with the words of an older one."""
    review = review_of(request)
    correcting.restore_text(review, who, opened, older)
    return _back(opened, "done=text")


@router.post("/type")
@shows("document", always=True)
def correct_type(request: Request, who: Corrector, opened: CorrectedDocument, choice: Text) -> Response:
    review = review_of(request)
    correcting.correct_type(review, who, opened, choice)
    return _back(opened, "done=type")


@router.post("/fields")
@shows("document", always=True)
def correct_field(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    index: Index,
    was: Text = "",
    text: Text = "",
) -> Response:
    review = review_of(request)
    correcting.correct_fields(review, who, opened, [correcting.SetField(index, was, text)])
    return _back(opened, "done=field")


@router.get("/values")
@shows("filed-page", always=True)
def values_form(
    request: Request, _who: Corrector, opened: ShownDocument, did: Typed = "", last: Typed = ""
) -> Response:
    """A document's doubtful values (all, where none is doubtful), each beside its place on the paper."""
    review = review_of(request)
    shown = list(enumerate(dossiers.shown_fields(review, opened.document)))
    wanted = [each for each in shown if each[1].doubtful] or shown
    sizes = {value.value.page: pages.page_size(review, opened, value.value.page) for _, value in wanted}
    return page(
        request,
        "review/values.html",
        opened=opened,
        values=[(index, value, sizes[value.value.page]) for index, value in wanted],
        base=dossier_address(opened.number, opened.document.no),
        name=dossiers.type_name(review, opened.document),
        did=did if did in DID else "",
        last=last,
        undo=undo_of(last),
    )


@router.post("/values")
@shows("document", always=True)
def correct_values(
    request: Request,
    who: Corrector,
    opened: CorrectedDocument,
    index: Places = [],  # noqa: B006 - FastAPI copies it
    was: Texts = [],  # noqa: B006 - as above
    text: Texts = [],  # noqa: B006 - as above
) -> Response:
    """Save the values that a person confirmed or typed; continue with the queue's next item."""
    review = review_of(request)
    if not len(index) == len(was) == len(text):
        raise UsageError("not a form of these pages")
    wanted = [correcting.SetField(*each) for each in zip(index, was, text, strict=True)]
    correcting.correct_fields(review, who, opened, wanted)
    key = f"fields/{opened.number}/{opened.document.no}"
    queue.give_back(review, who, key)
    return go_on(review, who, "confirmed", key)


@router.post("/undo")
@shows("document", always=True)
def undo(request: Request, who: Corrector, opened: ShownDocument) -> Response:
    """Take back this person's last change of type or values, if nobody changed anything since."""
    undoing.undo(review_of(request), who, opened)
    return _back(opened, "done=undone")


@router.post("/move")
@shows("document", always=True)
def move(request: Request, who: Corrector, opened: CorrectedDocument, to: Text) -> Response:
    review = review_of(request)
    there, new_no = moving.move_document(review, who, opened, to)
    return RedirectResponse(f"{dossier_address(there, new_no)}?done=moved", SEE_OTHER)


def _back(opened: Opened, query: str) -> Response:
    return RedirectResponse(f"{dossier_address(opened.number, opened.document.no)}?{query}", SEE_OTHER)
