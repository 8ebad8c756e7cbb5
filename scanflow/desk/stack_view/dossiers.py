"""Which papers of a stack go to which dossier, and what each dossier then has and lacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from scanflow.classify.checklist import RowsMet, build_checklist, infer_procedure
from scanflow.classify.cross_checks import disagreements
from scanflow.classify.profiles import Procedure
from scanflow.classify.stack_memory import StackMemory
from scanflow.clock import date_in_vietnam
from scanflow.desk.stack_view import verdicts
from scanflow.desk.stack_view.already_held import find_held
from scanflow.desk.stack_view.slips import first_name
from scanflow.desk.stack_view.view_model import DeskDossier, DeskPage, DeskPaper, Verdict
from scanflow.ledger.decisions import NOTHING, Decisions
from scanflow.ledger.records import BatchRecord, PlacedPage
from scanflow.model import Checklist, Dossier, Paper
from scanflow.pipeline.filing import numbering
from scanflow.pipeline.filing.papers import CHOSEN, find_papers
from scanflow.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class StackData:
    """What papers and dossiers of a stack are derived from, as read in one transaction.

    `shown` are the pages as the clerk sees them, `checksums` those of the captured bytes; both by number.
    `memory` is what was found out about the pages when the stack was last looked at.
    """

    services: Services
    connection: Connection
    batch: BatchRecord
    placed: Sequence[PlacedPage]
    decisions: Decisions
    shown: Mapping[int, DeskPage]
    checksums: Mapping[int, str]
    memory: StackMemory

    def dossier(self, assignment: numbering.Assignment | None, papers: Sequence[Paper]) -> DeskDossier:
        """The dossier that papers go to, as far as it is known."""
        profiles = self.services.profiles
        number = assignment.number if assignment else None
        value = number.value if number else None
        own = value is not None and self.owner(value) == self.batch.agency
        there = self.services.catalog.dossier(value, self.connection) if value and own else None
        inferred = infer_procedure(papers, profiles)
        code = (
            self.batch.procedure_code
            or (there.procedure_code if there else None)
            or (inferred[0] if inferred else None)
        )
        procedure = profiles.procedure(code, date_in_vietnam(self.batch.created_at))
        titles = {row.id: row.title for row in procedure.required} if procedure else {}
        shown = self._with_disagreements(papers, tuple(self._paper(each, value, titles) for each in papers))
        return DeskDossier(
            number=value,
            source=number.source if number else None,
            known=there is not None,
            procedure=code,
            procedure_name=procedure.name if procedure else "",
            papers=shown,
            checklist=self._checklist(procedure, there, shown),
            applicant=first_name(((paper.type, paper.fields) for paper in papers), profiles),
        )

    def before(self, no: int) -> int | None:
        """The number of the page that lies before page `no` in the stack."""
        numbers = [page.no for page in self.placed]
        place = numbers.index(no)
        return numbers[place - 1] if place else None

    def owner(self, number: str) -> str | None:
        """Whose dossier this is; None if it isn't there."""
        return self.services.catalog.agency_of_dossier(number, self.connection)

    def _checklist(
        self, procedure: Procedure | None, dossier: Dossier | None, papers: Sequence[DeskPaper]
    ) -> Checklist | None:
        if procedure is None:
            return None
        held = dossier.documents if dossier else ()
        return build_checklist(
            procedure,
            [(paper.first, paper.type) for paper in papers],
            held=[document.type for document in held],
            met=RowsMet({paper.first: paper.rows for paper in papers}, [document.rows for document in held]),
            on=date_in_vietnam(self.batch.created_at),
        )

    def _with_disagreements(
        self, papers: Sequence[Paper], shown: tuple[DeskPaper, ...]
    ) -> tuple[DeskPaper, ...]:
        """The papers, each with its contradictions to others: they are shown, and change nothing else."""
        found = disagreements(papers, self.services.settings.classify.min_field_confidence)
        names = [paper.name or paper.title for paper in shown]
        return tuple(
            replace(
                paper,
                verdicts=(
                    *paper.verdicts,
                    *(verdicts.disagreeing(each, names) for each in found if place in each.papers),
                ),
            )
            for place, paper in enumerate(shown)
        )

    def _paper(self, paper: Paper, number: str | None, titles: Mapping[str, str]) -> DeskPaper:
        """A paper as the desk shows it. `titles` are those of the procedure's rows, by id."""
        pages = [self.placed[index] for index in paper.pages]
        kind = self.services.profiles.types.get(paper.type)
        held = find_held(
            self.services.store,
            self.connection,
            self.batch.agency,
            paper,
            checksums=[self.checksums[page.no] for page in pages],
            fingerprints=[page.reading.fingerprint for page in pages],
            number=number,
        )
        first = pages[0].no
        # The evidence's first entry says why a paper begins here, what follows why it is of its type.
        why = paper.evidence[1] if len(paper.evidence) > 1 else None
        met = [titles[match.row] for match in paper.rows if match.row in titles]
        return DeskPaper(
            first=first,
            type=paper.type,
            name=kind.name if kind else met[0] if met else "",
            confidence=paper.rows[0].chance if met and not kind else paper.confidence,
            chosen=any(evidence.cue == CHOSEN for evidence in paper.evidence),
            title=paper.title,
            found=f"{why.cue}: {why.found}" if why and why.found else "",
            pages=tuple(self.shown[page.no] for page in pages),
            because=why,
            kind=paper.kind,
            rows=paper.rows,
            attested=self.decisions.get(first, NOTHING).attested,
            verdicts=(
                *verdicts.of_paper(paper),
                *verdicts.doubtful_borders(paper, [page.no for page in pages], self.before(first)),
                *([verdicts.signed()] if pages[0].signed else []),
                *(verdicts.held(place) for place in held),
            ),
        )


def find_dossiers(data: StackData) -> tuple[tuple[DeskDossier, ...], list[Verdict]]:
    """The dossiers of a stack with their papers, and what prevents filing them.

    Papers whose dossier nobody knows stand in one without a number.
    """
    batch = data.batch
    papers = find_papers(data.services, data.placed, data.decisions, batch.procedure_code, data.memory)
    if not papers:
        return (), [Verdict("empty", "stop", "there is nothing to file", "Chưa có trang nào để lưu.")]
    decided = numbering.assign(
        papers,
        [page.reading for page in data.placed],
        batch.clerk_number,
        numbering.NumberRules(data.services.settings.codes.dossier_grammars, data.services.profiles.receipts),
        lambda number: data.owner(number) == batch.agency,
    )
    if isinstance(decided, numbering.Unassigned):
        text, text_vi = numbering.REASONS[decided.reason]
        return (data.dossier(None, papers),), [Verdict(decided.reason, "stop", text, text_vi)]
    dossiers = tuple(data.dossier(each, [papers[index] for index in each.papers]) for each in decided)
    return dossiers, [*_refused(data, dossiers), *_other_number(batch.clerk_number, dossiers)]


def _refused(data: StackData, dossiers: Sequence[DeskDossier]) -> Iterator[Verdict]:
    """The problem of a number that another agency's dossier has. The message does not tell that reason."""
    if any(
        dossier.number and data.owner(dossier.number) not in (None, data.batch.agency) for dossier in dossiers
    ):
        text, text_vi = numbering.REASONS[numbering.NUMBER_REFUSED]
        yield Verdict(numbering.NUMBER_REFUSED, "stop", text, text_vi)


def _other_number(clerk_number: str | None, dossiers: Sequence[DeskDossier]) -> Iterator[Verdict]:
    """A notice where a receipt's code has another number than the clerk typed: the code counts."""
    numbers = [dossier.number for dossier in dossiers if dossier.number]
    if clerk_number and clerk_number not in numbers:
        told = ", ".join(numbers)
        yield Verdict(
            "other-number",
            "warning",
            f"the receipt's code says {told}, not {clerk_number}: that is where it will be filed",
            f"Mã QR trên giấy tiếp nhận là {told}, khác mã đã nhập {clerk_number}. "
            f"Giấy tờ sẽ được lưu vào {told}.",
        )
