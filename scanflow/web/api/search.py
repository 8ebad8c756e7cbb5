"""Search over the own agency's pages, as on the search page."""

from dataclasses import dataclass, replace
from datetime import date

from fastapi import APIRouter, Request, Response

from scanflow.archive.logbook import EXPORTED, SEARCHED
from scanflow.archive.search.question import Sort
from scanflow.errors import QuestionError, UsageError
from scanflow.membership import Scope
from scanflow.review import searching
from scanflow.review.searching import SearchFilter, SearchPage
from scanflow.web.addresses import number_key
from scanflow.web.api.callers import ApiRoute, TheCaller, needs
from scanflow.web.api.cursors import Cursor
from scanflow.web.api.problems import Refusal
from scanflow.web.review.reviewing import review_of
from scanflow.web.searched import AskedFor, note_found

router = APIRouter(prefix="/search", route_class=ApiRoute, tags=["search"])


class CsvResponse(Response):
    media_type = "text/csv"


@dataclass(frozen=True, slots=True)
class PieceAnswer:
    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class HitAnswer:
    """A page that was found; `exact`: with the accents as typed, `together`: the words side by side."""

    dossier: str
    key: str
    document: int
    page: int
    type: str
    name: str
    title: str
    procedure: str | None
    day: date
    exact: bool
    together: bool
    snippet: list[PieceAnswer]


@dataclass(frozen=True, slots=True)
class CountAnswer:
    value: str
    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """`total` pages match. `counts` by type, kind, procedure and year come with the first hits only.

    `closest` are words of the archive that are similar to words without a hit.
    """

    hits: list[HitAnswer]
    total: int
    cursor: str
    counts: dict[str, list[CountAnswer]]
    closest: list[str]


@router.get("")
@needs(Scope.SEARCH)
def search(
    request: Request,
    caller: TheCaller,
    what: AskedFor,
    sort: Sort = Sort.RELEVANCE,
    cursor: Cursor = "",
) -> SearchAnswer:
    """Pages on which something stands, twenty at a time."""
    asked = replace(what, sort=sort, cursor=cursor)
    _require_question(asked)
    try:
        found = searching.search(review_of(request), caller.reviewer, asked)
    except QuestionError as error:
        raise Refusal(422, error) from None
    note_found(request, caller.name, SEARCHED, asked, found.results.hits, found.results.total)
    return _answer(request, found)


@router.get("/found.csv", response_class=CsvResponse)
@needs(Scope.SEARCH)
def found_csv(request: Request, caller: TheCaller, what: AskedFor) -> Response:
    """All hits, the newest papers first, as CSV (50,000 rows at most)."""
    _require_question(what)
    try:
        text, hits = searching.as_csv(review_of(request), caller.reviewer, what)
    except QuestionError as error:
        raise Refusal(422, error) from None
    note_found(request, caller.name, EXPORTED, what, hits, len(hits))
    return CsvResponse(text)


def _require_question(asked: SearchFilter) -> None:
    if asked.is_empty:
        raise UsageError("q, type, kind, procedure or year is wanted")


def _answer(request: Request, found: SearchPage) -> SearchAnswer:
    names = searching.type_names(review_of(request))
    results = found.results
    return SearchAnswer(
        hits=[
            HitAnswer(
                dossier=each.dossier,
                key=number_key(each.dossier),
                document=each.document,
                page=each.page,
                type=each.type,
                name=searching.hit_name(each, names),
                title=each.title,
                procedure=each.procedure,
                day=each.day,
                exact=each.exact,
                together=each.together,
                snippet=[PieceAnswer(piece.text, piece.matched) for piece in each.pieces],
            )
            for each in results.hits
        ],
        total=results.total,
        cursor=results.cursor,
        counts={
            facet.value: [CountAnswer(each.value, each.name, each.pages) for each in counts]
            for facet, counts in found.counts.items()
            if counts
        },
        closest=list(results.closest),
    )
