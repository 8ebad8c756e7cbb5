"""A stack of pages cut into papers: a page with a title of its own begins one, any other continues.

The stack is read once from front to back; what was decided for the pages before a page says what may
continue on it. A wrong cut is worse than a paper of unknown type, so a page is cut off only where
something on it, or the end of the paper before it, says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanflow.classify.known_papers import knowledge_for
from scanflow.classify.page_view import PageView, view
from scanflow.classify.profiles import DocumentType, Profiles, Side
from scanflow.classify.titles import Candidate, classify_view, title_line
from scanflow.model import UNKNOWN_TYPE, Evidence, PageReading, Paper

MIN_CONFIDENCE = 0.6
# A paper whose page shows no title may be cut off by other signs of a type only if they are this strong.
SURE_WITHOUT_TITLE = 0.75
# One side of a card has fewer words than this; any page of text has more.
CARD_WORDS = 90

_PAGE_OF = re.compile(r"^\W*trang\s*(?:so\s*)?:?\s*(\d{1,3})(?:\s*(?:/|tren|cua)\s*\d{1,3})?\W*$")
_PAGE_NUMBER = re.compile(r"^\W{0,3}(\d{1,3})(?:\s*/\s*\d{1,3})?\W{0,3}$")
_END = re.compile(r"^\W*(?:ky,? ?(?:va )?ghi ro ho|noi nhan\b|(?:tm|kt|tl|tuq|q)\. )|\./\.\W*$")
# An annex (phụ lục) has a title of its own and belongs to the paper before it all the same.
_ANNEX = re.compile(r"^\W*phu luc\b|\bkem theo\b")


@dataclass(frozen=True, slots=True)
class _Page:
    """What one page says about itself."""

    index: int
    seen: PageView
    ranked: list[Candidate]
    number: int | None

    @property
    def best(self) -> Candidate | None:
        return self.ranked[0] if self.ranked else None

    @property
    def titled(self) -> bool:
        return self.best is not None and self.best.top is not None


def separate(
    readings: Sequence[PageReading],
    borders: Mapping[int, bool],
    profiles: Profiles,
    *,
    procedure: str | None = None,
    min_confidence: float = MIN_CONFIDENCE,
) -> list[Paper]:
    """Cut a batch into papers (giấy tờ) and say what each is.

    `readings` are the batch's pages in order without the blank ones. `borders` says of an index for certain
    whether a paper begins there: at a multi-page file's first page, or where a person said so or not. Every
    page is in exactly one of the papers, which come in order. A type surer than `min_confidence` is given,
    else `unknown`; the evidence names the batch's page. `procedure` (a root code) breaks ties in favour of
    what it asks for. What stands in the papers is read behind it: `scanflow.classify.fields.with_fields`.
    """
    likely = _likely(profiles, procedure)
    pages = [_look(index, reading, profiles, likely) for index, reading in enumerate(readings)]
    groups: list[list[_Page]] = []
    reasons: list[str] = []
    for page in pages:
        why = _cut(groups[-1], page, borders, profiles, min_confidence) if groups else "the batch"
        if why:
            groups.append([page])
            reasons.append(why)
        else:
            groups[-1].append(page)
    papers = [_paper(group, why, min_confidence) for group, why in zip(groups, reasons, strict=True)]
    knowledge = knowledge_for(profiles, profiles.procedures.get(procedure) if procedure else None)
    return [
        knowledge.complete(paper, [page.seen for page in group])
        for paper, group in zip(papers, groups, strict=True)
    ]


def receipt_pages(
    readings: Sequence[PageReading], profiles: Profiles, *, min_confidence: float = MIN_CONFIDENCE
) -> list[int]:
    """Indices of the pages that begin a receipt (giấy tiếp nhận): each begins a new dossier's stack."""
    pages = [_look(index, reading, profiles, frozenset()) for index, reading in enumerate(readings)]
    return [
        page.index
        for page in pages
        if page.best
        and page.best.type in profiles.receipts
        and page.titled
        and page.best.confidence >= min_confidence
    ]


def _likely(profiles: Profiles, code: str | None) -> frozenset[str]:
    procedure = profiles.procedures.get(code) if code else None
    if procedure is None:
        return frozenset()
    asked = {kind for row in procedure.required for kind in row.types}
    return frozenset(asked | set(procedure.results) | set(procedure.intake))


def _look(index: int, reading: PageReading, profiles: Profiles, likely: frozenset[str]) -> _Page:
    seen = view(reading)
    return _Page(index, seen, classify_view(seen, profiles, page=index, likely=likely), page_number(seen))


def page_number(seen: PageView) -> int | None:
    """The page number printed at the head or foot of a page, if it prints one."""
    edge = [
        line for line in seen.lines if line.box.bottom < 0.1 * seen.height or line.box.top > 0.9 * seen.height
    ]
    for pattern in (_PAGE_OF, _PAGE_NUMBER):
        for line in edge:
            if match := pattern.match(line.folded):
                return int(match[1])
    return None


def _cut(
    before: Sequence[_Page],
    page: _Page,
    borders: Mapping[int, bool],
    profiles: Profiles,
    min_confidence: float,
) -> str:
    """Why `page` begins a new paper after the pages of the paper `before`; empty if it continues it."""
    if page.index in borders:
        return "a certain border" if borders[page.index] else ""
    current = _known(before[0], profiles, min_confidence)
    own = _known(page, profiles, min_confidence)
    if own is not None and own.layout == "card":
        return _cut_card(before, page, current, own)
    if page.number is not None and page.number > 1 and page.number == (before[-1].number or len(before)) + 1:
        return ""
    if page.seen.motto is not None:
        return "the national head"
    if own is not None and page.titled and not _continues_text(before[-1].seen, page.seen):
        return "a title"
    return _cut_untitled(before, page, current, own)


def _cut_untitled(
    before: Sequence[_Page], page: _Page, current: DocumentType | None, own: DocumentType | None
) -> str:
    """Why a page without a known title begins a paper all the same; empty if it doesn't."""
    if current is not None and current.layout == "card" and current.max_pages:
        return "" if _is_other_side(before, page, current) else "the end of a card"
    if current is not None and current.max_pages is not None and len(before) >= current.max_pages:
        return "the end of a paper that is full"
    if _continues_text(before[-1].seen, page.seen):
        return ""
    if own is not None and own is not current and page.best and page.best.confidence >= SURE_WITHOUT_TITLE:
        return "signs of another type"
    open_ended = current is not None and current.role != "receipt"
    if open_ended and not _ended(before[-1].seen):
        return ""
    return "a title line" if _stands_alone(page.seen) else ""


def _cut_card(before: Sequence[_Page], page: _Page, current: DocumentType | None, own: DocumentType) -> str:
    """Two sides of one card stay together; drawings are one set, as many sheets as it has."""
    if current is not own:
        return "a card" if own.max_pages else "a drawing"
    if own.max_pages is None or _is_other_side(before, page, own):
        return ""
    return "another card"


def _is_other_side(before: Sequence[_Page], page: _Page, card: DocumentType) -> bool:
    """Whether a page is the side of a card that the pages before lack; a card bears few words."""
    had = frozenset[Side]().union(*(p.best.sides for p in before if p.best))
    mine = page.best.sides if page.best and page.best.type == card.id else frozenset()
    few = sum(len(line.words) for line in page.seen.lines) <= CARD_WORDS
    return len(before) < (card.max_pages or 1) and len(had) == 1 and not mine & had and few


def _known(page: _Page, profiles: Profiles, min_confidence: float) -> DocumentType | None:
    best = page.best
    return profiles.types[best.type] if best and best.confidence >= min_confidence else None


def _continues_text(before: PageView, after: PageView) -> bool:
    """Whether the running text of one page goes on in the middle of a sentence on the next."""
    body = [line for line in after.lines if not _PAGE_NUMBER.match(line.folded)]
    tail = [line for line in before.lines if not _PAGE_NUMBER.match(line.folded)]
    if not body or not tail:
        return False
    first, last = body[0].text.lstrip(), tail[-1].text.rstrip()
    return first[:1].islower() and last[-1:] not in ".;:!?/" and len(last.split()) > 3


def _ended(seen: PageView) -> bool:
    """Whether a page has a signature block: the paper probably ends there."""
    return any(line.box.top > 0.3 * seen.height and _END.search(line.folded) for line in seen.lines)


def _stands_alone(seen: PageView) -> bool:
    """Whether a page opens with a title line of a kind that no profile knows, and is no annex."""
    found = title_line(seen)
    if found is None or found[0].box.top > 0.3 * seen.height:
        return False
    return not any(line.box.top < 0.4 * seen.height and _ANNEX.search(line.folded) for line in seen.lines)


def _paper(
    group: Sequence[_Page],
    why: str,
    min_confidence: float,
) -> Paper:
    pages = tuple(page.index for page in group)
    first = group[0]
    begins = Evidence(f"begins with {why}", "", 1.0, first.index)
    if first.best is None or first.best.confidence < min_confidence:
        found = title_line(first.seen)
        return Paper(
            pages,
            UNKNOWN_TYPE,
            round(first.best.confidence, 3) if first.best else 0.0,
            (begins, *(first.best.evidence if first.best else ())),
            found[0].text if found and found[0].box.top < 0.5 * first.seen.height else "",
        )
    evidence = (begins, *first.best.evidence)
    return Paper(pages, first.best.type, round(first.best.confidence, 3), evidence, first.best.title)
