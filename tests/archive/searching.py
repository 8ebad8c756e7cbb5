"""Finding pages in tests, as a command does: an index that is up to date, and one question."""

from typing import Any

from scanflow.archive.catalog import Catalog
from scanflow.archive.search import query
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.question import Hit, Question


def search(catalog: Catalog, text: str, **more: Any) -> list[Hit]:
    """The hits of all agencies, by an index that is made for this question."""
    with SearchIndex(catalog, None) as index:
        assert index.update()
        return ask(index, text, **more)


def ask(index: SearchIndex, text: str, **more: Any) -> list[Hit]:
    """The hits of all agencies."""
    return list(query.search(index, Question(text, **({"agencies": None} | more))).hits)
