"""Corrections by programs. Each says which version it saw; if that is not the newest, nothing is written."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from scanflow.membership import Scope
from scanflow.review.access import open_document
from scanflow.review.corrections import correcting, moving
from scanflow.web.addresses import number_key
from scanflow.web.api.callers import ApiRoute, TheCaller, needs
from scanflow.web.api.dossiers import DocumentNo, PageNo
from scanflow.web.api.problems import described
from scanflow.web.review.reviewing import MOST, Number, review_of

router = APIRouter(
    prefix="/dossiers/{key}/documents/{no}",
    route_class=ApiRoute,
    tags=["corrections"],
    responses=described(404, 409, 413),
)

Seen = Annotated[int, Field(ge=1, le=MOST, description="the version that was seen")]
Index = Annotated[int, Field(ge=0, le=MOST)]
Text = Annotated[str, Field(max_length=2000)]


@dataclass(frozen=True, slots=True)
class Line:
    """The text that replaces `count` words from index `first` on; indices are those of /words."""

    first: Index
    count: Index
    text: Text


@dataclass(frozen=True, slots=True)
class Lines:
    version: Seen
    lines: Annotated[list[Line], Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class NewType:
    """`type` is the id of a document type, or a row of the procedure's list as the page names it."""

    version: Seen
    type: Text


@dataclass(frozen=True, slots=True)
class NewValue:
    """`index` is the field's index, `was` the value that was seen, `text` the right one; empty removes it."""

    index: Index
    was: Text
    text: Text


@dataclass(frozen=True, slots=True)
class NewValues:
    version: Seen
    fields: Annotated[list[NewValue], Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Move:
    version: Seen
    to: Annotated[str, Field(max_length=200, description="the number of the dossier that it belongs to")]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Where the document is now, and its newest version."""

    dossier: str
    key: str
    no: int
    version: int


@router.post("/pages/{page_no}/lines")
@needs(Scope.CORRECT)
def correct_text(
    request: Request, caller: TheCaller, number: Number, no: DocumentNo, page_no: PageNo, said: Lines
) -> Corrected:
    """Correct text: a new version of the document."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, said.version)
    typed = [correcting.Typed(each.first, each.count, each.text) for each in said.lines]
    correcting.correct_text(review, caller.reviewer, opened, page_no, typed)
    return _corrected(request, caller, number, no)


@router.post("/type")
@needs(Scope.CORRECT)
def correct_type(
    request: Request, caller: TheCaller, number: Number, no: DocumentNo, said: NewType
) -> Corrected:
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, said.version)
    correcting.correct_type(review, caller.reviewer, opened, said.type)
    return _corrected(request, caller, number, no)


@router.post("/fields")
@needs(Scope.CORRECT)
def correct_fields(
    request: Request, caller: TheCaller, number: Number, no: DocumentNo, said: NewValues
) -> Corrected:
    """Set or confirm values of a document together."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, said.version)
    wanted = [correcting.SetField(each.index, each.was, each.text) for each in said.fields]
    correcting.correct_fields(review, caller.reviewer, opened, wanted)
    return _corrected(request, caller, number, no)


@router.post("/move")
@needs(Scope.CORRECT)
def move(request: Request, caller: TheCaller, number: Number, no: DocumentNo, said: Move) -> Corrected:
    """Move a document to another dossier of the agency."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, said.version)
    there, new_no = moving.move_document(review, caller.reviewer, opened, said.to)
    return _corrected(request, caller, there, new_no)


def _corrected(request: Request, caller: TheCaller, number: str, no: int) -> Corrected:
    opened = open_document(review_of(request), caller.reviewer, number, no)
    return Corrected(number, number_key(number), no, opened.version.version)
