"""Which papers a batch's pages make: what the classifier finds, and where a person said otherwise, that."""

from collections.abc import Sequence
from dataclasses import replace

from scanflow.classify.fields import read_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.model import UNKNOWN_TYPE, Evidence, Paper
from scanflow.pipeline.batch import PlacedPage
from scanflow.pipeline.decisions import NOTHING, Decisions
from scanflow.pipeline.services import Services

CHOSEN = "chosen by a person"
"""The evidence's cue where a person set a paper's type."""


def find_papers(
    services: Services, pages: Sequence[PlacedPage], decisions: Decisions, procedure: str | None
) -> list[Paper]:
    """The papers of pages that stand in the order in which they are wanted; their indices are into `pages`.

    A signed file is one paper, whatever stands in it. `procedure` breaks ties.
    """
    said = {index: decisions.get(page.no, NOTHING).begins for index, page in enumerate(pages)}
    wanted = {index: begins for index, begins in said.items() if begins is not None}
    found = separate(
        [page.reading for page in pages],
        dict.fromkeys(_certain_starts(pages), True) | wanted,
        services.profiles,
        procedure=procedure,
        min_confidence=services.settings.classify.min_confidence,
    )
    return [_as_decided(paper, pages, decisions, services.profiles) for paper in _signed_as_one(found, pages)]


def _signed_as_one(papers: Sequence[Paper], pages: Sequence[PlacedPage]) -> list[Paper]:
    joined: list[Paper] = []
    for paper in papers:
        first = pages[paper.pages[0]]
        if first.signed and joined and pages[joined[-1].pages[0]].file_id == first.file_id:
            joined[-1] = replace(joined[-1], pages=joined[-1].pages + paper.pages)
        else:
            joined.append(paper)
    return joined


def _as_decided(paper: Paper, pages: Sequence[PlacedPage], decisions: Decisions, profiles: Profiles) -> Paper:
    """The paper with the type that a person gave it, and whether it was compared with its original."""
    decision = decisions.get(pages[paper.pages[0]].no, NOTHING)
    paper = replace(paper, attested=decision.attested)
    if decision.type is None or decision.type == paper.type:
        return paper
    kind = profiles.types.get(decision.type)
    return replace(
        paper,
        type=decision.type if kind else UNKNOWN_TYPE,
        confidence=1.0,
        evidence=(*paper.evidence[:1], Evidence(CHOSEN, decision.type, 1.0, paper.pages[0])),
        fields=read_fields([pages[index].reading for index in paper.pages], kind) if kind else {},
    )


def _certain_starts(pages: Sequence[PlacedPage]) -> set[int]:
    """Indices at which a paper begins for certain: a file of several pages begins or ends, or a signed one.

    Files of one page each are what a scanner leaves of one paper as well as of several.
    """
    return {
        index
        for index in range(1, len(pages))
        if pages[index - 1].file_id != pages[index].file_id and (pages[index - 1].alone or pages[index].alone)
    }
