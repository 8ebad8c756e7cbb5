"""The full-text index in SQLite: an FTS5 table with a column for each of the four texts.

FTS5's tokenizer cuts at whatever is no letter or digit, and so does `tokens`.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, text

from scanflow.archive.search.terms import PageHit, PageKeys, Term

# Of bm25: exact beats folded, the head beats both, the number says nothing about a page.
_WEIGHTS = "8.0, 1.0, 4.0, 0.0"


def add(connection: Connection, row_id: int, keys: PageKeys) -> None:
    """Index one page."""
    connection.execute(
        text(
            "INSERT INTO page_index (rowid, exact, folded, head, number) "
            "VALUES (:id, :exact, :folded, :head, :number)"
        ),
        {"id": row_id, **asdict(keys)},
    )


def remove(connection: Connection, row_ids: Collection[int]) -> None:
    """Take pages out of the index.

    SQLite goes on counting them when it weighs how rare a word is, which shifts scores a little but finds
    nothing that is gone.
    """
    for row_id in row_ids:
        connection.execute(text("DELETE FROM page_index WHERE rowid = :id"), {"id": row_id})


def find(connection: Connection, terms: Sequence[Term], limit: int, offset: int) -> list[PageHit]:
    """Pages that hold all terms, the exactly accented first, then by bm25."""
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
    return [PageHit(row.rowid, bool(row.exact), row.score) for row in rows]


def _phrase(words: Sequence[str], prefix: bool) -> str:
    """Tokens hold letters and digits only, so quoting them is all the escaping there is."""
    return f'"{" ".join(words)}"' + ("*" if prefix else "")
