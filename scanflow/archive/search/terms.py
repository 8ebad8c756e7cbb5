"""What somebody typed, as terms; and how text is cut into tokens, the same for pages and for queries.

What is typed never reaches a database's query language: tokens hold letters and digits only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanflow.text.folding import folded_key
from scanflow.text.normalization import search_key

_TOKEN = re.compile(r"[^\W_]+")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_MAX_LENGTH = 1000
_MAX_TERMS = 32


@dataclass(frozen=True, slots=True)
class PageKeys:
    """What a page can be found by; `scanflow.archive.search.index` says what each is."""

    exact: str
    folded: str
    head: str
    number: str


@dataclass(frozen=True, slots=True)
class Term:
    """One word, code or quoted phrase of a query, as tokens; the last one may be the start of a word."""

    exact: tuple[str, ...]
    folded: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class PageHit:
    """A page that answers a query; a higher score is better, `exact` where the accents are as typed."""

    page_text_id: int
    exact: bool
    score: float


def tokens(text: str) -> list[str]:
    """Runs of letters and digits."""
    return _TOKEN.findall(text)


def paper_number(fields: Mapping[str, str]) -> str | None:
    """A paper's own number (số, ký hiệu) in the spelling by which papers are compared; None without one."""
    return folded_key(fields["number"]).replace(" ", "") if fields.get("number") else None


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
