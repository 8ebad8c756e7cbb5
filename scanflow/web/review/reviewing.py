"""Shared by the routes of the reviewers' pages: who sends a request, addresses of dossiers, parameters."""

from typing import Annotated

from fastapi import Depends, Form, Path, Query, Request

from scanflow.review.access import Opened, Reviewer, open_document, require_change, reviewer
from scanflow.review.context import Review
from scanflow.web.addresses import number_of
from scanflow.web.authentication import clerk

DID = ("confirmed", "settled")
"""The results that a page may report about the item before."""
MOST = 1_000_000
"""The highest number of a document, page or version. A database could not hold unbounded numbers."""


def reviewing(request: Request) -> Reviewer:
    """The signed-in reviewer. Raises SignInNeededError, DeniedError."""
    return reviewer(clerk(request).user)


def correcting(request: Request) -> Reviewer:
    """The signed-in reviewer, who may change papers. Raises DeniedError for one who may not."""
    who = reviewing(request)
    require_change(who)
    return who


def review_of(request: Request) -> Review:
    """The application's part for reviewers."""
    review: Review = request.app.state.review
    return review


def _number(key: Annotated[str, Path(max_length=400)]) -> str:
    return number_of(key)


Who = Annotated[Reviewer, Depends(reviewing)]
Corrector = Annotated[Reviewer, Depends(correcting)]
Number = Annotated[str, Depends(_number)]
DocumentNo = Annotated[int, Path(ge=0, le=MOST)]
PageNo = Annotated[int, Path(ge=0, le=MOST)]
ChosenPage = Annotated[int, Query(alias="page", ge=1, le=MOST)]
ChosenVersion = Annotated[int | None, Query(alias="version", ge=1, le=MOST)]
Typed = Annotated[str, Query(max_length=2000)]


def _shown(
    request: Request, who: Who, number: Number, no: DocumentNo, version: ChosenVersion = None
) -> Opened:
    return open_document(review_of(request), who, number, no, version)


def _corrected(
    request: Request,
    who: Corrector,
    number: Number,
    no: DocumentNo,
    version: Annotated[int, Form(ge=0, le=MOST)],
) -> Opened:
    return open_document(review_of(request), who, number, no, version)


ShownDocument = Annotated[Opened, Depends(_shown)]
"""The document that an address names, in the version that its query names, else the newest. Raises
NotFoundError.
"""
CorrectedDocument = Annotated[Opened, Depends(_corrected)]
"""The document that a form corrects, in the version that the person saw. Raises DeniedError, NotFoundError.
"""
