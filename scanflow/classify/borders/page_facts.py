"""Facts of one page that tell whether a paper begins or ends there; none of them needs a second page."""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Literal

from scanflow.classify import page_patterns as patterns
from scanflow.classify.borders import form_look as forms
from scanflow.classify.borders.citations import Citation, citation_in
from scanflow.classify.borders.form_look import LONG_LINE
from scanflow.classify.page_view import CAPITALS, Line, PageView
from scanflow.classify.titles import Candidate, title_line
from scanflow.model import PageReading, on_page
from scanflow.text.national_head import is_national_head

AnnexKind = Literal["appendix", "model", "attached"]

# Share of the page's height within which an annex names itself, and a paper its number and agency.
ANNEX_ZONE = 0.35
HEAD_ZONE = 0.3
# And within which an act has its title.
TITLE_ZONE = 0.45
# The last line of running text has at least so many words; lines with fewer are stamps and names.
RUNNING_WORDS = 4
# A page's first so many lines are its opening.
OPENING_LINES = 6
# A page with at most so many words is nearly empty; a side of a card has at most CARD_WORDS.
FEW_WORDS = 25
# A line is large from so many times the height of the page's letters on.
LARGE = 1.4
CARD_WORDS = 90


@dataclass(frozen=True, slots=True)
class Annex:
    """How a page says that it is an annex: its kind, and its line as printed (folded)."""

    kind: AnnexKind
    line: str


@dataclass(frozen=True)
class PageFacts:
    """One page of a stack at `index`; `ranked` are the types that it may have, the likeliest first."""

    index: int
    reading: PageReading
    seen: PageView
    ranked: Sequence[Candidate]

    def at(self, index: int) -> "PageFacts":
        """The same page at another place of the stack, with all that was found out about it."""
        if index == self.index:
            return self
        moved = copy(self)
        ranked = tuple(replace(each, evidence=on_page(each.evidence, index)) for each in self.ranked)
        # Frozen, but nothing else has the copy yet.
        object.__setattr__(moved, "index", index)
        object.__setattr__(moved, "ranked", ranked)
        return moved

    @property
    def best(self) -> Candidate | None:
        return self.ranked[0] if self.ranked else None

    # ---- the type that it announces

    @cached_property
    def title_confidence(self) -> float:
        """The confidence of the type that the page's title names, if set in capitals or large; else 0.

        Also 0 below another heading on a page without an official head: then it is the title of a part.
        """
        if self.best is None or not self._titled(set_apart=True):
            return 0.0
        return 0.0 if self._is_titled_below_heading and not self.has_head else self.best.confidence

    @cached_property
    def has_head(self) -> bool:
        """Whether it has the head of an official paper: the national name and motto, or a number's symbol."""
        return self.has_motto or bool(self.symbol)

    @cached_property
    def plain_title_confidence(self) -> float:
        """The confidence of a type by a title that is set like the text around it; else 0."""
        return self.best.confidence if self.best is not None and self._titled(set_apart=False) else 0.0

    def _titled(self, *, set_apart: bool) -> bool:
        best = self.best
        if best is None or best.top is None:
            return False
        line = next((line for line in self.seen.lines if line.box.top == best.top), None)
        if line is None:
            return set_apart
        large = line.height > LARGE * self.seen.letter_height
        apart = (line.capitals >= CAPITALS or large) and not patterns.FORMAL_END.search(best.title)
        return apart is set_apart

    @cached_property
    def sign_confidence(self) -> float:
        """The confidence of a type that is known by signs other than a title; else 0."""
        return self.best.confidence if self.best is not None and self.best.top is None else 0.0

    @cached_property
    def heading(self) -> Line | None:
        """A line set like a paper's title near the head, whatever it says, with no running text above it."""
        found = title_line(self.seen)
        if found is None or found[0].box.top > HEAD_ZONE * self.seen.height:
            return None
        above = [line for line in self.body if line.box.bottom <= found[0].box.top]
        if above and patterns.PART.match(above[-1].folded):
            return None  # of a chapter
        return None if any(_is_running(line) for line in above) else found[0]

    @property
    def _is_titled_below_heading(self) -> bool:
        """Whether another long line in capitals is above the known title."""
        top = self.best.top if self.best and self.best.top is not None else 0.0
        return any(
            line.capitals >= CAPITALS and len(line.words) >= LONG_LINE and not is_national_head(line.folded)
            for line in self.seen.lines
            if line.box.bottom < top
        )

    @cached_property
    def begins_with_sentence_end(self) -> bool:
        """Whether its text begins with a document's end ("Quyết định này./."), or is only a signature."""
        if self.is_signature:
            return True
        first = self.first_line
        if first is None or first.capitals >= CAPITALS:
            return False
        short = len(first.words) < LONG_LINE and first.text.rstrip().endswith(".")
        return short or bool(
            patterns.FORMAL_END.search(first.folded[-8:]) or patterns.SIGNED.match(first.folded)
        )

    @cached_property
    def is_signature(self) -> bool:
        """Whether it has only a signature block: capacity, "(Ký …)", a name."""
        if self.words > FEW_WORDS or self.has_motto:
            return False
        return any(patterns.SIGN_HERE.match(line.folded) for line in self.body[1:3])

    @cached_property
    def below_heading(self) -> tuple[Line, ...]:
        """The first lines below its heading; none without one."""
        heading = self.heading
        if heading is None:
            return ()
        return tuple(line for line in self.body if line.box.top >= heading.box.bottom)[:OPENING_LINES]

    @cached_property
    def has_subject(self) -> bool:
        """Whether a subject ("Về …") follows its heading; headings of parts have none."""
        return any(patterns.SUBJECT.match(line.folded) for line in self.below_heading[:1])

    @cached_property
    def names_person(self) -> bool:
        """Whether it begins below its heading with whose paper it is: "Họ và tên: …"."""
        return any(patterns.OF_PERSON.match(line.folded) for line in self.below_heading)

    @cached_property
    def is_dated(self) -> bool:
        """Whether its head has the place and day of an issued paper; a model form has blanks there."""
        return any(patterns.PLACE_AND_DAY.match(line.folded) for line in self.upper(HEAD_ZONE))

    @cached_property
    def has_motto(self) -> bool:
        return self.seen.motto is not None

    @cached_property
    def addressed(self) -> bool:
        """Whether it addresses somebody ("Kính gửi") in its upper half, as letters and applications do."""
        return any(patterns.ADDRESSED.match(line.folded) for line in self.upper(0.5))

    # ---- numbers

    @cached_property
    def page_number(self) -> tuple[int, int | None] | None:
        """The page number printed at the head or foot and, where it is printed too, how many there are."""
        edge = [line for line in self.seen.lines if self._at_edge(line)]
        for pattern in (patterns.PAGE_OF, patterns.PAGE_NUMBER):
            for line in edge:
                if (found := pattern.match(line.folded)) and (number := int(found["no"])) > 0:
                    total = int(found["of"]) if found["of"] else None
                    if total is None or number <= total:
                        return number, total
        return None

    @property
    def number(self) -> int | None:
        return self.page_number[0] if self.page_number else None

    def _at_edge(self, line: Line) -> bool:
        return line.box.bottom < 0.1 * self.seen.height or line.box.top > 0.9 * self.seen.height

    @cached_property
    def symbol(self) -> str:
        """Kind and agency of an official number in the head (`qd-ubnd` of `12/2010/QĐ-UBND`), or empty."""
        for line in self.upper(HEAD_ZONE):
            if found := patterns.SYMBOL.search(line.folded):
                return found["suffix"].replace(" ", "")
        return ""

    @cached_property
    def digits(self) -> str:
        """The digits of an official number in the head, empty where there are none."""
        for line in self.upper(HEAD_ZONE):
            if (found := patterns.SYMBOL.search(line.folded)) and any(map(str.isdigit, found["digits"])):
                return found["digits"].strip()
        return ""

    @property
    def numbered(self) -> bool:
        """Whether its head has an official number with digits."""
        return bool(self.digits)

    # ---- the text

    @cached_property
    def body(self) -> tuple[Line, ...]:
        """The lines without page numbers."""
        return tuple(
            line
            for line in self.seen.lines
            if not (self._at_edge(line) and patterns.PAGE_NUMBER.match(line.folded))
        )

    @cached_property
    def first_line(self) -> Line | None:
        return next((line for line in self.body if len(line.text) > 2), None)

    @cached_property
    def last_running_line(self) -> Line | None:
        return next((line for line in reversed(self.body) if len(line.words) >= RUNNING_WORDS), None)

    @cached_property
    def starts_lower(self) -> bool:
        """Whether its first line begins in the middle of a sentence; one misread capital is no sign of it."""
        line = self.first_line
        return line is not None and line.text.lstrip()[:1].islower() and line.capitals < 1 / 3

    @cached_property
    def starts_with_item(self) -> bool:
        """Whether its first line is an item or article that cannot be a paper's first."""
        line = self.first_line
        return (
            line is not None
            and bool(patterns.ITEM.match(line.folded))
            and not patterns.BEGINNING_PART.match(line.folded)
        )

    @cached_property
    def ends_open(self) -> bool:
        """Whether its last line of running text breaks off in the middle of a sentence."""
        line = self.last_running_line
        if line is None or self.signed:
            return False
        full = line.box.left < 0.35 * self.seen.width and line.box.right > 0.75 * self.seen.width
        if not full or line.box.bottom < 0.7 * self.seen.height:
            return False
        return line.text.rstrip()[-1:] not in patterns.TERMINATED

    @cached_property
    def signed(self) -> bool:
        """Whether it has a signature block, or the words before one."""
        return any(
            line.box.top > 0.3 * self.seen.height and patterns.SIGNED.search(line.folded)
            for line in self.seen.lines
        )

    @cached_property
    def formally_ended(self) -> bool:
        """Whether its text ends in "./." as official documents do."""
        return any(patterns.FORMAL_END.search(line.folded[-12:]) for line in self.seen.lines)

    @cached_property
    def is_separator(self) -> bool:
        """Whether it is a separator: a sheet with a code and few words that is put between papers."""
        return bool(self.reading.codes) and self.words <= FEW_WORDS

    @cached_property
    def words(self) -> int:
        return sum(len(line.words) for line in self.seen.lines)

    @cached_property
    def opening(self) -> frozenset[str]:
        """The words of its first lines, folded; no numbers."""
        return frozenset(patterns.WORD.findall("\n".join(line.folded for line in self.body[:OPENING_LINES])))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Its words of two letters or more, folded; no numbers."""
        return frozenset(patterns.WORD.findall("\n".join(line.folded for line in self.seen.lines)))

    def upper(self, share: float) -> tuple[Line, ...]:
        """The lines that begin in this share of the page from the top."""
        return tuple(line for line in self.seen.lines if line.box.top < share * self.seen.height)

    # ---- issuing acts, annexes, model forms

    @cached_property
    def is_act(self) -> bool:
        """Whether it begins an official document of the kinds that annexes are attached to."""
        if self.symbol and patterns.ACT_SUFFIX.match(self.symbol):
            return True
        return any(
            line.capitals >= CAPITALS and patterns.ACT_TITLE.match(line.folded)
            for line in self.upper(TITLE_ZONE)
        )

    @cached_property
    def announces(self) -> bool:
        """Whether its text says that something is attached to it."""
        return bool(patterns.ANNOUNCED.search(" ".join(line.folded for line in self.seen.lines)))

    @cached_property
    def annex(self) -> Annex | None:
        """How it calls itself an annex near its head, if it does."""
        lines = self.upper(ANNEX_ZONE)
        for kind, pattern in _ANNEX_PATTERNS:
            for line in lines:
                names = len(line.words) < LONG_LINE or line.capitals >= CAPITALS or kind == "attached"
                if names and pattern.search(line.folded):
                    return Annex(kind, line.folded)
        return None

    @cached_property
    def is_attachment(self) -> bool:
        """Whether its heading is one of attachments (danh sách, quy chế …), without a national head."""
        return (
            self.heading is not None
            and not self.has_motto
            and bool(patterns.ATTACHMENT.match(self.heading.folded))
        )

    @cached_property
    def has_placeholder(self) -> bool:
        """Whether its head has a placeholder in the place of an agency's name."""
        return forms.has_placeholder(self.upper(HEAD_ZONE))

    @cached_property
    def citation(self) -> Citation | None:
        """The act that it says it is attached to."""
        return citation_in(self.upper(ANNEX_ZONE))

    @cached_property
    def blanks(self) -> float:
        """How much it looks like a form that nobody filled in, 0 to 1."""
        return forms.open_form(self.seen, self.upper(HEAD_ZONE))

    @cached_property
    def filled(self) -> float:
        """How much it looks like a form that somebody filled in, 0 to 1."""
        return forms.filled_form(self.seen, self.reading)

    @cached_property
    def answered(self) -> float:
        """How much it looks like a form that was typed, 0 to 1."""
        return forms.typed_form(self.seen)

    # ---- the sheet

    @cached_property
    def left_margin(self) -> float:
        """Where most lines begin, in points; 0 on a page without lines."""
        return median([line.box.left for line in self.seen.lines]) if self.seen.lines else 0.0


def _is_running(line: Line) -> bool:
    """Whether a line is one of running text: long, not in capitals, and not of a paper's head."""
    return (
        len(line.words) >= LONG_LINE
        and line.capitals < CAPITALS
        and not is_national_head(line.folded)
        and not patterns.DATED.search(line.folded)
    )


_ANNEX_PATTERNS: tuple[tuple[AnnexKind, re.Pattern[str]], ...] = (
    ("appendix", patterns.APPENDIX),
    ("attached", patterns.ATTACHED),
    ("model", patterns.MODEL),
)
