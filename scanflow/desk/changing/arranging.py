"""The decisions that a new arrangement of pages in papers leads to: where papers begin, and what each is."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanflow.ledger.decisions import NOTHING, Decisions

ABOUT_PAPER = ("type", "row", "attested_by", "attested_at")
"""Fields of the decision about a paper's first page that are about the whole paper."""

_ATTESTED = ("attested_by", "attested_at")


def about_papers(
    papers: Sequence[Sequence[int]], before: Sequence[Sequence[int]], decisions: Decisions
) -> dict[int, Mapping[str, Any]]:
    """The changed decisions, by page number, that turn the papers `before` into `papers`.

    Each paper is the numbers of its pages. Papers that stay the same get no change. A changed paper takes
    over what a clerk decided about the earlier paper with which it shares most pages. It counts as compared
    with the original only if all of its pages do.
    """
    changed = [list(paper) for paper in papers if paper and list(paper) not in [list(old) for old in before]]
    compared = {no for old in before for no in old if decisions.get(old[0], NOTHING).attested_by is not None}
    found: dict[int, Mapping[str, Any]] = {}
    for paper, earlier in zip(changed, _predecessors(changed, before), strict=True):
        taken_over = dict.fromkeys(ABOUT_PAPER)
        if earlier is not None:
            of_earlier = decisions.get(earlier[0], NOTHING)
            taken_over = {name: getattr(of_earlier, name) for name in ABOUT_PAPER}
        if not set(paper) <= compared:
            taken_over |= dict.fromkeys(_ATTESTED)
        for no in paper:
            first = no == paper[0]
            found[no] = {"begins": first, **(taken_over if first else dict.fromkeys(ABOUT_PAPER))}
    return found


def _predecessors(
    papers: Sequence[Sequence[int]], before: Sequence[Sequence[int]]
) -> list[Sequence[int] | None]:
    """For each paper the earlier one whose decisions it takes over; no earlier paper is used twice."""
    common = [
        (len(set(paper) & set(old)), at, was)
        for at, paper in enumerate(papers)
        for was, old in enumerate(before)
    ]
    found: list[Sequence[int] | None] = [None] * len(papers)
    taken: set[int] = set()
    for count, at, was in sorted(common, key=lambda each: (-each[0], each[1], each[2])):
        if count and found[at] is None and was not in taken:
            found[at] = before[was]
            taken.add(was)
    return found
