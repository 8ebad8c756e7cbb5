"""The full-text index in PostgreSQL: two stored `tsvector`s a page, under one GIN index.

`exact` holds the text with its accents, `folded` the dossier's number (weight C), the head (B) and the text
(D) without. Both are made of our own tokens: PostgreSQL's parser would keep `12/qđ` or `a.b.vn` whole.

What a `tsvector` can't hold is left out: beyond 16,383 tokens of a page and from the 256th time that a word
stands on it, its place (words are found, phrases may not be), beyond a megabyte of words, the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, text

from scanflow.archive.terms import Match, PageKeys, Term, tokens

# Of D, C, B and A: the same proportions as on SQLite.
_WEIGHTS = "{0.125, 0, 0.5, 1}"
_BY_LOGARITHM_OF_LENGTH = 1

_MAX_BYTES = 2**20 - 1
_ENTRY_BYTES = 10
"""Of a word beside its letters and places, at the most."""
_MAX_WORD = 500
"""Characters; PostgreSQL takes 2,046 bytes."""
_MAX_PLACES = 255
"""Of one word."""


def add(connection: Connection, row_id: int, keys: PageKeys) -> None:
    """Index one page."""
    connection.execute(
        text(
            "INSERT INTO page_index (id, exact, folded) "
            "VALUES (:id, CAST(:exact AS tsvector), CAST(:folded AS tsvector))"
        ),
        {
            "id": row_id,
            "exact": _vector([(keys.exact, "A")]),
            "folded": _vector([(keys.number, "C"), (keys.head, "B"), (keys.folded, "D")]),
        },
    )


def remove(connection: Connection, row_ids: Collection[int]) -> None:
    """Take pages out of the index."""
    connection.execute(text("DELETE FROM page_index WHERE id = ANY(:ids)"), {"ids": list(row_ids)})


def find(connection: Connection, terms: Sequence[Term], limit: int, offset: int) -> list[Match]:
    """Pages that hold all terms, the exactly accented first, then by `ts_rank`."""
    everywhere = " & ".join(_phrase(term.folded, term.prefix) for term in terms)
    # A number alone must not find every page of the dossier: some term has to stand elsewhere.
    somewhere = " | ".join(_phrase(term.folded, term.prefix, "BD") for term in terms)
    # A term may have no exact form: what folds to letters (㎡) need not be made of them.
    exact = [term.exact for term in terms if term.exact]
    exactly = " & ".join(_phrase(term.exact, term.prefix) for term in terms if term.exact)
    rows = connection.execute(
        text(
            "WITH found AS MATERIALIZED ("
            "SELECT id, exact, folded, id IN"
            " (SELECT id FROM page_index WHERE exact @@ CAST(:exactly AS tsquery)) AS as_typed"
            " FROM page_index WHERE folded @@ CAST(:query AS tsquery)) "
            "SELECT id, as_typed,"
            " ts_rank(CAST(:weights AS float4[]), exact, CAST(:exact_words AS tsquery), :by)"
            " + ts_rank(CAST(:weights AS float4[]), folded, CAST(:folded_words AS tsquery), :by) AS score "
            "FROM found ORDER BY as_typed DESC, score DESC, id LIMIT :limit OFFSET :offset"
        ),
        {
            "query": f"({everywhere}) & ({somewhere})",
            "exactly": exactly,
            "exact_words": _any_of(exact),
            "folded_words": _any_of(term.folded for term in terms),
            "weights": _WEIGHTS,
            "by": _BY_LOGARITHM_OF_LENGTH,
            "limit": limit,
            "offset": offset,
        },
    )
    return [Match(row.id, row.as_typed, row.score) for row in rows]


def _vector(texts: Iterable[tuple[str, str]]) -> str:
    """A `tsvector` as PostgreSQL reads it, of texts and their weights; a phrase never spans two of them."""
    places: dict[str, list[str]] = defaultdict(list)
    place = size = 0
    for content, weight in texts:
        for word in map(_cut, tokens(content)):
            place += 1
            known = places[word]
            if len(known) < _MAX_PLACES:
                known.append(f"{place}{weight}")
        place += 1
    kept = []
    for word, known in places.items():
        size += _ENTRY_BYTES + len(word.encode()) + 2 * len(known)
        if size > _MAX_BYTES:
            break
        kept.append(f"'{word}':{','.join(known)}")
    return " ".join(kept)


def _phrase(words: Sequence[str], prefix: bool, weights: str = "") -> str:
    """Words side by side. Tokens hold letters and digits only, so quoting them is all the escaping."""
    marks = [weights] * (len(words) - 1) + ["*" * prefix + weights]
    parts = [f"'{_cut(word)}':{mark}".rstrip(":") for word, mark in zip(words, marks, strict=True)]
    return f"({' <-> '.join(parts)})"


def _any_of(phrases: Iterable[Sequence[str]]) -> str:
    """What is scored: an `&` on top would make `ts_rank` compare all places with all others."""
    return " | ".join(f"'{_cut(word)}'" for phrase in phrases for word in phrase)


def _cut(word: str) -> str:
    return word[:_MAX_WORD]
