"""Procedures and the papers that they ask for: the same for all agencies."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from scanflow.review import procedures
from scanflow.web.api.callers import ApiRoute, needs
from scanflow.web.api.problems import described
from scanflow.web.review.reviewing import MOST, review_of

router = APIRouter(prefix="/procedures", route_class=ApiRoute, tags=["procedures"])


@dataclass(frozen=True, slots=True)
class ProcedureInList:
    code: str
    name: str
    field: str
    agency: str


@dataclass(frozen=True, slots=True)
class ProcedureList:
    """`cursor` leads to the next page of the list; it is empty on the last one."""

    procedures: list[ProcedureInList]
    cursor: str


@dataclass(frozen=True, slots=True)
class PaperAnswer:
    """A row of a procedure's list: `types` are the ids of document types that meet it."""

    id: str
    name: str
    required: bool
    count: int
    condition: str
    types: list[str]
    titles: list[str]


@dataclass(frozen=True, slots=True)
class ProcedureAnswer:
    code: str
    name: str
    field: str
    agency: str
    papers: list[PaperAnswer]


@router.get("")
@needs()
def listed(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="words of the name, with accents or without")] = "",
    cursor: Annotated[int, Query(ge=0, le=MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ProcedureList:
    """Procedures by words of their names, the likeliest first; without words all of them, by name."""
    found = procedures.found(review_of(request), q, cursor + limit + 1)[cursor:]
    more = str(cursor + limit) if len(found) > limit else ""
    shown = [ProcedureInList(each.code, each.name, each.field, each.agency) for each in found[:limit]]
    return ProcedureList(shown, more)


@router.get("/{code}", responses=described(404))
@needs()
def procedure(request: Request, code: Annotated[str, Path(max_length=100)]) -> ProcedureAnswer:
    """A procedure as in force today."""
    found, papers = procedures.today(review_of(request), code)
    return ProcedureAnswer(
        found.code,
        found.name,
        found.field,
        found.agency,
        [
            PaperAnswer(
                each.id,
                each.name,
                each.required,
                each.count,
                each.condition,
                list(each.types),
                list(each.titles),
            )
            for each in papers
        ],
    )
