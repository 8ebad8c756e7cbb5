"""Requests and results of a search: the dataclasses between the search engine and its callers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Facet(StrEnum):
    """A property by which results are counted and narrowed."""

    TYPE = "type"
    KIND = "kind"
    PROCEDURE = "procedure"
    AGENCY = "agency"
    YEAR = "year"


class Sort(StrEnum):
    """The order of hits; the day is that on the paper, or that of filing if none was read."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Names:
    """Names by codes: `loai:"tờ khai"` finds the types with this name."""

    types: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    procedures: Mapping[str, str] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)

    def of(self, facet: Facet) -> Mapping[str, str]:
        """The names of a facet's values; years have none."""
        named = {
            Facet.TYPE: self.types,
            Facet.KIND: self.kinds,
            Facet.PROCEDURE: self.procedures,
            Facet.AGENCY: self.agencies,
        }
        return named.get(facet, {})


@dataclass(frozen=True, slots=True)
class Question:
    """A search request.

    `agencies` are the codes of the agencies whose papers may be seen (None: all); nothing of others is found,
    counted or suggested. `chosen` narrows by facets: one of the values of each. `tolerant` also finds words
    with one or two misread letters. `cursor` is that of the previous page of results.
    """

    text: str
    agencies: frozenset[str] | None
    chosen: Mapping[Facet, frozenset[str]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    tolerant: bool = False
    limit: int = 20
    cursor: str = ""
    names: Names = field(default_factory=Names)


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A part of a snippet; `matched`: it matches the search."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found.

    `exact`: with the accents that were typed; `together`: the words side by side, in that order. `day` is the
    day on the paper, or that of filing if none was read. `document_id` is the row's id.
    """

    dossier: str
    document: int
    type: str
    title: str
    page: int
    pieces: tuple[SnippetPart, ...]
    exact: bool
    together: bool
    agency: str
    procedure: str | None
    day: date
    document_id: int

    @property
    def snippet(self) -> str:
        """The page's text around the match, with the matched words in square brackets."""
        return "".join(f"[{piece.text}]" if piece.matched else piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits.

    `total` is the number of matching pages. `cursor` leads to the next page of results (empty: there is none,
    or the limit of paging is reached). `closest` are words of the archive that are similar to words without a
    hit. `behind`: number of changes of the catalog that the index doesn't have yet.
    """

    hits: tuple[Hit, ...]
    total: int
    cursor: str
    closest: tuple[str, ...] = ()
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """The number of matching pages with a facet's value; `name` is the value itself if it has no name."""

    value: str
    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: `text` for the search box, and the number of papers that have it."""

    text: str
    papers: int
