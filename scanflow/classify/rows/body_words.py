"""What a paper's body says in words that follow each other: its subject, where the title is short.

"QUYẾT ĐỊNH" alone may meet any decision of a list; that its body approves an environmental report says which.
Papers that are enumerated in the body ("1. Đơn đề nghị …;") are others, so such items say nothing.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from scanflow.classify.page_view import PageView
from scanflow.classify.rows.row_words import words_of

# So many pages of a paper are looked at: what it is about stands at its beginning.
PAGES = 2
_ITEM = re.compile(r"\W*(?:\d{1,2}|[a-zđ])[.)]\s|\s*[-–+•*]\s")

Pairs = frozenset[tuple[str, str]]


def body_pairs(pages: Sequence[PageView], below: float) -> Pairs:
    """The pairs of folded words that follow each other in the running text of a paper's first pages.

    Text of the first page counts from `below` on (points): under its title.
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
    """The share (0 to 1) of a row's words that its paper's title does not print and the body has, in pairs.

    The first word names what a paper is: the body may name others, so pairs with it do not count.
    """
    pairs = [pair for pair in pairwise(title[1:]) if not set(pair) <= set(printed)]
    return sum(pair in body for pair in pairs) / len(pairs) if pairs else 0.0
