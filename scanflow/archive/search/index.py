"""The full-text index: what stands in it, on both databases.

One row a page of the newest version of each document, with four texts:

- `exact`: the text with its accents, in the one spelling of `search_key`;
- `folded`: the same without accents, which every query is matched against;
- `head`: dossier number, document type, title and fields, folded, on a document's first page only, which
  is the page that a query for the document finds;
- `number`: the dossier number, folded, on every page, so that a number and a word find the page.

Both databases answer a query with the same pages, the exactly accented first. Among those of a kind each
orders by a score of its own.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from sqlalchemy import Connection

from scanflow.archive.search import index_postgresql, index_sqlite
from scanflow.archive.search.terms import PageHit, PageKeys, Term
from scanflow.text.folding import fold, folded_key
from scanflow.text.normalization import search_key


class _Backend(Protocol):
    """What the two modules offer."""

    def add(self, connection: Connection, row_id: int, keys: PageKeys) -> None: ...
    def remove(self, connection: Connection, row_ids: Collection[int]) -> None: ...
    def find(
        self, connection: Connection, terms: Sequence[Term], limit: int, offset: int
    ) -> list[PageHit]: ...


_BACKENDS: dict[str, _Backend] = {"sqlite": index_sqlite, "postgresql": index_postgresql}


def add(connection: Connection, row_id: int, page: str, number: str, head: str = "") -> None:
    """Index one page; `row_id` is its id in `page_texts`, `head` is for the first page of a document."""
    key = search_key(page)
    keys = PageKeys(exact=key, folded=fold(key), head=folded_key(head), number=folded_key(number))
    _backend(connection).add(connection, row_id, keys)


def remove(connection: Connection, row_ids: Collection[int]) -> None:
    """Take pages out of the index."""
    _backend(connection).remove(connection, row_ids)


def find(connection: Connection, terms: Sequence[Term], limit: int, offset: int) -> list[PageHit]:
    """Pages that hold all terms, the exactly accented first, then by score."""
    return _backend(connection).find(connection, terms, limit, offset) if terms else []


def _backend(connection: Connection) -> _Backend:
    return _BACKENDS[connection.dialect.name]
