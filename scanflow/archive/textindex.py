"""The full-text index: what stands in it, and how a query is asked of it.

One row a page of the newest version of each document, in four columns:

- `exact`: the text with its accents, in the one spelling of `search_key`;
- `folded`: the same without accents, which every query is matched against;
- `head`: dossier number, document type, title and fields, folded, on a document's first page only, which
  is the page that a query for the document finds;
- `number`: the dossier number, on every page, so that a number and a word find the page.

SQLite's tokenizer cuts at whatever is no letter or digit, and so does `tokens`: what is typed never reaches
SQLite's query language. PostgreSQL will have the same columns as `tsvector`s.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from scanflow.ocr.vietnamese import fold, search_key

_TOKEN = re.compile(r"[^\W_]+")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_MAX_LENGTH = 1000
_MAX_TERMS = 32

# Of bm25: exact beats folded, the head beats both, the number says nothing about a page.
_WEIGHTS = "8.0, 1.0, 4.0, 0.0"


@dataclass(frozen=True, slots=True)
class Term:
    """One word, code or quoted phrase of a query, as tokens; the last one may be the start of a word."""

    exact: tuple[str, ...]
    folded: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A page that answers a query; a higher score is better, `exact` where the accents are as typed."""

    page_text_id: int
    exact: bool
    score: float


def tokens(text: str) -> list[str]:
    """Runs of letters and digits, as the index cuts them."""
    return _TOKEN.findall(text)


def folded_key(text: str) -> str:
    """The folded spelling: equal for texts that differ in accents, tone placement or i and y only."""
    return fold(search_key(text))


def parse(query: str) -> list[Term]:
    """The terms of what somebody typed; whatever it is, no terms is the worst that comes out.

    Quotes make a phrase, a star at the end of a word finds words that start so, a code (`12/QĐ-UBND`) is a
    phrase of its parts.
    """
    terms = []
    for quoted, word in _TERM.findall(query[:_MAX_LENGTH])[:_MAX_TERMS]:
        raw = quoted or word
        folded = tuple(tokens(folded_key(raw)))
        if folded:
            terms.append(Term(tuple(tokens(search_key(raw))), folded, word.endswith("*")))
    return terms


def add(connection: Connection, row_id: int, page: str, number: str, head: str = "") -> None:
    """Index one page; `row_id` is its id in `page_texts`, `head` is for the first page of a document."""
    key = search_key(page)
    connection.execute(
        text(
            "INSERT INTO page_index (rowid, exact, folded, head, number) "
            "VALUES (:id, :exact, :folded, :head, :number)"
        ),
        {
            "id": row_id,
            "exact": key,
            "folded": fold(key),
            "head": folded_key(head),
            "number": folded_key(number),
        },
    )


def remove(connection: Connection, row_ids: Iterable[int]) -> None:
    """Take pages out of the index.

    SQLite goes on counting them when it weighs how rare a word is, which shifts scores a little but finds
    nothing that is gone.
    """
    for row_id in row_ids:
        connection.execute(text("DELETE FROM page_index WHERE rowid = :id"), {"id": row_id})


def find(connection: Connection, terms: Sequence[Term], limit: int, offset: int) -> list[Match]:
    """Pages that hold all terms, the exactly accented first, then by bm25."""
    if not terms:
        return []
    everywhere = " AND ".join(_phrase(term.folded, term.prefix) for term in terms)
    somewhere = " OR ".join(_phrase(term.folded, term.prefix) for term in terms)
    exactly = " AND ".join(_phrase(term.exact, term.prefix) for term in terms)
    # A number alone must not find every page of the dossier: some term has to stand elsewhere. The exact
    # terms add no pages (their folded forms have found them all), only to the score.
    query = (
        f"({{folded head number}} : ({everywhere}) AND {{folded head}} : ({somewhere})) "
        f"OR {{exact}} : ({exactly})"
    )
    rows = connection.execute(
        text(
            f"SELECT rowid, -bm25(page_index, {_WEIGHTS}) AS score, rowid IN "  # noqa: S608 - a constant
            "(SELECT rowid FROM page_index WHERE page_index MATCH :exactly) AS exact "
            "FROM page_index WHERE page_index MATCH :query "
            "ORDER BY exact DESC, score DESC, rowid LIMIT :limit OFFSET :offset"
        ),
        {"query": query, "exactly": f"{{exact}} : ({exactly})", "limit": limit, "offset": offset},
    )
    return [Match(row.rowid, bool(row.exact), row.score) for row in rows]


def _phrase(words: Sequence[str], prefix: bool) -> str:
    """Tokens hold letters and digits only, so quoting them is all the escaping there is."""
    return f'"{" ".join(words)}"' + ("*" if prefix else "")
