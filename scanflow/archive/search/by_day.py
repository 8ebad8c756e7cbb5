"""The pages of a query in the order of their days, without examining all of them.

To sort the pages of a common word by day, the index looks at the day of each. But pages of the newest days
are few, and found by their day: where they fill a page of results, no older one belongs on it. The same holds
for the oldest days.
"""

from dataclasses import dataclass, field
from datetime import date

import tantivy
from tantivy import FieldType, Occur, Order, Query

_SHARES = (0.01, 0.1)
"""Shares of all pages that are searched before all of them; the cost is proportional to the share."""
_GROWN = 1.1
"""Growth of an index after which its spans are computed again; they only decide where to search first."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The range of days of the newest or oldest pages, for an index of a given size."""

    days: Query
    pages: int


@dataclass(slots=True)
class DaySpans:
    """The spans of days at the new and at the old end of an index. Threads may share it.

    `few`: pages up to which an index is sorted as a whole.
    """

    schema: tantivy.Schema
    few: int = 50_000
    _known: dict[tuple[Order, float], _Span] = field(default_factory=dict)

    def search(
        self, searcher: tantivy.Searcher, query: Query, limit: int, offset: int, order: Order
    ) -> list[tantivy.DocAddress]:
        """So many pages that match, after `offset` others; `query` is one without scores."""
        for share in _SHARES if searcher.num_docs > self.few else ():
            found = _search(searcher, _both(self._days(searcher, order, share), query), limit, offset, order)
            if len(found) == limit:
                return found
        return _search(searcher, query, limit, offset, order)

    def _days(self, searcher: tantivy.Searcher, order: Order, share: float) -> Query:
        known, pages = self._known.get((order, share)), searcher.num_docs
        if known is None or not known.pages <= pages <= known.pages * _GROWN:
            hits = searcher.search(
                Query.all_query(),
                1,
                count=False,
                offset=int(pages * share),
                order_by_field="day",
                order=order,
            ).hits
            day = int(hits[0][0])
            span = (0, day) if order is Order.Asc else (day, date.max.toordinal())
            known = _Span(Query.range_query(self.schema, "day", FieldType.Integer, *span), pages)
            self._known[order, share] = known
        return known.days


def _search(
    searcher: tantivy.Searcher, query: Query, limit: int, offset: int, order: Order
) -> list[tantivy.DocAddress]:
    hits = searcher.search(query, limit, count=False, offset=offset, order_by_field="day", order=order).hits
    return [address for _, address in hits]


def _both(one: Query, other: Query) -> Query:
    return Query.const_score_query(Query.boolean_query([(Occur.Must, one), (Occur.Must, other)]), 1.0)
