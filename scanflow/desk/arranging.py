"""What follows from a layout of pages in papers: where papers begin, and what is said of which."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanflow.ledger.decisions import NOTHING, Decisions

ABOUT_PAPER = ("type", "row", "attested_by", "attested_at")
"""Fields of the decision about a paper's first page that are about the whole paper."""

_ATTESTED = ("attested_by", "attested_at")


def about_papers(
    papers: Sequence[Sequence[int]], before: Sequence[Sequence[int]], decisions: Decisions
) -> dict[int, Mapping[str, Any]]:
    """The changes of decisions, by page number, that make the pages `papers` that were `before`.

    Papers that stay as they are are not named. A paper gets what was said of that one before with which it
    has most pages in common; that each page of it was compared with the original only if that is so.
    """
    changed = [list(paper) for paper in papers if paper and list(paper) not in [list(old) for old in before]]
    compared = {no for old in before for no in old if decisions.get(old[0], NOTHING).attested_by is not None}
    found: dict[int, Mapping[str, Any]] = {}
    for paper, heir in zip(changed, _heirs(changed, before), strict=True):
        said = dict.fromkeys(ABOUT_PAPER)
        if heir is not None:
            of_heir = decisions.get(heir[0], NOTHING)
            said = {name: getattr(of_heir, name) for name in ABOUT_PAPER}
        if not set(paper) <= compared:
            said |= dict.fromkeys(_ATTESTED)
        for no in paper:
            first = no == paper[0]
            found[no] = {"begins": first, **(said if first else dict.fromkeys(ABOUT_PAPER))}
    return found


def _heirs(papers: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[Sequence[int] | None]:
    """For each paper the one from before that it goes on; each of those is gone on by one paper at most."""
    common = [
        (len(set(paper) & set(old)), at, was)
        for at, paper in enumerate(papers)
        for was, old in enumerate(before)
    ]
    heirs: list[Sequence[int] | None] = [None] * len(papers)
    taken: set[int] = set()
    for count, at, was in sorted(common, key=lambda each: (-each[0], each[1], each[2])):
        if count and heirs[at] is None and was not in taken:
            heirs[at] = before[was]
            taken.add(was)
    return heirs
