"""Signals of what sort of page it is: forms, copies, separators, cards, each as in `border_signals`."""

from collections.abc import Set

from scanflow.classify.borders.border_context import BorderContext, is_card
from scanflow.classify.borders.page_facts import FEW_WORDS

# Two first pages of one form share at least this part of all their words.
SAME_FORM = 0.75


def annex_line(context: BorderContext) -> float:
    return float(context.page.annex is not None)


def open_form(context: BorderContext) -> float:
    return context.page.blanks


def filled_form(context: BorderContext) -> float:
    return context.page.filled


def answered_form(context: BorderContext) -> float:
    return context.page.answered


def few_words(context: BorderContext) -> float:
    return float(context.page.words < FEW_WORDS)


def copy_of_first(context: BorderContext) -> float:
    """The page is like the paper's first page: a second copy, or the same form of another person."""
    first, page = context.first, context.page
    if min(len(first.vocabulary), len(page.vocabulary)) < FEW_WORDS:
        return 0.0
    return float(_alike(first.opening, page.opening) and _alike(first.vocabulary, page.vocabulary))


def _alike(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= SAME_FORM * len(one | other)


def paper_full(context: BorderContext) -> float:
    """The paper has as many pages as its type has at most."""
    current = context.current
    return float(
        current is not None and current.max_pages is not None and len(context.paper) >= current.max_pages
    )


def paper_unfinished(context: BorderContext) -> float:
    """The paper is of a type that may have any number of pages, and nobody has signed it yet."""
    return float(context.is_unfinished)


def separator(context: BorderContext) -> float:
    return float(context.page.is_separator)


def after_separator(context: BorderContext) -> float:
    return float(context.before.is_separator)


def unknown_paper(context: BorderContext) -> float:
    return float(context.current is None)


def other_side_of_card(context: BorderContext) -> float:
    return float(context.is_other_side)


def another_card(context: BorderContext) -> float:
    return float(is_card(context.own) and not context.is_other_side)


def after_card(context: BorderContext) -> float:
    return float(is_card(context.current) and not context.is_other_side)


def next_drawing(context: BorderContext) -> float:
    """A further drawing: drawings make one paper, with any number of sheets."""
    own = context.own
    return float(
        own is not None and own.layout == "card" and own.max_pages is None and own is context.current
    )


def another_drawing(context: BorderContext) -> float:
    own = context.own
    return float(
        own is not None and own.layout == "card" and own.max_pages is None and own is not context.current
    )
