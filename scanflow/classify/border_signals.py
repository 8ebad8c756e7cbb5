"""The signals that tell whether a paper begins at a page, given the pages before it that make one paper.

Each is a function of a `Joint` with a name and a value from 0 (absent) to 1. What each is worth is data
(`border_weights.json`), fitted by `python -m training.borders`; a signal doesn't say which way it speaks.
"""

from collections.abc import Callable, Mapping, Set

from scanflow.classify.annex_signals import (
    after_act,
    annex_after_annexes,
    annex_announced,
    annex_of_act,
    answered_form_after_act,
    appendix,
    attachment_announced,
    cites_another_act,
    cites_this_act,
    dated_among_annexes,
    filled_form_after_act,
    head_among_annexes,
    heading_among_annexes,
    headless_among_annexes,
    number_among_annexes,
    open_form_after_open_form,
    open_form_among_annexes,
    other_symbol_among_annexes,
    title_among_annexes,
    unmarked_head_among_annexes,
)
from scanflow.classify.joints import Joint, is_card
from scanflow.classify.page_facts import FEW_WORDS

# Two scans of one size differ by less than this share: feeders and cropping are not exact.
SAME_SIZE = 0.02
SAME_DPI = 0.02
# Grey levels between the papers of two scans that are not of one kind.
OTHER_TONE = 12
SAME_LETTERS = 0.15
OTHER_MARGIN = 28.0  # points, a centimetre
# Two first pages of one form share so much of all their words: a second copy, or another person's.
SAME_FORM = 0.75


Signal = Callable[[Joint], float]


# ---- the page itself


def national_head(joint: Joint) -> float:
    return float(joint.opens_freely and joint.page.has_motto)


def known_title(joint: Joint) -> float:
    """A known type's title under the head of an official paper."""
    return joint.page.title_confidence if joint.opens_freely and joint.page.has_head else 0.0


def title_after_end(joint: Joint) -> float:
    """A known type's title without such a head, behind a page that is signed or formally ended."""
    return _bare_title(joint) if _has_ended(joint) else 0.0


def title_before_end(joint: Joint) -> float:
    """The same behind a page that is not: as likely the heading of a part."""
    return 0.0 if _has_ended(joint) else _bare_title(joint)


def _bare_title(joint: Joint) -> float:
    return joint.page.title_confidence if joint.opens_freely and not joint.page.has_head else 0.0


def _has_ended(joint: Joint) -> bool:
    return joint.before.signed or joint.before.formally_ended


def plain_title(joint: Joint) -> float:
    """The words of a title, set like running text: a sentence may begin so, or a row of a list."""
    return joint.page.plain_title_confidence


def signs_of_another_type(joint: Joint) -> float:
    own = joint.own
    return joint.page.sign_confidence if own is not None and own is not joint.current else 0.0


def heading_after_end(joint: Joint) -> float:
    """A heading that no type knows, behind a page that is signed or formally ended."""
    return float(joint.opens_freely and joint.has_unknown_heading and _has_ended(joint))


def heading_before_end(joint: Joint) -> float:
    """The same behind a page that is not: as likely the heading of a part."""
    heading = joint.opens_freely and joint.has_unknown_heading and not _has_ended(joint)
    return float(heading and not paper_unfinished(joint))


def heading_in_unfinished(joint: Joint) -> float:
    """The same in a paper of a known type that may be long and is not signed: a contract's chapter."""
    heading = joint.opens_freely and joint.has_unknown_heading
    return float(heading and bool(paper_unfinished(joint)))


def subject_below_heading(joint: Joint) -> float:
    return float(joint.opens_freely and joint.page.has_subject)


def person_below_heading(joint: Joint) -> float:
    return float(joint.page.names_person)


def official_number(joint: Joint) -> float:
    return float(joint.page.numbered)


def addressed(joint: Joint) -> float:
    return float(joint.page.addressed)


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


def closing_page(joint: Joint) -> float:
    """The page opens with the end of a text: "Quyết định này./.", or a signature block."""
    return float(joint.page.begins_with_sentence_end)


def item_first(joint: Joint) -> float:
    return float(joint.page.starts_with_item)


def starts_lower(joint: Joint) -> float:
    return float(joint.page.starts_lower)


# ---- the seam between two pages


def text_goes_on(joint: Joint) -> float:
    return float(joint.before.ends_open and joint.page.starts_lower)


def text_breaks_off(joint: Joint) -> float:
    return float(joint.before.ends_open and not joint.page.starts_lower)


def signed_before(joint: Joint) -> float:
    return float(joint.before.signed)


def ended_before(joint: Joint) -> float:
    return float(joint.before.formally_ended)


def unsigned_so_far(joint: Joint) -> float:
    return float(not any(page.signed for page in joint.paper))


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
    """The pages before are numbered, this one is not. Annexes behind others count their own pages anew, and
    their first page has no number.
    """
    if joint.annexes_begun and joint.page.annex is not None:
        return 0.0
    return float(joint.page.number is None and (joint.before.number or 0) > 1)


def all_pages_had(joint: Joint) -> float:
    """The page before is the last by its own count ("Trang 5/5")."""
    counted = joint.before.page_number
    return float(counted is not None and counted[1] is not None and counted[0] == counted[1])


def other_size(joint: Joint) -> float:
    one, other = joint.before.reading.size, joint.page.reading.size
    return float(any(abs(a - b) > SAME_SIZE * max(a, b) for a, b in zip(one, other, strict=True)))


def other_resolution(joint: Joint) -> float:
    one, other = max(joint.before.reading.dpi), max(joint.page.reading.dpi)
    return float(abs(one - other) > SAME_DPI * max(one, other))


def other_scan(joint: Joint) -> float:
    """Black and white beside grey or colour, or a sheet of another tone: another scanner, copier or paper."""
    one, other = joint.before.reading.look, joint.page.reading.look
    if not one.depth or not other.depth:
        return 0.0
    return float(one.depth != other.depth or abs(one.paper - other.paper) > OTHER_TONE)


def other_letters(joint: Joint) -> float:
    one, other = joint.before.seen.letter_height, joint.page.seen.letter_height
    return float(bool(one and other) and abs(one - other) > SAME_LETTERS * max(one, other))


def other_margin(joint: Joint) -> float:
    return float(abs(joint.before.left_margin - joint.page.left_margin) > OTHER_MARGIN)


def behind_blank(joint: Joint) -> float:
    return float(joint.page.index in joint.placing.behind_blank)


def overleaf(joint: Joint) -> float:
    return float(joint.page.index in joint.placing.overleaf)


# ---- the page in its paper


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
    current = joint.current
    open_ended = current is not None and current.layout == "paper" and current.max_pages is None
    return float(open_ended and not _has_ended(joint) and bool(unsigned_so_far(joint)))


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


SIGNALS: Mapping[str, Signal] = {
    signal.__name__: signal
    for signal in (
        national_head,
        known_title,
        title_after_end,
        title_before_end,
        plain_title,
        signs_of_another_type,
        heading_after_end,
        heading_before_end,
        heading_in_unfinished,
        subject_below_heading,
        person_below_heading,
        official_number,
        addressed,
        annex_line,
        open_form,
        filled_form,
        answered_form,
        few_words,
        closing_page,
        item_first,
        starts_lower,
        text_goes_on,
        text_breaks_off,
        signed_before,
        ended_before,
        unsigned_so_far,
        first_number,
        number_follows,
        count_goes_on,
        number_breaks,
        number_missing,
        all_pages_had,
        other_size,
        other_resolution,
        other_scan,
        other_letters,
        other_margin,
        behind_blank,
        overleaf,
        after_act,
        appendix,
        annex_of_act,
        annex_announced,
        annex_after_annexes,
        attachment_announced,
        cites_this_act,
        cites_another_act,
        head_among_annexes,
        unmarked_head_among_annexes,
        other_symbol_among_annexes,
        dated_among_annexes,
        title_among_annexes,
        heading_among_annexes,
        number_among_annexes,
        headless_among_annexes,
        open_form_among_annexes,
        filled_form_after_act,
        answered_form_after_act,
        open_form_after_open_form,
        copy_of_first,
        separator,
        after_separator,
        paper_full,
        paper_unfinished,
        unknown_paper,
        other_side_of_card,
        another_card,
        after_card,
        next_drawing,
        another_drawing,
    )
}
"""All signals by name, in the order in which weights are kept."""


OF_CARD = tuple(
    signal.__name__
    for signal in (
        other_side_of_card,
        other_size,
        other_resolution,
        other_scan,
        behind_blank,
        overleaf,
        number_follows,
    )
)
"""What counts where a page is the missing side of a card: its head and title are the card's."""


def measure(joint: Joint) -> dict[str, float]:
    """The signals that are present at a border, by name, with their values (above 0 to 1)."""
    names = OF_CARD if joint.is_other_side else SIGNALS
    values = {name: SIGNALS[name](joint) for name in names}
    return {name: value for name, value in values.items() if value}
