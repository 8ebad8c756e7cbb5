"""Which papers a batch's pages make: what the classifier finds, unless a person decided otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import is_doubtful, separate
from scanflow.classify.stack_memory import StackMemory
from scanflow.ledger.decisions import NOTHING, Decisions
from scanflow.ledger.records import PlacedPage
from scanflow.model import UNKNOWN_TYPE, Evidence, Paper, RowMatch
from scanflow.pipeline.filing.placing import find_placing
from scanflow.pipeline.services import Services

DOUBTFUL_BORDER = "doubtful border"
"""The evidence's cue where it was not clear that a paper begins (`cut`) or goes on (`joint`) at a page."""

CHOSEN = "chosen by a person"
"""The evidence's cue where a person set a paper's type."""

FOUND = "found by the program"
"""The evidence's cue for what the program had found there; figures count from it how often it was right."""


def find_papers(
    services: Services,
    pages: Sequence[PlacedPage],
    decisions: Decisions,
    procedure: str | None,
    memory: StackMemory | None = None,
) -> list[Paper]:
    """The papers of pages in their final order; a paper's page indices are into `pages`.

    A signed file is one paper, whatever its content. `procedure` breaks ties. `memory` has results for these
    pages from an earlier call.
    """
    readings = [page.reading for page in pages]
    types, least = services.profiles.types, services.settings.classify.min_field_confidence
    found = separate(
        readings,
        _certain_borders(pages, decisions),
        services.profiles,
        procedure=procedure,
        min_confidence=services.settings.classify.min_confidence,
        placing=find_placing([page.no for page in pages]),
        memory=memory,
    )
    decided = [_as_decided(paper, pages, decisions, services.profiles) for paper in found]
    return [with_fields(paper, readings, types, least, memory) for paper in decided]


def with_doubtful_borders(paper: Paper) -> Paper:
    """The paper with its doubtful borders added to the evidence, by its own pages (from 0)."""
    doubts = tuple(
        Evidence(DOUBTFUL_BORDER, "joint" if place else "cut", round(border.chance, 3), place)
        for place, border in enumerate(paper.borders)
        if is_doubtful(border)
    )
    return replace(paper, evidence=paper.evidence + doubts)


def _as_decided(paper: Paper, pages: Sequence[PlacedPage], decisions: Decisions, profiles: Profiles) -> Paper:
    """The paper with the type or row that a person gave it, and whether it was compared with its original."""
    decision = decisions.get(pages[paper.pages[0]].no, NOTHING)
    paper = replace(paper, attested=decision.attested)
    if decision.row is None and decision.type in (None, paper.type):
        return paper
    kind = profiles.types.get(decision.type or "")
    said = Evidence(CHOSEN, decision.row or decision.type or "", 1.0, paper.pages[0])
    return replace(
        paper,
        type=decision.type if decision.type and kind else UNKNOWN_TYPE,
        kind=kind.kind if kind else paper.kind if decision.row else "",
        # Without a row of the person's choice the list is met by the type that the person chose.
        rows=(RowMatch(decision.row, 1.0, (said,)),) if decision.row else (),
        confidence=1.0,
        evidence=decided_evidence(paper.evidence, paper.type, paper.confidence, said),
    )


def decided_evidence(
    before: Sequence[Evidence], type: str, confidence: float, said: Evidence
) -> tuple[Evidence, ...]:
    """The evidence of a paper that a person decided: why it begins there, the decision, and what the program
    had found before any decision. `type` and `confidence` are those before this decision.
    """
    found = next((each for each in before if each.cue == FOUND), None)
    if found is None and all(each.cue != CHOSEN for each in before):
        found = Evidence(FOUND, type, confidence, said.page)
    return (*before[:1], said, *([found] if found else ()))


def _certain_borders(pages: Sequence[PlacedPage], decisions: Decisions) -> dict[int, bool]:
    """Where a paper begins for certain, and where it doesn't. A person's decision takes precedence over the
    borders of files; no decision can cut a signed file or join another to it.
    """
    said = {index: decisions.get(page.no, NOTHING).begins for index, page in enumerate(pages)}
    wanted = {index: begins for index, begins in said.items() if begins is not None}
    return dict.fromkeys(_certain_starts(pages), True) | wanted | _signed_borders(pages)


def _signed_borders(pages: Sequence[PlacedPage]) -> dict[int, bool]:
    """A paper begins with a signed file and behind it, and nowhere within."""
    return {
        index: page.file_id != before.file_id
        for index, (before, page) in enumerate(pairwise(pages), start=1)
        if before.signed or page.signed
    }


def _certain_starts(pages: Sequence[PlacedPage]) -> set[int]:
    """Indices at which a paper begins for certain: a file of several pages begins or ends, or a signed one.

    Files of one page each are what a scanner leaves of one paper as well as of several.
    """
    return {
        index
        for index in range(1, len(pages))
        if pages[index - 1].file_id != pages[index].file_id and (pages[index - 1].alone or pages[index].alone)
    }
