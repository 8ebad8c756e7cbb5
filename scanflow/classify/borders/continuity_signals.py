"""Signals of whether text and page numbers continue at a page, each as in `border_signals`."""

from scanflow.classify.borders.border_context import BorderContext


def closing_page(context: BorderContext) -> float:
    """The page begins with the end of a text: "Quyết định này./.", or a signature block."""
    return float(context.page.begins_with_sentence_end)


def item_first(context: BorderContext) -> float:
    return float(context.page.starts_with_item)


def starts_lower(context: BorderContext) -> float:
    return float(context.page.starts_lower)


def text_goes_on(context: BorderContext) -> float:
    return float(context.before.ends_open and context.page.starts_lower)


def text_breaks_off(context: BorderContext) -> float:
    return float(context.before.ends_open and not context.page.starts_lower)


def signed_before(context: BorderContext) -> float:
    return float(context.before.signed)


def ended_before(context: BorderContext) -> float:
    return float(context.before.formally_ended)


def unsigned_so_far(context: BorderContext) -> float:
    return float(context.is_unsigned)


def first_number(context: BorderContext) -> float:
    return float(context.page.number == 1)


def number_follows(context: BorderContext) -> float:
    number = context.page.number
    return float(number is not None and number > 1 and number in _expected_numbers(context))


def count_goes_on(context: BorderContext) -> float:
    """The page states its number and their count ("Trang 2/5"), and its number is the next."""
    counted = context.page.page_number
    return float(counted is not None and counted[1] is not None and bool(number_follows(context)))


def _expected_numbers(context: BorderContext) -> set[int]:
    """The numbers that the page would have as the paper's next: by the last page whose number was read.

    Without one by the count of the paper's pages, or of those from its last annex on.
    """
    for distance, page in enumerate(reversed(context.paper), 1):
        if page.number is not None:
            return {page.number + distance}
        if page.annex is not None:
            return {distance + 1, len(context.paper) + 1}
    return {len(context.paper) + 1}


def number_breaks(context: BorderContext) -> float:
    number = context.page.number
    return float(number is not None and number > 1 and not number_follows(context))


def number_missing(context: BorderContext) -> float:
    """The page before has a number above 1, this one has none.

    Annexes of an act count their pages anew, and their first page has no number: for them it is 0.
    """
    if context.first.is_act and context.page.annex is not None:
        return 0.0
    return float(context.page.number is None and (context.before.number or 0) > 1)


def all_pages_had(context: BorderContext) -> float:
    """The page before is the last by its own count ("Trang 5/5")."""
    counted = context.before.page_number
    return float(counted is not None and counted[1] is not None and counted[0] == counted[1])
