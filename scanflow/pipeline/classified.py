"""Without an archive: a file's papers, each with type, kind and row, and what procedures they speak for."""

from dataclasses import dataclass

from scanflow.classify.checklist import infer_procedure
from scanflow.classify.page_view import view
from scanflow.classify.profiles import Procedure, Profiles
from scanflow.classify.proposals import Proposal, propose_procedures
from scanflow.classify.separation import separate
from scanflow.model import PageReading, Paper
from scanflow.pipeline.standalone import ReadFile


@dataclass(frozen=True, slots=True)
class ClassifiedPaper:
    """A paper and the numbers of its pages in the file; `row` is the name in the list of the row it meets."""

    pages: tuple[int, ...]
    paper: Paper
    row: str | None

    @property
    def chance(self) -> float | None:
        """How likely the row is: as matched, or as likely as the type that it asks for."""
        if self.row is None:
            return None
        return self.paper.rows[0].chance if self.paper.rows else self.paper.confidence


@dataclass(frozen=True, slots=True)
class ClassifiedFile:
    """A file's papers. `blank` are pages without print; no `proposals` where the procedure is known."""

    name: str
    procedure: str | None
    papers: tuple[ClassifiedPaper, ...]
    blank: tuple[int, ...]
    proposals: tuple[Proposal, ...]


def classify_file(
    read: ReadFile, profiles: Profiles, procedure: str | None, min_confidence: float
) -> ClassifiedFile:
    """Cut a read file into papers and say what each is. Pages that could not be read are left out.

    Without a procedure the one is taken that the papers themselves name, if they do.
    """
    readings = [(page.captured.no, page.reading) for page in read.pages]
    read_well = [(no, reading) for no, reading in readings if isinstance(reading, PageReading)]
    printed = [(no, reading) for no, reading in read_well if not reading.blank]
    pages = [reading for _, reading in printed]
    papers = separate(pages, {}, profiles, procedure=procedure, min_confidence=min_confidence)
    proposals: tuple[Proposal, ...] = ()
    if procedure is None:
        inferred = infer_procedure(papers, profiles)
        if inferred is not None:
            procedure = inferred[0]
            papers = separate(pages, {}, profiles, procedure=procedure, min_confidence=min_confidence)
        else:
            firsts = [(paper.pages[0], view(pages[paper.pages[0]])) for paper in papers]
            proposals = propose_procedures(firsts, profiles)
    known = profiles.procedures.get(procedure) if procedure else None
    return ClassifiedFile(
        read.name,
        procedure,
        tuple(
            ClassifiedPaper(tuple(printed[i][0] for i in paper.pages), paper, _row_name(paper, known))
            for paper in papers
        ),
        tuple(no for no, reading in read_well if reading.blank),
        proposals,
    )


def _row_name(paper: Paper, procedure: Procedure | None) -> str | None:
    """The name in the list of the row that a paper meets: as matched, else the only one for its type."""
    if procedure is None:
        return None
    names = {row.id: row.name for row in procedure.required}
    if paper.rows:
        return names.get(paper.rows[0].row)
    of_type = [row.name for row in procedure.required if paper.type in row.types]
    return of_type[0] if len(of_type) == 1 else None
