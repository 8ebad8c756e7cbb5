"""Pages in the order of their days: the few days that are looked at first change nothing of what is found."""

from collections.abc import Iterator

import pytest
import tantivy
from tantivy import Order, Query

from scanflow.archive.search.by_day import DaySpans
from scanflow.archive.search.schema import schema

FIELDS = schema()
PAGES = 1000


@pytest.fixture(scope="module")
def searcher() -> tantivy.Searcher:
    """Every third page has the word; days repeat, and do not come in the order of the pages."""
    index = tantivy.Index(FIELDS)
    writer = index.writer(15_000_000, 1)
    for no in range(PAGES):
        word = "co" if no % 3 == 0 else "khong"
        writer.add_document(tantivy.Document(page=no, day=738000 + no * 37 % 211, text=word))
    writer.commit()
    index.reload()
    return index.searcher()


def places() -> Iterator[tuple[int, int]]:
    """Limits and offsets: within the first span, over its end, at the end of all, beyond it."""
    yield from ((2, 0), (1, 3), (20, 0), (20, 25), (50, 300), (20, 330), (20, 400))


@pytest.mark.parametrize("order", [Order.Asc, Order.Desc], ids=["oldest", "newest"])
def test_the_same_pages_as_without_spans(searcher: tantivy.Searcher, order: Order) -> None:
    query = Query.const_score_query(Query.term_query(FIELDS, "text", "co", "basic"), 1.0)
    spans, whole = DaySpans(FIELDS, few=0), DaySpans(FIELDS)
    for limit, offset in places():
        found = spans.search(searcher, query, limit, offset, order)
        wanted = whole.search(searcher, query, limit, offset, order)
        assert _pages(searcher, found) == _pages(searcher, wanted)
        assert len(found) == max(0, min(limit, (PAGES + 2) // 3 - offset))


def test_spans_follow_an_index_that_grows() -> None:
    index = tantivy.Index(FIELDS)
    writer = index.writer(15_000_000, 1)
    spans = DaySpans(FIELDS, few=0)
    newest: list[int] = []
    for no in range(200):
        writer.add_document(tantivy.Document(page=no, day=738000 + no, text="co"))
        if no % 40 == 39:
            writer.commit()
            index.reload()
            found = spans.search(index.searcher(), Query.all_query(), 3, 0, Order.Desc)
            newest += _pages(index.searcher(), found)[:1]
    assert newest == [39, 79, 119, 159, 199]


def _pages(searcher: tantivy.Searcher, found: list[tantivy.DocAddress]) -> list[int]:
    values = searcher.fast_field_values("page", found) if found else []
    return [int(value) for value in values if value is not None]
