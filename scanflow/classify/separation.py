"""A stack of pages cut into papers, each with its type.

Borders that a person or a file states are certain. For every other border many signals (page numbers, heads,
titles, running text, annexes, the sides of a card, the scan itself) are weighed to a chance that a paper
begins there (`borders.cut_chance`). The stack is cut where that is more likely than not; a chance
near a half is given with the paper, so that a person can be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from scanflow.classify.borders.border_context import UNKNOWN_PLACING, Placing
from scanflow.classify.borders.cut_chance import Cutting, StackToCut, shipped_weights
from scanflow.classify.borders.page_facts import PageFacts
from scanflow.classify.code_signs import with_codes
from scanflow.classify.known_papers import knowledge_for
from scanflow.classify.learned.learned_types import with_learned
from scanflow.classify.page_view import PageView, view
from scanflow.classify.profiles import DocumentType, Profiles, types_asked_for
from scanflow.classify.seal_signs import seal_sign, with_seal
from scanflow.classify.stack_memory import StackMemory
from scanflow.classify.titles import MAX_CONFIDENCE, Candidate, classify_view, title_line
from scanflow.model import UNKNOWN_TYPE, Border, Evidence, PageReading, Paper

# Confidence from which on a paper is given a type, where the caller names no other.
MIN_CONFIDENCE = 0.6
# A border whose chance lies between these is doubtful: a person should look. So are all eight wrong borders
# of the stacks in docs/benchmarks.md.
DOUBTFUL = (0.15, 0.85)


def separate(  # noqa: PLR0913 - what a caller may know besides the readings, by keyword
    readings: Sequence[PageReading],
    borders: Mapping[int, bool],
    profiles: Profiles,
    *,
    procedure: str | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    placing: Placing = UNKNOWN_PLACING,
    memory: StackMemory | None = None,
) -> list[Paper]:
    """Cut a batch into papers (giấy tờ) and say what each is.

    `readings` are the batch's pages in order without the blank ones; `placing` says how these lay among
    blank sides. `borders` says of an index for certain whether a paper begins there: at a multi-page file's
    first page, or where a person said so or not. Every page is in exactly one of the papers, which come in
    order. A type surer than `min_confidence` is given, else `unknown`; the evidence names the batch's page.
    `procedure` (a root code) breaks ties in favour of what it asks for. `memory` holds what was found out
    about the pages before. The fields of the papers are read afterwards:
    `scanflow.classify.fields.with_fields`.
    """
    likely = types_asked_for(profiles, procedure)
    memory = memory or StackMemory()
    pages = [
        _remembered_facts(memory, index, reading, profiles, likely) for index, reading in enumerate(readings)
    ]
    stack = StackToCut(pages, [known_type(page, profiles, min_confidence) for page in pages], placing)
    cutting = Cutting(stack, borders, shipped_weights())
    asked = profiles.procedures.get(procedure) if procedure else None
    knowledge = memory.recall("knowledge", (profiles, asked), lambda: knowledge_for(profiles, asked))
    return [
        knowledge.complete(
            _paper(cutting, range(start, end), profiles, min_confidence),
            [page.seen for page in pages[start:end]],
            memory,
        )
        for start, end in pairwise([*cutting.starts, len(pages)])
    ]


def is_doubtful(border: Border) -> bool:
    """Whether it is not clear enough that a paper begins there, or that none does."""
    return DOUBTFUL[0] < border.chance < DOUBTFUL[1]


def page_facts(index: int, reading: PageReading, profiles: Profiles, likely: frozenset[str]) -> PageFacts:
    """The facts of one page. `likely` are the types that the procedure asks for."""
    seen = view(reading)
    ranked = classify_view(seen, profiles, page=index, likely=likely)
    return PageFacts(index, reading, seen, with_codes(ranked, reading.codes, profiles, page=index))


def _remembered_facts(
    memory: StackMemory, index: int, reading: PageReading, profiles: Profiles, likely: frozenset[str]
) -> PageFacts:
    """As `page_facts`, from `memory` where the page was seen before, also at another index of its stack."""
    made_of = (reading, profiles)
    facts = memory.recall("facts", made_of, lambda: page_facts(index, reading, profiles, likely), likely)
    if facts.index != index:
        facts = facts.at(index)
        memory.keep("facts", made_of, facts, likely)
    return facts


def known_type(
    page: PageFacts, profiles: Profiles, min_confidence: float = MIN_CONFIDENCE
) -> DocumentType | None:
    best = page.best
    return profiles.types[best.type] if best and best.confidence >= min_confidence else None


# ---- papers


def sealed_type(best: Candidate | None, pages: Sequence[PageView], profiles: Profiles) -> Candidate | None:
    """The likeliest type of a paper, more likely where a seal on one of its pages supports it."""
    kind = profiles.kinds.get(profiles.types[best.type].kind) if best else None
    if best is None or kind is None:
        return best
    chance = with_seal(best.confidence, kind.group, seal_sign(pages))
    return replace(best, confidence=min(max(best.confidence, MAX_CONFIDENCE), chance))


def _paper(cutting: Cutting, pages: range, profiles: Profiles, min_confidence: float) -> Paper:
    borders = tuple(cutting.border(page) for page in pages)
    first = cutting.stack.pages[pages.start]
    best = with_learned(first.ranked, first.seen, profiles, page=first.index, min_confidence=min_confidence)
    best = sealed_type(best, [cutting.stack.pages[page].seen for page in pages], profiles)
    begins = Evidence(f"begins: {cutting.why(borders[0])}", "", borders[0].chance, first.index)
    if best is None or best.confidence < min_confidence:
        found = title_line(first.seen)
        return Paper(
            tuple(pages),
            UNKNOWN_TYPE,
            round(best.confidence, 3) if best else 0.0,
            (begins, *(best.evidence if best else ())),
            found[0].text if found and found[0].box.top < 0.5 * first.seen.height else "",
            borders=borders,
        )
    return Paper(
        tuple(pages),
        best.type,
        round(best.confidence, 3),
        (begins, *best.evidence),
        best.title,
        borders=borders,
    )
