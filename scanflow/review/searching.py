"""Finding pages among the filed papers of a reviewer's agency: hits, counts to narrow by, suggestions, CSV.

The agency is always set here: nothing of another agency's is found, counted or suggested.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from scanflow.archive.search import closest, query
from scanflow.archive.search.names import names_for
from scanflow.archive.search.question import Count, Facet, Hit, Names, Question, Results, Sort, Suggestion
from scanflow.model import UNKNOWN_TYPE
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.text.spreadsheet import cell

FACETS = (Facet.TYPE, Facet.KIND, Facet.PROCEDURE, Facet.YEAR)
"""The facets that a reviewer can narrow a search by; the agency is always their own."""
HITS = 20
"""Hits on a page of results."""
COUNTS = 12
"""Values of a facet that are offered."""
MOST_ROWS = 50_000
"""Greatest number of rows in an exported file."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a reviewer typed and chose; `cursor` is that of the page of results before."""

    text: str
    chosen: Mapping[Facet, frozenset[str]]
    sort: Sort = Sort.RELEVANCE
    tolerant: bool = False
    cursor: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not any(self.chosen.values())


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of hits, and how many pages there are of each value of the facets."""

    results: Results
    counts: Mapping[Facet, list[Count]]


def search(review: Review, who: Reviewer, asked: SearchFilter) -> SearchPage:
    """The next hits. Raises QuestionError for what can't be understood."""
    question = _question(review, who, asked)
    counted = {} if asked.cursor else query.count_facets(review.index, question, COUNTS)
    return SearchPage(
        query.search(review.index, question), {facet: counted.get(facet, []) for facet in FACETS}
    )


def suggest(review: Review, who: Reviewer, typed: str) -> list[Suggestion]:
    """What could be meant by what was typed so far."""
    return closest.suggest(review.index, typed, frozenset([who.agency]))


def as_csv(review: Review, who: Reviewer, asked: SearchFilter) -> tuple[str, list[Hit]]:
    """All hits, the newest first, as CSV that spreadsheets open in UTF-8; and the hits themselves."""
    question = _question(review, who, asked)
    hits = list(islice(query.every(review.index, question), MOST_ROWS))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("ma_ho_so", "giay_to", "loai", "ten", "trang", "ngay", "thu_tuc", "van_ban"))
    for hit in hits:
        writer.writerow(_cells(hit, question.names))
    return "\ufeff" + file.getvalue(), hits


def hit_name(hit: Hit, names: Mapping[str, str]) -> str:
    """The name of a hit's document: that of its type, else its title."""
    return (names.get(hit.type) if hit.type != UNKNOWN_TYPE else None) or hit.title


def type_names(review: Review) -> Mapping[str, str]:
    return {each.id: each.name for each in review.services.profiles.types.values()}


def _question(review: Review, who: Reviewer, asked: SearchFilter) -> Question:
    return Question(
        asked.text,
        frozenset([who.agency]),
        chosen=asked.chosen,
        sort=asked.sort,
        tolerant=asked.tolerant,
        limit=HITS,
        cursor=asked.cursor,
        names=names_for(asked.text, review.services.profiles, review.catalog),
    )


def _cells(hit: Hit, names: Names) -> Iterator[str]:
    values = (
        hit.dossier, hit.document, hit_name(hit, names.types), hit.title, hit.page, hit.day.isoformat(),
        hit.procedure or "", hit.snippet,
    )  # fmt: skip
    return map(cell, values)
