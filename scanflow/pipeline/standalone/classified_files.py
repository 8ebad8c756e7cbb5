"""Without an archive: a file's papers, each with type, kind and row, and the procedures they indicate."""

from collections.abc import Iterator
from dataclasses import dataclass

from scanflow.classify.checklist import infer_procedure
from scanflow.classify.page_view import view
from scanflow.classify.profiles import Procedure, Profiles
from scanflow.classify.proposals import Proposal, propose_procedures
from scanflow.classify.separation import is_doubtful
from scanflow.model import Border, PageReading, Paper
from scanflow.pipeline.standalone.papers_of_files import papers_of
from scanflow.pipeline.standalone.read_files import ReadFile
from scanflow.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class ClassifiedPaper:
    """A paper and the numbers of its pages in the file; `row` is the name in the list of the row it meets."""

    pages: tuple[int, ...]
    paper: Paper
    row: str | None

    @property
    def chance(self) -> float | None:
        """The chance of the row, 0 to 1: that of the match, or that of the type that the row asks for."""
        if self.row is None:
            return None
        return self.paper.rows[0].chance if self.paper.rows else self.paper.confidence

    @property
    def doubtful_borders(self) -> tuple[tuple[int, Border], ...]:
        """Page numbers before which it is not clear whether a paper begins: the first was cut, others not."""
        numbered = zip(self.pages, self.paper.borders, strict=True)
        return tuple((no, border) for no, border in numbered if is_doubtful(border))


@dataclass(frozen=True, slots=True)
class ClassifiedFile:
    """A file's papers. `blank` are pages without print; no `proposals` where the procedure is known."""

    name: str
    procedure: str | None
    papers: tuple[ClassifiedPaper, ...]
    blank: tuple[int, ...]
    proposals: tuple[Proposal, ...]


def classify_file(
    read: ReadFile, profiles: Profiles, classify: ClassifySettings, procedure: str | None
) -> ClassifiedFile:
    """Cut a read file into papers and say what each is. Pages that could not be read are left out.

    Without a procedure the one that the papers themselves name is taken, if there is one.
    """
    found = papers_of(read, profiles, classify, procedure=procedure)
    proposals: tuple[Proposal, ...] = ()
    if procedure is None:
        inferred = infer_procedure([each.paper for each in found], profiles)
        if inferred is not None:
            procedure = inferred[0]
            found = papers_of(read, profiles, classify, procedure=procedure)
        else:
            firsts = [(each.paper.pages[0], view(each.readings[0])) for each in found]
            proposals = propose_procedures(firsts, profiles)
    known = profiles.procedures.get(procedure) if procedure else None
    return ClassifiedFile(
        read.name,
        procedure,
        tuple(ClassifiedPaper(each.pages, each.paper, _row_name(each.paper, known)) for each in found),
        tuple(_blank_pages(read)),
        proposals,
    )


def _blank_pages(read: ReadFile) -> Iterator[int]:
    for page in read.pages:
        if isinstance(page.reading, PageReading) and page.reading.blank:
            yield page.captured.no


def _row_name(paper: Paper, procedure: Procedure | None) -> str | None:
    """The name in the list of the row that a paper meets: as matched, else the only one for its type."""
    if procedure is None:
        return None
    names = {row.id: row.name for row in procedure.required}
    if paper.rows:
        return names.get(paper.rows[0].row)
    of_type = [row.name for row in procedure.required if paper.type in row.types]
    return of_type[0] if len(of_type) == 1 else None
