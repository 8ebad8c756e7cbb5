"""Search over the own agency's pages, as on the search page."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from scanflow.archive.logbook import FOUND, SEARCHED, LogEntry, document_subject
from scanflow.archive.search.question import Facet, Sort
from scanflow.clock import now
from scanflow.errors import QuestionError, UsageError
from scanflow.membership import Scope
from scanflow.review import searching
from scanflow.review.searching import Asked, Found
from scanflow.web.addresses import number_key
from scanflow.web.api.callers import ApiRoute, Caller, TheCaller, needs
from scanflow.web.api.cursors import Cursor
from scanflow.web.api.problems import Refusal
from scanflow.web.review.reviewing import review_of
from scanflow.web.viewing import ViewLog

router = APIRouter(prefix="/search", route_class=ApiRoute, tags=["search"])

Values = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=50)]
Text = Annotated[str, Query(max_length=500, description="the language of docs/search.md")]


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

    `closest` are words of the archive like those that nothing was found for.
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
    q: Text = "",
    type: Values = [],  # noqa: B006 - FastAPI copies it
    kind: Values = [],  # noqa: B006 - as above
    procedure: Values = [],  # noqa: B006 - as above
    year: Values = [],  # noqa: B006 - as above
    sort: Sort = Sort.RELEVANCE,
    tolerant: bool = False,
    cursor: Cursor = "",
) -> SearchAnswer:
    """Pages on which something stands, twenty at a time."""
    values = {Facet.TYPE: type, Facet.KIND: kind, Facet.PROCEDURE: procedure, Facet.YEAR: year}
    chosen = {facet: frozenset(filter(None, each)) for facet, each in values.items()}
    chosen = {facet: each for facet, each in chosen.items() if each}
    asked = Asked(q, chosen, sort=sort, tolerant=tolerant, cursor=cursor)
    if asked.is_empty:
        raise UsageError("q, type, kind, procedure or year is wanted")
    try:
        found = searching.search(review_of(request), caller.reviewer, asked)
    except QuestionError as error:
        raise Refusal(422, error) from None
    _note(request, caller, asked, found)
    return _answer(request, found)


def _answer(request: Request, found: Found) -> SearchAnswer:
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


def _note(request: Request, caller: Caller, asked: Asked, found: Found) -> None:
    """Enter the question and each document that is shown for it in the audit log, before the answer."""
    views: ViewLog = request.app.state.views
    at = now()
    after: dict[str, Any] = {"query": asked.text, "hits": found.results.total}
    chosen = {facet.value: sorted(values) for facet, values in asked.chosen.items()}
    entry = LogEntry(
        at, caller.name, SEARCHED, "archive", after=after | ({"chosen": chosen} if chosen else {})
    )
    subjects = dict.fromkeys(document_subject(hit.dossier, hit.document) for hit in found.results.hits)
    views.note_all([entry, *(LogEntry(at, caller.name, FOUND, subject) for subject in subjects)])
