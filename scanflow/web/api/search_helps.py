"""Help for searching: suggestions while somebody types, and saved searches."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from pydantic import Field

from scanflow.archive.logbook import LISTED, SEARCHED
from scanflow.archive.search.language import parse, parse_whole
from scanflow.archive.search.question import Facet, Sort
from scanflow.errors import DeniedError, QuestionError
from scanflow.membership import Scope
from scanflow.review import saved, searching
from scanflow.web.api.callers import ApiRoute, Caller, TheCaller, needs
from scanflow.web.api.problems import Refusal, described
from scanflow.web.api.viewing import note_view
from scanflow.web.review.reviewing import review_of
from scanflow.web.searched import Text

router = APIRouter(prefix="/search", route_class=ApiRoute, tags=["search"])

Value = Annotated[str, Field(min_length=1, max_length=200)]
Values = Annotated[list[Value], Field(max_length=50)]


@dataclass(frozen=True, slots=True)
class SuggestionAnswer:
    """A title, name or number to search for, and the number of papers that have it."""

    text: str
    papers: int


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A saved search; `query` is that of `/search` and `/search/found.csv`: `q=…&type=…&sort=…`.

    `own`: it is the caller's; others are shared by people of the agency.
    """

    id: int
    name: str
    query: str
    shared: bool
    own: bool


@dataclass(frozen=True, slots=True)
class NewSaved:
    """A search to save; one of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=saved.LONGEST_NAME)]
    q: Annotated[str, Field(max_length=500)] = ""
    type: Values = field(default_factory=list)
    kind: Values = field(default_factory=list)
    procedure: Values = field(default_factory=list)
    year: Values = field(default_factory=list)
    sort: Sort = Sort.RELEVANCE
    tolerant: bool = False
    shared: bool = False


@router.get("/suggestions")
@needs(Scope.SEARCH)
def suggestions(request: Request, caller: TheCaller, q: Text = "") -> list[SuggestionAnswer]:
    """Completions of what was typed so far: titles, names and numbers of the agency's papers."""
    found = searching.suggest(review_of(request), caller.reviewer, q)
    if found:
        note_view(request, caller, SEARCHED, "archive", {"beginning": q, "suggestions": len(found)})
    return [SuggestionAnswer(each.text, each.papers) for each in found]


@router.get("/saved")
@needs(Scope.SEARCH)
def kept(request: Request, caller: TheCaller) -> list[SavedAnswer]:
    """The caller's saved searches, then those that people of the agency share."""
    note_view(request, caller, LISTED, "saved searches")
    return _kept(request, caller)


@router.post("/saved", status_code=201)
@needs(Scope.SEARCH)
def keep(request: Request, caller: TheCaller, wanted: NewSaved) -> SavedAnswer:
    """Save a search; for signed-in people. Programs keep their own."""
    _require_person(caller)
    facets = {facet: getattr(wanted, facet.value) for facet in searching.FACETS}
    _require_understood(wanted.q, facets)
    pairs = [("q", wanted.q), *((facet.value, each) for facet, values in facets.items() for each in values)]
    pairs.append(("sort", wanted.sort.value))
    if wanted.tolerant:
        pairs.append(("tolerant", "true"))
    made = saved.save(
        review_of(request), caller.reviewer, wanted.name, urlencode(pairs), shared=wanted.shared
    )
    return next(each for each in _kept(request, caller) if each.own and each.name == made)


@router.delete("/saved/{id}", status_code=204, responses=described(404))
@needs(Scope.SEARCH)
def forget(request: Request, caller: TheCaller, id: Annotated[int, Path(ge=0, le=2**53)]) -> None:
    """Delete an own saved search; for signed-in people."""
    _require_person(caller)
    saved.remove(review_of(request), caller.reviewer, id)


def _kept(request: Request, caller: Caller) -> list[SavedAnswer]:
    return [
        SavedAnswer(each.id, each.name, each.question, each.shared, own=each.user == caller.name)
        for each in saved.saved(review_of(request), caller.reviewer)
    ]


def _require_person(caller: Caller) -> None:
    """A saved search belongs to a person's account. Raises DeniedError for a program's token."""
    if caller.rate is not None:
        raise DeniedError(
            "a token keeps no searches: sign in for that",
            "Mã truy cập không lưu được câu tìm. Hãy đăng nhập.",
        )


def _require_understood(text: str, facets: dict[Facet, list[str]]) -> None:
    """Raises Refusal for a search that `/search` would refuse as well."""
    try:
        if not any(facets.values()):
            parse_whole(text)
        else:
            parse(text)
    except QuestionError as error:
        raise Refusal(422, error) from None
