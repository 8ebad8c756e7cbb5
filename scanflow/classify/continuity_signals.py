"""Signals of whether text and page numbers go on at a page, each as in `border_signals`."""

from scanflow.classify.joints import Joint


def closing_page(joint: Joint) -> float:
    """The page opens with the end of a text: "Quyết định này./.", or a signature block."""
    return float(joint.page.begins_with_sentence_end)


def item_first(joint: Joint) -> float:
    return float(joint.page.starts_with_item)


def starts_lower(joint: Joint) -> float:
    return float(joint.page.starts_lower)


def text_goes_on(joint: Joint) -> float:
    return float(joint.before.ends_open and joint.page.starts_lower)


def text_breaks_off(joint: Joint) -> float:
    return float(joint.before.ends_open and not joint.page.starts_lower)


def signed_before(joint: Joint) -> float:
    return float(joint.before.signed)


def ended_before(joint: Joint) -> float:
    return float(joint.before.formally_ended)


def unsigned_so_far(joint: Joint) -> float:
    return float(joint.is_unsigned)


def first_number(joint: Joint) -> float:
    return float(joint.page.number == 1)


def number_follows(joint: Joint) -> float:
    number = joint.page.number
    return float(number is not None and number > 1 and number in _expected_numbers(joint))


def count_goes_on(joint: Joint) -> float:
    """The page says which of how many it is ("Trang 2/5"), and that is the next."""
    counted = joint.page.page_number
    return float(counted is not None and counted[1] is not None and bool(number_follows(joint)))


def _expected_numbers(joint: Joint) -> set[int]:
    """The numbers that the page has if it goes on: by the last page whose number was read, else by the count
    of the paper's pages, or of those from its last annex on.
    """
    for distance, page in enumerate(reversed(joint.paper), 1):
        if page.number is not None:
            return {page.number + distance}
        if page.annex is not None:
            return {distance + 1, len(joint.paper) + 1}
    return {len(joint.paper) + 1}


def number_breaks(joint: Joint) -> float:
    number = joint.page.number
    return float(number is not None and number > 1 and not number_follows(joint))


def number_missing(joint: Joint) -> float:
    """The pages before are numbered, this one is not. Annexes of an act count their own pages anew, and their
    first page has no number.
    """
    if joint.first.is_act and joint.page.annex is not None:
        return 0.0
    return float(joint.page.number is None and (joint.before.number or 0) > 1)


def all_pages_had(joint: Joint) -> float:
    """The page before is the last by its own count ("Trang 5/5")."""
    counted = joint.before.page_number
    return float(counted is not None and counted[1] is not None and counted[0] == counted[1])
