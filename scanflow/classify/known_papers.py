"""A paper's kind, and the rows of its procedure's list that it meets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scanflow.classify.kinds import UNKNOWN_KIND, KindIndex, PageKind, kind_of_page
from scanflow.classify.page_view import PageView
from scanflow.classify.profiles import Procedure, Profiles
from scanflow.classify.rows.listed_rows import RowIndex, row_index
from scanflow.classify.rows.row_scores import match_rows
from scanflow.classify.rows.row_words import common_words
from scanflow.classify.seal_signs import SealSign, seal_sign, with_seal
from scanflow.classify.stack_memory import StackMemory
from scanflow.classify.titles import MAX_CONFIDENCE
from scanflow.model import UNKNOWN_TYPE, Evidence, Paper, RowMatch, on_page

# A kind that is less likely than this is not given. No measurement is recorded.
MIN_KIND = 0.6


@dataclass(frozen=True)
class PaperKnowledge:
    """Kinds, and the rows of one procedure (None where it is unknown), prepared once for a batch."""

    profiles: Profiles
    kinds: KindIndex
    rows: RowIndex | None

    def complete(self, paper: Paper, views: Sequence[PageView], memory: StackMemory) -> Paper:
        """The paper with its kind and rows. `views` are its pages, in order."""
        page = paper.pages[0]
        found, rows, sign = memory.recall(
            "kind and rows", (self, *views), lambda: self._known(paper, views), paper.type, paper.confidence
        )
        found = replace(found, evidence=on_page(found.evidence, page))
        rows = tuple(replace(each, evidence=on_page(each.evidence, page)) for each in rows)
        evidence = (*paper.evidence, *_of_kind(found, paper.evidence))
        if sign is not None and (found.kind or paper.type != UNKNOWN_TYPE):
            evidence = (*evidence, sign.evidence(page))
        return replace(paper, kind=found.kind, rows=rows, evidence=evidence)

    def _known(
        self, paper: Paper, views: Sequence[PageView]
    ) -> tuple[PageKind, tuple[RowMatch, ...], SealSign | None]:
        """The paper's kind, by its first page and its seal; its rows, by these and what the others say."""
        first, sign = views[0], seal_sign(views)
        type = self.profiles.types.get(paper.type)
        found = (
            # A type's confidence already takes the seal into account.
            PageKind(type.kind, paper.confidence)
            if type and type.kind
            else sealed_kind(kind_of_page(first, self.kinds), self.kinds, sign)
        )
        if found.chance < MIN_KIND:
            found = UNKNOWN_KIND
        rows: tuple[RowMatch, ...] = ()
        if self.rows is not None and not (type and type.role in ("receipt", "intake")):
            known = "" if paper.type == UNKNOWN_TYPE else paper.type
            rows = match_rows(views, self.rows, type=known, kind=found.kind)
        return found, rows, sign


def sealed_kind(found: PageKind, kinds: KindIndex, sign: SealSign | None) -> PageKind:
    """A kind, more likely where a seal supports it."""
    if sign is None or not found.kind:
        return found
    chance = min(MAX_CONFIDENCE, with_seal(found.chance, kinds.group(found.kind), sign))
    return replace(found, chance=round(chance, 3))


def knowledge_for(profiles: Profiles, procedure: Procedure | None) -> PaperKnowledge:
    """What is needed for the papers of a batch of this procedure; None where it is unknown."""
    kinds = KindIndex(profiles.kinds)
    rows = None
    if procedure is not None:
        rows = row_index(procedure.required, common_words(), kinds, name=procedure.name, types=profiles.types)
    return PaperKnowledge(profiles, kinds, rows)


def _of_kind(found: PageKind, said: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence of a kind, unless the type's says the same."""
    there = {each.found for each in said}
    return tuple(replace(each, cue=f"kind: {each.cue}") for each in found.evidence if each.found not in there)
