"""Signals of how a page begins: head, title, number, and what is below them, each as in `border_signals`."""

from scanflow.classify.borders.border_context import BorderContext


def national_head(context: BorderContext) -> float:
    return float(context.opens_freely and context.page.has_motto)


def known_title(context: BorderContext) -> float:
    """A known type's title under the head of an official paper."""
    return context.page.title_confidence if context.opens_freely and context.page.has_head else 0.0


def title_after_end(context: BorderContext) -> float:
    """A known type's title without such a head, after a page that is signed or formally ended."""
    return _bare_title(context) if context.has_ended else 0.0


def title_before_end(context: BorderContext) -> float:
    """The same after a page that is neither: as likely the heading of a part."""
    return 0.0 if context.has_ended else _bare_title(context)


def _bare_title(context: BorderContext) -> float:
    return context.page.title_confidence if context.opens_freely and not context.page.has_head else 0.0


def plain_title(context: BorderContext) -> float:
    """The words of a title, set like running text: a sentence or a list item may begin like this."""
    return context.page.plain_title_confidence


def signs_of_another_type(context: BorderContext) -> float:
    own = context.own
    return context.page.sign_confidence if own is not None and own is not context.current else 0.0


def heading_after_end(context: BorderContext) -> float:
    """A heading that is no known type's title, after a page that is signed or formally ended."""
    return float(context.opens_freely and context.has_unknown_heading and context.has_ended)


def heading_before_end(context: BorderContext) -> float:
    """The same after a page that is neither: as likely the heading of a part."""
    heading = context.opens_freely and context.has_unknown_heading and not context.has_ended
    return float(heading and not context.is_unfinished)


def heading_in_unfinished(context: BorderContext) -> float:
    """The same in a paper of a known type that may be long and is not signed: a contract's chapter."""
    heading = context.opens_freely and context.has_unknown_heading
    return float(heading and context.is_unfinished)


def subject_below_heading(context: BorderContext) -> float:
    return float(context.opens_freely and context.page.has_subject)


def person_below_heading(context: BorderContext) -> float:
    return float(context.page.names_person)


def official_number(context: BorderContext) -> float:
    return float(context.page.numbered)


def addressed(context: BorderContext) -> float:
    return float(context.page.addressed)
