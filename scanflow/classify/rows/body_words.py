"""Pairs of words in a paper's body: they tell its subject where the title is short.

The title "QUYẾT ĐỊNH" alone fits any decision of a list. Words of the body, such as an environmental report
that it approves, tell which one it is. Papers that the body enumerates ("1. Đơn đề nghị …;") are other
papers: such items are left out.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from scanflow.classify.page_view import PageView
from scanflow.classify.rows.row_words import words_of

# So many pages of a paper are searched: it states its subject at the beginning.
PAGES = 2
_ITEM = re.compile(r"\W*(?:\d{1,2}|[a-zđ])[.)]\s|\s*[-–+•*]\s")

Pairs = frozenset[tuple[str, str]]


def body_pairs(pages: Sequence[PageView], below: float) -> Pairs:
    """The pairs of folded words that follow each other in the running text of a paper's first pages.

    Of the first page only lines from `below` on count (points from the top): those under its title.
    """
    found: set[tuple[str, str]] = set()
    for number, seen in enumerate(pages[:PAGES]):
        last = ""
        for line in seen.lines:
            if (number == 0 and line.box.top < below) or _ITEM.match(line.folded):
                last = ""
                continue
            words = [last, *words_of(line.text)] if last else words_of(line.text)
            found.update(pairwise(words))
            last = words[-1] if words else ""
    return frozenset(found)


def share_in_body(title: Sequence[str], printed: Collection[str], body: Pairs) -> float:
    """Of the word pairs of a row's title that the paper's title lacks, the share (0 to 1) that its body has.

    Pairs with the first word, which names the sort of paper, do not count: the body may name other papers.
    """
    pairs = [pair for pair in pairwise(title[1:]) if not set(pair) <= set(printed)]
    return sum(pair in body for pair in pairs) / len(pairs) if pairs else 0.0
