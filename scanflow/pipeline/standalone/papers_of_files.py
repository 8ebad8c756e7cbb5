"""Without an archive: files read and cut into papers, each with its type and fields."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.errors import InputError
from scanflow.model import PageReading, Paper
from scanflow.pipeline.filing.placing import find_placing
from scanflow.pipeline.standalone.read_files import ReadFile
from scanflow.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class PaperOfFile:
    """A paper of a file: `pages` are the file's own page numbers, in order, and `readings` those pages."""

    file: str
    pages: tuple[int, ...]
    paper: Paper
    readings: tuple[PageReading, ...]


def papers_of(
    read: ReadFile,
    profiles: Profiles,
    classify: ClassifySettings,
    *,
    procedure: str | None = None,
    type_id: str | None = None,
) -> tuple[PaperOfFile, ...]:
    """Cut a file that was read (`read_files.read_file`) into papers with their fields.

    A signed file is one paper, and so is a file whose type a person says (`type_id`). `procedure` (a root
    code) breaks ties. Blank pages are in no paper.
    """
    numbered = _pages_with_words(read)
    readings = [reading for _, reading in numbered]
    found = separate_file(read, profiles, classify, procedure=procedure, whole=type_id is not None)
    if type_id is not None:
        found = [Paper(paper.pages, type_id, 1.0, title=paper.title) for paper in found]
    papers = [with_fields(each, readings, profiles.types, classify.min_field_confidence) for each in found]
    return tuple(_of_file(read.name, paper, numbered) for paper in papers)


def separate_file(
    read: ReadFile,
    profiles: Profiles,
    classify: ClassifySettings,
    *,
    procedure: str | None = None,
    whole: bool = False,
) -> list[Paper]:
    """Cut a read file into papers without their fields; with `whole`, and where it is signed, into one.

    The papers' pages are indices into the file's pages that could be read and are not blank.
    """
    numbered = _pages_with_words(read)
    readings = [reading for _, reading in numbered]
    return separate(
        readings,
        dict.fromkeys(range(1, len(readings)), False) if whole or read.unpacked.signed else {},
        profiles,
        procedure=procedure,
        min_confidence=classify.min_confidence,
        placing=find_placing([no for no, _ in numbered]),
    )


def _pages_with_words(read: ReadFile) -> list[tuple[int, PageReading]]:
    return [
        (page.captured.no, page.reading)
        for page in read.pages
        if not isinstance(page.reading, InputError) and not page.reading.blank
    ]


def _of_file(name: str, paper: Paper, numbered: Sequence[tuple[int, PageReading]]) -> PaperOfFile:
    own = [numbered[index] for index in paper.pages]
    return PaperOfFile(name, tuple(no for no, _ in own), paper, tuple(reading for _, reading in own))
