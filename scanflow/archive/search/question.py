"""What is asked and what is answered: the dataclasses between the search engine and its callers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Facet(StrEnum):
    """What results are counted and narrowed by."""

    TYPE = "type"
    KIND = "kind"
    PROCEDURE = "procedure"
    AGENCY = "agency"
    YEAR = "year"


class Sort(StrEnum):
    """The order of hits; days are those on the papers, of filing where none was read."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Names:
    """What people call things, by their codes: `loai:"tờ khai"` finds the types that are called so."""

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
    """What somebody wants to find.

    `agencies` are the codes of those whose papers they may see, None is all: nothing of others is found,
    counted or suggested. `chosen` narrows by facets: one of the values of each. `tolerant` finds words with a
    letter or two misread. `cursor` is that of the page of results before.
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
class Piece:
    """A stretch of a snippet; `matched` where the question stands in it."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found.

    `exact`: the words stand there with the accents that were typed; `together`: side by side, in that order.
    `day` is the paper's own, that of filing where none was read. `document_id` is the row's id.
    """

    dossier: str
    document: int
    type: str
    title: str
    page: int
    pieces: tuple[Piece, ...]
    exact: bool
    together: bool
    agency: str
    procedure: str | None
    day: date
    document_id: int

    @property
    def snippet(self) -> str:
        """The text around the find as it stands on the page, the matched words in square brackets."""
        return "".join(f"[{piece.text}]" if piece.matched else piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits.

    `total` is how many pages match, `cursor` asks for the next ones (empty: there are none, or further than
    can be paged). `closest` are words of the archive like those that nothing was found for. `behind`: changes
    of the catalog that the index doesn't have yet.
    """

    hits: tuple[Hit, ...]
    total: int
    cursor: str
    closest: tuple[str, ...] = ()
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the pages that match have a facet's value; `name` is the value itself where it has none."""

    value: str
    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be meant: `text` as it may be put into the box, on how many papers it stands."""

    text: str
    papers: int
