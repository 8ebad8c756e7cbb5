"""The search page: one box, facets with counts, hits with links to their places, suggestions, CSV."""

from dataclasses import replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.archive.logbook import EXPORTED, SEARCHED
from scanflow.archive.search.question import Sort
from scanflow.errors import QuestionError
from scanflow.review import saved, searching
from scanflow.review.searching import SearchFilter, SearchPage
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import Typed, Who, review_of
from scanflow.web.searched import AskedFor, note_found
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows_nothing, shows_what_it_logs

router = APIRouter(prefix="/review", route_class=ViewRoute)

SortBy = Annotated[Literal["relevance", "newest", "oldest"], Query()]


@router.get("")
@shows_what_it_logs
def search_page(
    request: Request,
    who: Who,
    what: AskedFor,
    sort: SortBy = "relevance",
    cursor: Typed = "",
) -> Response:
    """The search box, with hits if something was searched for."""
    review = review_of(request)
    asked = replace(what, sort=Sort(sort), cursor=cursor)
    found: SearchPage | None = None
    problem: QuestionError | None = None
    if not asked.is_empty:
        try:
            found = searching.search(review, who, asked)
        except QuestionError as error:
            problem = error
        else:
            note_found(request, who.name, SEARCHED, asked, found.results.hits, found.results.total)
    names = searching.type_names(review)
    return page(
        request,
        "review/search.html",
        status=422 if problem else 200,
        asked=asked,
        found=found,
        problem=problem,
        facets=searching.FACETS,
        address=dossier_address,
        name=lambda hit: searching.hit_name(hit, names),
        procedures=review.services.profiles.procedures,
        here_with=lambda **changed: _address(asked, **changed),
        csv=_address(asked, path="/review/found.csv"),
        saved=saved.saved(review, who),
        question=_address(asked, path="").removeprefix("?"),
        quoted=urlencode({"q": asked.text}) if asked.text else "",
    )


@router.get("/suggest")
@shows_nothing
def suggestions(request: Request, who: Who, q: Typed = "") -> Response:
    """Completions of what was typed so far; words of the own agency's papers only."""
    return page(request, "review/suggestions.html", found=searching.suggest(review_of(request), who, q))


@router.get("/found.csv")
@shows_what_it_logs
def found_csv(
    request: Request,
    who: Who,
    what: AskedFor,
) -> Response:
    """All hits, as a file for a spreadsheet. Raises QuestionError."""
    asked = replace(what, sort=Sort.NEWEST)
    text, hits = searching.as_csv(review_of(request), who, asked)
    note_found(request, who.name, EXPORTED, asked, hits, len(hits))
    response = Response(text, media_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="tra-cuu.csv"'
    return response


@router.post("/saved")
@shows_nothing
def save(
    request: Request,
    who: Who,
    what: AskedFor,
    name: Annotated[str, Form(max_length=200)],
    shared: Annotated[bool, Form()] = False,
    sort: SortBy = "relevance",
) -> Response:
    """Save the search that the address has. Raises UsageError."""
    asked = replace(what, sort=Sort(sort))
    saved.save(review_of(request), who, name, _address(asked, path="").removeprefix("?"), shared=shared)
    return RedirectResponse(f"{_address(asked)}&done=saved", SEE_OTHER)


@router.post("/saved/{id}/remove")
@shows_nothing
def remove(request: Request, who: Who, id: Annotated[int, Path(ge=0, le=2**62)]) -> Response:
    """Delete an own saved search. Raises NotFoundError."""
    saved.remove(review_of(request), who, id)
    return RedirectResponse("/review", SEE_OTHER)


def _address(asked: SearchFilter, path: str = "/review", **changed: str) -> str:
    """The address of the same question, with another order or page of results, or without a facet's value."""
    without = (changed.pop("facet", ""), changed.pop("without", ""))
    pairs = [("q", asked.text)]
    pairs += [
        (facet.value, value)
        for facet, values in asked.chosen.items()
        for value in sorted(values)
        if (facet.value, value) != without
    ]
    if "add" in changed:
        pairs.append((without[0], changed.pop("add")))
    pairs.append(("sort", changed.pop("sort", asked.sort.value)))
    if asked.tolerant:
        pairs.append(("tolerant", "true"))
    return f"{path}?{urlencode([*pairs, *changed.items()])}"
