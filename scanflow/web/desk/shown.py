"""Prepares what the desk knows about a stack for the templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scanflow.classify.profiles import Profiles
from scanflow.desk.stack_view.view_model import DeskDossier, DeskPage, DeskPaper, Severity, StackView
from scanflow.model import ChecklistItem

_GRAVEST_FIRST: tuple[Severity, ...] = ("stop", "warning", "note")

RowState = Literal["there", "missing", "optional"]


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """A row of a checklist: `name` as published, `title` what the paper is called in short.

    `papers` are those of this stack, `held` how many the dossier holds already.
    """

    name: str
    title: str
    state: RowState
    count: int
    papers: tuple[DeskPaper, ...] = ()
    held: int = 0

    @property
    def found(self) -> int:
        return len(self.papers) + self.held


@dataclass(frozen=True, slots=True)
class Ticked:
    """A dossier's checklist: its rows and the papers that no row asks for."""

    rows: tuple[ChecklistRow, ...]
    extra: tuple[DeskPaper, ...]

    @property
    def missing(self) -> int:
        return sum(row.state == "missing" for row in self.rows)


def all_pages(view: StackView) -> Iterator[DeskPage]:
    """All pages of a stack, in the order in which the page shows them."""
    for dossier in view.dossiers:
        for paper in dossier.papers:
            yield from paper.pages
    yield from view.waiting
    yield from view.aside


def chosen_page(view: StackView, wanted: int | None) -> int | None:
    """The page to be shown large: the wanted one, or what was scanned in its place; else the first."""
    pages = {page.no: page for page in all_pages(view)}
    seen: set[int | None] = set()
    while wanted in pages and wanted not in seen:
        seen.add(wanted)
        replaced_by = pages[wanted].replaced_by
        if replaced_by is None or replaced_by not in pages:
            return wanted
        wanted = replaced_by
    return next(iter(pages), None)


def worst(page: DeskPage) -> Severity | None:
    """The most severe verdict on a page."""
    said = {verdict.severity for verdict in page.verdicts} | ({"stop"} if page.state == "bad" else set())
    return next((severity for severity in _GRAVEST_FIRST if severity in said), None)


def is_doubtful(paper: DeskPaper) -> bool:
    """Whether a verdict on the whole paper asks a person to look at it."""
    return any(verdict.severity != "note" for verdict in paper.verdicts)


def doubtful_pages(view: StackView) -> set[int]:
    """The numbers of the pages that a person should look at; of a doubtful paper its first."""
    papers = [paper for dossier in view.dossiers for paper in dossier.papers]
    own = {page.no for page in all_pages(view) if worst(page) in ("stop", "warning")}
    return own | {paper.pages[0].no for paper in papers if is_doubtful(paper)}


def number(view: StackView) -> str:
    """The dossier numbers that a stack goes to as far as they are known; what was typed where none is."""
    found = list(dict.fromkeys(dossier.number for dossier in view.dossiers if dossier.number))
    if not found:
        return view.number or ""
    return found[0] if len(found) == 1 else f"{found[0]} +{len(found) - 1}"


def applicants(view: StackView) -> str:
    """The applicants' names, as the papers say; empty where they don't."""
    return ", ".join(dict.fromkeys(dossier.applicant for dossier in view.dossiers if dossier.applicant))


def procedure_name(profiles: Profiles, view: StackView) -> str:
    """The stack's procedure: the one that was chosen, else the one that its papers tell."""
    chosen = profiles.procedures.get(view.procedure or "")
    if chosen:
        return chosen.name
    return next((dossier.procedure_name for dossier in view.dossiers if dossier.procedure_name), "")


def ticked(dossier: DeskDossier) -> Ticked | None:
    """A dossier's checklist as rows; None where no procedure is known."""
    checklist = dossier.checklist
    if checklist is None:
        return None
    papers = {paper.first: paper for paper in dossier.papers}
    rows = tuple(_row(item, papers) for item in checklist.items)
    extra = tuple(papers[no] for no in checklist.extra if no in papers)
    return Ticked(rows, extra)


def reason(paper: DeskPaper) -> tuple[str, str] | None:
    """Why a paper meets its row: a key of the words `why.…`, and what was found on the paper."""
    if paper.chosen:
        return ("chosen", "")
    for each in (each for match in paper.rows for each in match.evidence):
        if each.cue.startswith(("title of the row", "form number")):
            return (each.cue.split()[0], each.found)
    if paper.because is None:
        return None
    sign = paper.because.cue.split(":", 1)[0]
    return (sign, paper.because.found) if sign in _SIGNS and paper.because.found else None


_SIGNS = ("title", "head", "form")
"""Evidence of a type that begins with one of these is printed on the paper, so a clerk can look at it."""


def missing_count(view: StackView) -> int:
    """How many rows of all checklists are still missing something."""
    return sum(each.missing for each in map(ticked, view.dossiers) if each)


def unattested(view: StackView) -> int:
    """How many papers nobody has compared with the original."""
    return sum(paper.attested is None for dossier in view.dossiers for paper in dossier.papers)


def _row(item: ChecklistItem, papers: dict[int, DeskPaper]) -> ChecklistRow:
    here = tuple(papers[no] for no in item.documents if no in papers)
    state: RowState = "missing" if item.missing else "there" if item.documents or item.held else "optional"
    return ChecklistRow(item.name, item.title or item.name, state, item.count, here, item.held)
