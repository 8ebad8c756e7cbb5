"""What the search page and the API share: the parameters of a question, and its entries in the audit log."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from scanflow.archive.logbook import FOUND, LogEntry, document_subject
from scanflow.archive.search.question import Facet, Hit
from scanflow.clock import now
from scanflow.review.searching import SearchFilter
from scanflow.web.viewing import ViewLog

Text = Annotated[
    str, Query(max_length=10_000, description="the language of docs/search.md, which says what is too long")
]
Values = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=50)]


def _asked(
    q: Text = "",
    type: Values = [],  # noqa: B006 - FastAPI copies it
    kind: Values = [],  # noqa: B006 - as above
    procedure: Values = [],  # noqa: B006 - as above
    year: Values = [],  # noqa: B006 - as above
    tolerant: bool = False,
) -> SearchFilter:
    values = {Facet.TYPE: type, Facet.KIND: kind, Facet.PROCEDURE: procedure, Facet.YEAR: year}
    chosen = {facet: frozenset(filter(None, each)) for facet, each in values.items()}
    return SearchFilter(q, {facet: each for facet, each in chosen.items() if each}, tolerant=tolerant)


AskedFor = Annotated[SearchFilter, Depends(_asked)]
"""The search in an address, without the order and the page of results."""


def note_found(
    request: Request, actor: str, action: str, asked: SearchFilter, hits: Iterable[Hit], total: int
) -> None:
    """Enter a search and each document that is shown for it in the audit log, before the answer.

    Raises CatalogError.
    """
    views: ViewLog = request.app.state.views
    at = now()
    after: dict[str, Any] = {"query": asked.text, "hits": total}
    if asked.chosen:
        after["chosen"] = {facet.value: sorted(values) for facet, values in asked.chosen.items()}
    subjects = dict.fromkeys(document_subject(hit.dossier, hit.document) for hit in hits)
    entries = [LogEntry(at, actor, action, "archive", after=after)]
    views.note_all([*entries, *(LogEntry(at, actor, FOUND, subject) for subject in subjects)])
