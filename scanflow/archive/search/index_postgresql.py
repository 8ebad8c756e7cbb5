"""The full-text index in PostgreSQL: two stored `tsvector`s a page, under one GIN index.

`exact` holds the text with its accents, `folded` the text without (weight D), the head (B) and, marked, the
dossier's number. Both are made of our own tokens: PostgreSQL's parser would keep `12/qđ` or `a.b.vn` whole.

No condition names a weight: GIN knows none, and PostgreSQL would read each page that it finds to see them.
For the same reason only the newest of very many pages are scored.

What a `tsvector` can't hold is left out: beyond 16,383 tokens of a page and from the 256th time that a word
stands on it, its place (words are found, phrases may not be), beyond a megabyte of words, the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, text

from scanflow.archive.search.terms import PageHit, PageKeys, Term, tokens

_WEIGHTS = "{0.125, 0, 0.5, 1}"
"""Of D, C, B and A: the same proportions as on SQLite."""
_BY_LOGARITHM_OF_LENGTH = 1
_SCORED = 2000
"""Pages; the others that match follow them, the newest first."""

_NUMBER_MARK = "#"
"""Before each token of a dossier's number; no token begins so."""

_MAX_BYTES = 2**20 - 1
_ENTRY_BYTES = 10
"""Of a word beside its letters and places, at the most."""
_MAX_WORD = 500
"""Characters; PostgreSQL takes 2,046 bytes."""
_MAX_PLACES = 255
"""Of one word."""

BY_INDEX = "SET LOCAL enable_seqscan = off"
"""The planner takes rows for small and reads them all where many match, but their words lie elsewhere."""

FIND = """
WITH found AS (
    SELECT id, id IN (SELECT id FROM page_index WHERE exact @@ CAST(:exactly AS tsquery)) AS as_typed
    FROM page_index WHERE folded @@ CAST(:query AS tsquery)
), placed AS (
    SELECT id, as_typed, row_number() OVER (ORDER BY as_typed DESC, id DESC) AS place FROM found
)
SELECT id, as_typed, CASE WHEN place <= :scored THEN (
    SELECT ts_rank(CAST(:weights AS float4[]), exact, CAST(:exact_words AS tsquery), :by)
        + ts_rank(CAST(:weights AS float4[]), folded, CAST(:folded_words AS tsquery), :by)
    FROM page_index WHERE page_index.id = placed.id
) ELSE 0 END AS score
FROM placed ORDER BY as_typed DESC, score DESC, place LIMIT :limit OFFSET :offset
"""


def add(connection: Connection, row_id: int, keys: PageKeys) -> None:
    """Index one page."""
    connection.execute(
        text(
            "INSERT INTO page_index (id, exact, folded) "
            "VALUES (:id, CAST(:exact AS tsvector), CAST(:folded AS tsvector))"
        ),
        {
            "id": row_id,
            "exact": _vector([(tokens(keys.exact), "A")]),
            "folded": _vector(
                [
                    (_marked(tokens(keys.number)), "C"),
                    (tokens(keys.head), "B"),
                    (tokens(keys.folded), "D"),
                ]
            ),
        },
    )


def remove(connection: Connection, row_ids: Collection[int]) -> None:
    """Take pages out of the index."""
    connection.execute(text("DELETE FROM page_index WHERE id = ANY(:ids)"), {"ids": list(row_ids)})


def find(connection: Connection, terms: Sequence[Term], limit: int, offset: int) -> list[PageHit]:
    """Pages that hold all terms, the exactly accented first, then by `ts_rank`."""
    connection.execute(text(BY_INDEX))
    rows = connection.execute(text(FIND), {**question(terms), "limit": limit, "offset": offset})
    return [PageHit(row.id, row.as_typed, row.score) for row in rows]


def question(terms: Sequence[Term]) -> dict[str, object]:
    """The parameters of `FIND`, but for the limit and the offset."""
    everywhere = [
        f"({_phrase(term.folded, term.prefix)} | {_phrase(_marked(term.folded), term.prefix)})"
        for term in terms
    ]
    # A number alone must not find every page of the dossier: some term has to stand elsewhere.
    somewhere = [_phrase(term.folded, term.prefix) for term in terms]
    # A term may have no exact form: what folds to letters (㎡) need not be made of them.
    exact = [term for term in terms if term.exact]
    return {
        "query": f"{' & '.join(everywhere)} & ({' | '.join(somewhere)})",
        "exactly": " & ".join(_phrase(term.exact, term.prefix) for term in exact),
        "folded_words": _any_of(term.folded for term in terms),
        "exact_words": _any_of(term.exact for term in exact),
        "weights": _WEIGHTS,
        "by": _BY_LOGARITHM_OF_LENGTH,
        "scored": _SCORED,
    }


def _vector(texts: Iterable[tuple[Sequence[str], str]]) -> str:
    """A `tsvector` as PostgreSQL reads it, of tokens and weights; a phrase never spans two of the texts."""
    places: dict[str, list[str]] = defaultdict(list)
    place = size = 0
    for words, weight in texts:
        for word in map(_cut, words):
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


def _phrase(words: Sequence[str], prefix: bool) -> str:
    """Words side by side. Tokens hold letters and digits only, so quoting them is all the escaping."""
    quoted = " <-> ".join(f"'{_cut(word)}'" for word in words)
    return f"({quoted}{':*' * prefix})"


def _any_of(phrases: Iterable[Sequence[str]]) -> str:
    """What is scored: an `&` on top would make `ts_rank` compare all places with all others."""
    return " | ".join(f"'{_cut(word)}'" for phrase in phrases for word in phrase)


def _marked(words: Iterable[str]) -> list[str]:
    return [_NUMBER_MARK + word for word in words]


def _cut(word: str) -> str:
    return word[:_MAX_WORD]
