"""Finding pages (tra cứu) by any word on them, by dossier number, document type or title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import documents, dossiers, page_texts, versions
from scanflow.archive.search import index
from scanflow.archive.search.terms import Term, parse
from scanflow.text.folding import folded_key

_WINDOW = 24
"""Words of a snippet."""
_LEAD = 4
"""Words of it before the first that matched."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `matched` where the query stands in it."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found. `exact`: the accents stand there as typed. Higher scores are better."""

    dossier: str
    document: int
    type: str
    title: str
    page: int
    pieces: tuple[Piece, ...]
    exact: bool
    score: float

    @property
    def snippet(self) -> str:
        """The text around the find as it stands on the page, the matched words in square brackets."""
        return "".join(f"[{piece.text}]" if piece.matched else piece.text for piece in self.pieces)


def search(catalog: Catalog, query: str, limit: int = 20, offset: int = 0) -> list[Hit]:
    """Pages that hold all words of `query`, those where the accents are as typed first.

    Accents, case, tone placement and i/y don't matter for being found. `"…"` is a phrase, `word*` the start
    of a word. No query is an error: one without letters and digits finds nothing.
    """
    terms = parse(query)
    with catalog.reading() as connection:
        matches = index.find(connection, terms, limit, offset)
        found = (
            select(
                page_texts.c.id,
                page_texts.c.page_no,
                page_texts.c.text,
                documents.c.no,
                documents.c.type,
                documents.c.title,
                dossiers.c.number,
            )
            .select_from(page_texts)
            .join(versions)
            .join(documents)
            .join(dossiers)
            .where(page_texts.c.id.in_([match.page_text_id for match in matches]))
        )
        rows = {row.id: row for row in connection.execute(found)}
    return [
        Hit(
            dossier=row.number,
            document=row.no,
            type=row.type,
            title=row.title,
            page=row.page_no,
            pieces=snippet(row.text, terms),
            exact=match.exact,
            score=match.score,
        )
        for match in matches
        for row in [rows[match.page_text_id]]
    ]


def snippet(text: str, terms: Sequence[Term]) -> tuple[Piece, ...]:
    """The stretch of `text` with the most of the terms in it, or its beginning where there are none.

    Made here and not by the database, whose index holds the folded text: a reader wants to see the page's.
    """
    spans = [match.span() for match in _WORD.finditer(text)]
    keys = [_key(text[start:end]) for start, end in spans]
    found = sorted(
        (index, which, len(term.folded)) for which, term in enumerate(terms) for index in _places(keys, term)
    )
    begin = max(0, _best_start(found) - _LEAD)
    end = min(len(spans), begin + _WINDOW)
    marked = {place for index, _, length in found for place in range(index, index + length)}
    pieces: list[Piece] = []
    for place in range(begin, end):
        matched = place in marked
        joined = matched and place - 1 in marked and place > begin
        if place > begin:
            between = _one_line(text[spans[place - 1][1] : spans[place][0]])
            pieces.append(Piece(between, joined))
        pieces.append(Piece(text[slice(*spans[place])], matched))
    before = "… " if begin > 0 else ""
    after = " …" if end < len(spans) else ""
    return _merged([Piece(before, False), *pieces, Piece(after, False)])


@lru_cache(maxsize=20_000)
def _key(word: str) -> str:
    """Vietnamese has some 7,000 syllables, and every snippet needs a page full of them."""
    return folded_key(word)


def _places(keys: Sequence[str], term: Term) -> list[int]:
    """Where in a text's words a term stands."""
    size = len(term.folded)
    return [index for index in range(len(keys) - size + 1) if _stands_at(keys[index : index + size], term)]


def _stands_at(keys: Sequence[str], term: Term) -> bool:
    *firsts, last = term.folded
    if list(keys[:-1]) != firsts:
        return False
    return keys[-1].startswith(last) if term.prefix else keys[-1] == last


def _best_start(found: Sequence[tuple[int, int, int]]) -> int:
    """Where the most different terms stand most closely together; the first of equals."""

    def worth(position: int) -> tuple[int, int]:
        start = last = found[position][0]
        seen: set[int] = set()
        for place, which, _ in found[position : position + _WINDOW * 4]:
            if place >= start + _WINDOW - _LEAD:
                break
            if which not in seen:
                seen.add(which)
                last = place
        return len(seen), start - last

    return found[max(range(len(found)), key=worth)][0] if found else 0


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbours that are alike made one, empty ones left out."""
    merged: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if merged and merged[-1].matched == piece.matched:
            merged[-1] = Piece(merged[-1].text + piece.text, piece.matched)
        else:
            merged.append(piece)
    return tuple(merged)
