"""The context of a possible border in a stack: the page after it, and the paper that it would continue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanflow.classify.borders.citations import cited_kind, is_of
from scanflow.classify.borders.page_facts import CARD_WORDS, TITLE_ZONE, PageFacts
from scanflow.classify.profiles import DocumentType, Side


@dataclass(frozen=True, slots=True)
class Placing:
    """How pages lay among blank sides, by their indices.

    `behind_blank`: pages that follow a blank side; `overleaf`: pages on the back of the page before them.
    """

    behind_blank: Collection[int] = frozenset()
    overleaf: Collection[int] = frozenset()


UNKNOWN_PLACING = Placing()
"""Of pages whose placing among blank sides is not known."""


@dataclass(frozen=True)
class BorderContext:
    """The possible border before `page`; `paper` are the pages (at least one) that it would continue.

    `current` is the type that the paper announces, `own` that of the page; None where it is not sure enough.
    """

    paper: Sequence[PageFacts]
    page: PageFacts
    current: DocumentType | None = None
    own: DocumentType | None = None
    placing: Placing = UNKNOWN_PLACING

    @property
    def before(self) -> PageFacts:
        return self.paper[-1]

    @property
    def first(self) -> PageFacts:
        return self.paper[0]

    @property
    def has_unknown_heading(self) -> bool:
        """Whether the page begins with a heading that is no known type's title."""
        return self.page.heading is not None and not self.page.title_confidence

    @property
    def has_ended(self) -> bool:
        """Whether the page before is signed or formally ended."""
        return self.before.signed or self.before.formally_ended

    @cached_property
    def is_unsigned(self) -> bool:
        """Whether nobody has signed a page of the paper yet."""
        return not any(page.signed for page in self.paper)

    @cached_property
    def is_unfinished(self) -> bool:
        """Whether the paper is of a type that may have any number of pages, and nobody has signed it yet."""
        current = self.current
        open_ended = current is not None and current.layout == "paper" and current.max_pages is None
        return open_ended and not self.has_ended and self.is_unsigned

    @cached_property
    def annexes_begun(self) -> bool:
        """Whether an act's annexes have begun on an earlier page."""
        return self.first.is_act and any(page.annex for page in self.paper[1:])

    @cached_property
    def announced(self) -> bool:
        """Whether an act says that something is attached to it."""
        return self.first.is_act and any(page.announces for page in self.paper)

    @cached_property
    def among_annexes(self) -> bool:
        """Whether the page may be an act's annex: some have begun, are announced, or it calls itself one."""
        return self.first.is_act and (self.annexes_begun or self.announced or self.page.annex is not None)

    @cached_property
    def is_other_side(self) -> bool:
        """Whether the page has the side of a card that the paper lacks, and as few words as a card."""
        card = self.current
        if card is None or not is_card(card) or self.own not in (None, card):
            return False
        best = self.page.best
        mine = best.sides if best and best.type == card.id else frozenset[Side]()
        room = len(self.paper) < (card.max_pages or 1)
        return (
            room and len(self.had_sides) == 1 and not mine & self.had_sides and self.page.words <= CARD_WORDS
        )

    @cached_property
    def opens_freely(self) -> bool:
        """Whether a head or title can only belong to another paper: not to an annex or a side of a card."""
        return not self.among_annexes and not self.is_other_side

    @cached_property
    def had_sides(self) -> frozenset[Side]:
        """The sides of a card that the paper has."""
        return frozenset[Side]().union(*(page.best.sides for page in self.paper if page.best))


def is_card(document_type: DocumentType | None) -> bool:
    return (
        document_type is not None and document_type.layout == "card" and document_type.max_pages is not None
    )


def cites(page: PageFacts, act: PageFacts) -> bool:
    """Whether the act that a page says it is attached to is this one."""
    citation = page.citation
    if citation is None:
        return False
    if act.symbol:
        return is_of(citation, act.symbol, act.digits)
    return any(line.folded.startswith(cited_kind(citation)) for line in act.upper(TITLE_ZONE))
