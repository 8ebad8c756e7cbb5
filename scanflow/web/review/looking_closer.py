"""Beside the viewer: versions word by word, digital signatures, kept files, what was done to a document."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow.review import comparing, dossiers, pages
from scanflow.review.access import open_document, open_dossier
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import MOST, ChosenPage, ShownDocument, Who, review_of
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/review/dossiers/{key}/{no}", route_class=ViewRoute)

Other = Annotated[int, Query(alias="with", ge=1, le=MOST)]


@router.get("/compare")
@shows("filed-page", always=True)
def compare(
    request: Request, who: Who, opened: ShownDocument, other: Other = 1, chosen: ChosenPage | None = None
) -> Response:
    """A page in two versions, the older one (`with`) on the left; by default the first that changed."""
    review = review_of(request)
    older = open_document(review, who, opened.number, opened.document.no, other)
    return page(
        request,
        "review/compare.html",
        opened=opened,
        older=older,
        compared=comparing.compare(review, older, opened, chosen and min(chosen, opened.version.pages)),
        base=dossier_address(opened.number, opened.document.no),
        name=dossiers.type_name(review, opened.document),
    )


@router.get("/about")
@shows("document", always=True)
def about(request: Request, who: Who, opened: ShownDocument) -> Response:
    """What is known of a document beside its pages: signatures, kept files, the row it meets, its history."""
    review = review_of(request)
    document = opened.document
    return page(
        request,
        "review/about.html",
        opened=opened,
        base=dossier_address(opened.number, document.no),
        dossier=dossier_address(opened.number),
        name=dossiers.type_name(review, document),
        written=opened.version.made_by.get("source") == pages.WRITTEN,
        signatures=pages.signatures(review, opened),
        rows=dossiers.met_rows(review, open_dossier(review, who, opened.number), document.no),
        history=dossiers.history(review, opened.number, document.no),
    )
