"""Signals of what the page is beside the paper before it: forms, copies, separators, cards, each as in
`border_signals`.
"""

from collections.abc import Set

from scanflow.classify.joints import Joint, is_card
from scanflow.classify.page_facts import FEW_WORDS

# Two first pages of one form share so much of all their words: a second copy, or another person's.
SAME_FORM = 0.75


def annex_line(joint: Joint) -> float:
    return float(joint.page.annex is not None)


def open_form(joint: Joint) -> float:
    return joint.page.blanks


def filled_form(joint: Joint) -> float:
    return joint.page.filled


def answered_form(joint: Joint) -> float:
    return joint.page.answered


def few_words(joint: Joint) -> float:
    return float(joint.page.words < FEW_WORDS)


def copy_of_first(joint: Joint) -> float:
    """It looks like the paper's first page again: a second copy, or the same form of another person."""
    first, page = joint.first, joint.page
    if min(len(first.vocabulary), len(page.vocabulary)) < FEW_WORDS:
        return 0.0
    return float(_alike(first.opening, page.opening) and _alike(first.vocabulary, page.vocabulary))


def _alike(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= SAME_FORM * len(one | other)


def paper_full(joint: Joint) -> float:
    """The paper has as many pages as its type has at most."""
    current = joint.current
    return float(
        current is not None and current.max_pages is not None and len(joint.paper) >= current.max_pages
    )


def paper_unfinished(joint: Joint) -> float:
    """The paper is of a type that may have any number of pages, and nobody has signed it yet."""
    return float(joint.is_unfinished)


def separator(joint: Joint) -> float:
    return float(joint.page.is_separator)


def after_separator(joint: Joint) -> float:
    return float(joint.before.is_separator)


def unknown_paper(joint: Joint) -> float:
    return float(joint.current is None)


def other_side_of_card(joint: Joint) -> float:
    return float(joint.is_other_side)


def another_card(joint: Joint) -> float:
    return float(is_card(joint.own) and not joint.is_other_side)


def after_card(joint: Joint) -> float:
    return float(is_card(joint.current) and not joint.is_other_side)


def next_drawing(joint: Joint) -> float:
    """Drawings are one set, as many sheets as it has."""
    own = joint.own
    return float(own is not None and own.layout == "card" and own.max_pages is None and own is joint.current)


def another_drawing(joint: Joint) -> float:
    own = joint.own
    return float(
        own is not None and own.layout == "card" and own.max_pages is None and own is not joint.current
    )
