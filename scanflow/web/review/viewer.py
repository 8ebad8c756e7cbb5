"""The viewer: a page's picture with its words, the document's other pages, the text to be copied."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from scanflow.review import dossiers, pages
from scanflow.review.access import Opened, Reviewer, open_dossier
from scanflow.review.context import Review
from scanflow.review.corrections import correcting, undoing
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.queue import undo_of
from scanflow.web.review.reviewing import (
    DID,
    ChosenPage,
    ChosenVersion,
    PageNo,
    ShownDocument,
    Typed,
    Who,
    review_of,
)
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/review/dossiers/{key}/{no}", route_class=ViewRoute)

_DONE = ("text", "type", "field", "moved", "arranged", "split", "joined", "compared", "undone")
THUMBS = 24
"""Small pictures that are fetched at once; more come as a person scrolls."""

Width = Annotated[int, Query()]
Task = Annotated[Literal["", "type", "row", "cut", "fields"], Query()]
Step = Annotated[Literal["1", "-1"], Query()]


@router.get("")
@shows("document", always=True)
def viewer(
    request: Request,
    who: Who,
    opened: ShownDocument,
    chosen: ChosenPage = 1,
    version: ChosenVersion = None,
    q: Typed = "",
    done: Typed = "",
    task: Task = "",
    did: Typed = "",
    last: Typed = "",
) -> Response:
    """A document with one of its pages."""
    review = review_of(request)
    chosen = min(chosen, opened.version.pages)
    may_correct = who.may_change and opened.is_newest
    return page(
        request,
        "review/viewer.html",
        who=who,
        opened=opened,
        shown=pages.shown_page(review, opened, chosen, q),
        q=q,
        base=_base(opened),
        dossier=dossier_address(opened.number),
        name=dossiers.type_name(review, opened.document),
        fields=dossiers.shown_fields(review, opened.document),
        thumbs=_thumbs(opened, max(1, chosen - THUMBS // 2)),
        version=version,
        before=_version_before(opened),
        done=done if done in _DONE else "",
        task="" if done else task,
        next_item=bool(done and who.may_change),
        did=did if did in DID else "",
        last=last,
        undo=undo_of(last),
        undoable=may_correct and undoing.undoable(review, who, opened) is not None,
        may_correct=may_correct,
        row_name=_row_name(review, who, opened) if task == "row" else "",
        choices=correcting.choices(review, who, opened) if may_correct else (),
    )


def _row_name(review: Review, who: Reviewer, opened: Opened) -> str:
    return dossiers.row_name(review, open_dossier(review, who, opened.number), opened.document)


@router.get("/pages/{page_no}")
@shows("filed-page")
def page_part(
    request: Request,
    who: Who,
    opened: ShownDocument,
    page_no: PageNo,
    version: ChosenVersion = None,
    q: Typed = "",
) -> Response:
    """The part of the viewer that changes when a page is turned."""
    review = review_of(request)
    return page(
        request,
        "review/page.html",
        who=who,
        opened=opened,
        shown=pages.shown_page(review, opened, page_no, q),
        q=q,
        base=_base(opened),
        version=version,
        may_correct=who.may_change and opened.is_newest,
    )


@router.get("/pages/{page_no}/picture.jpg")
@shows("filed-page")
def picture(
    request: Request,
    opened: ShownDocument,
    page_no: PageNo,
    width: Width = pages.WIDTHS[0],
) -> Response:
    review = review_of(request)
    return Response(pages.picture(review, opened, page_no, width), media_type="image/jpeg")


@router.get("/pages/{page_no}/text.txt")
@shows("filed-page", always=True)
def text(request: Request, opened: ShownDocument, page_no: PageNo) -> Response:
    """A page's whole text, for copying."""
    review = review_of(request)
    return PlainTextResponse(pages.text_of(review, opened, page_no))


@router.get("/thumbs")
@shows_nothing
def thumbs(
    request: Request,
    opened: ShownDocument,
    start: ChosenPage = 1,
    version: ChosenVersion = None,
) -> Response:
    """More thumbnails, from a page on. This gives their addresses only; each picture counts as a view."""
    return page(
        request,
        "review/thumbs.html",
        base=_base(opened),
        thumbs=_thumbs(opened, start),
        opened=opened,
        version=version,
        q="",
        current=0,
    )


@router.get("/pages/{page_no}/hit")
@shows_nothing
def next_hit(
    request: Request,
    opened: ShownDocument,
    page_no: PageNo,
    q: Typed = "",
    step: Step = "1",
    version: ChosenVersion = None,
) -> Response:
    """Go to the nearest page with a hit; without one, stay."""
    review = review_of(request)
    found = pages.next_hit(review, opened, q, page_no, int(step)) or page_no
    chosen = f"&version={version}" if version else ""
    return RedirectResponse(f"{_base(opened)}?page={found}{chosen}&q={quote(q)}", SEE_OTHER)


def _base(opened: Opened) -> str:
    return dossier_address(opened.number, opened.document.no)


def _version_before(opened: Opened) -> int:
    """The version before the one that is shown; for the first version, itself."""
    older = [each.version for each in opened.document.versions if each.version < opened.version.version]
    return older[-1] if older else opened.version.version


def _thumbs(opened: Opened, start: int) -> range:
    return range(max(1, start), min(start + THUMBS, opened.version.pages + 1))
