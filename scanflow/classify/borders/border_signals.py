"""The signals that tell whether a paper begins at a page, given the pages before it that make one paper.

Each is a function of a `BorderContext`, with a value from 0 (absent) to 1. What each is worth is data
(`border_weights.json`), fitted by `python -m training.borders`. Whether a signal is evidence for a border or
against it is not in its name, but in the sign of its weight.
"""

from collections.abc import Callable, Mapping

from scanflow.classify.borders import (
    annex_signals,
    continuity_signals,
    heading_signals,
    paper_signals,
    sheet_signals,
)
from scanflow.classify.borders.border_context import BorderContext

Signal = Callable[[BorderContext], float]

SIGNALS: Mapping[str, Signal] = {
    signal.__name__: signal
    for signal in (
        heading_signals.national_head,
        heading_signals.known_title,
        heading_signals.title_after_end,
        heading_signals.title_before_end,
        heading_signals.plain_title,
        heading_signals.signs_of_another_type,
        heading_signals.heading_after_end,
        heading_signals.heading_before_end,
        heading_signals.heading_in_unfinished,
        heading_signals.subject_below_heading,
        heading_signals.person_below_heading,
        heading_signals.official_number,
        heading_signals.addressed,
        paper_signals.annex_line,
        paper_signals.open_form,
        paper_signals.filled_form,
        paper_signals.answered_form,
        paper_signals.few_words,
        continuity_signals.closing_page,
        continuity_signals.item_first,
        continuity_signals.starts_lower,
        continuity_signals.text_goes_on,
        continuity_signals.text_breaks_off,
        continuity_signals.signed_before,
        continuity_signals.ended_before,
        continuity_signals.unsigned_so_far,
        continuity_signals.first_number,
        continuity_signals.number_follows,
        continuity_signals.count_goes_on,
        continuity_signals.number_breaks,
        continuity_signals.number_missing,
        continuity_signals.all_pages_had,
        sheet_signals.other_size,
        sheet_signals.other_resolution,
        sheet_signals.other_scan,
        sheet_signals.other_letters,
        sheet_signals.other_margin,
        sheet_signals.behind_blank,
        sheet_signals.overleaf,
        annex_signals.after_act,
        annex_signals.appendix,
        annex_signals.annex_of_act,
        annex_signals.annex_announced,
        annex_signals.annex_after_annexes,
        annex_signals.attachment_announced,
        annex_signals.cites_this_act,
        annex_signals.cites_another_act,
        annex_signals.head_among_annexes,
        annex_signals.unmarked_head_among_annexes,
        annex_signals.other_symbol_among_annexes,
        annex_signals.dated_among_annexes,
        annex_signals.title_among_annexes,
        annex_signals.heading_among_annexes,
        annex_signals.number_among_annexes,
        annex_signals.headless_among_annexes,
        annex_signals.open_form_among_annexes,
        annex_signals.filled_form_after_act,
        annex_signals.answered_form_after_act,
        annex_signals.open_form_after_open_form,
        paper_signals.copy_of_first,
        paper_signals.separator,
        paper_signals.after_separator,
        paper_signals.paper_full,
        paper_signals.paper_unfinished,
        paper_signals.unknown_paper,
        paper_signals.other_side_of_card,
        paper_signals.another_card,
        paper_signals.after_card,
        paper_signals.next_drawing,
        paper_signals.another_drawing,
    )
}
"""All signals by name, in the order in which weights are kept."""


OF_CARD = tuple(
    signal.__name__
    for signal in (
        paper_signals.other_side_of_card,
        sheet_signals.other_size,
        sheet_signals.other_resolution,
        sheet_signals.other_scan,
        sheet_signals.behind_blank,
        sheet_signals.overleaf,
        continuity_signals.number_follows,
    )
)
"""The signals that count where a page is the missing side of a card: head and title are then the card's."""


def measure(context: BorderContext) -> dict[str, float]:
    """The signals that are present at a border, by name, with their values (above 0 to 1)."""
    names = OF_CARD if context.is_other_side else SIGNALS
    values = {name: SIGNALS[name](context) for name in names}
    return {name: value for name, value in values.items() if value}
