"""Writing papers as files: the source itself where it must or can stay as it is, else a new PDF/A.

A new file takes over images as they were captured, which are untrusted bytes: so it is written in the child
processes, several papers at a time. A page whose image cannot be taken over goes to quarantine, its paper and
the batch go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from scanflow import PROGRAM
from scanflow.clock import in_vietnam
from scanflow.errors import InputError, ScanflowError
from scanflow.ledger.attempts import Tried, restart_attempts
from scanflow.ledger.lease import Lease, holding
from scanflow.ledger.pages import page_quarantined
from scanflow.ledger.records import BatchPage, BatchRecord
from scanflow.model import Paper
from scanflow.pdf.document import PdfMetadata, PdfPage, WrittenPdf, writer_mark
from scanflow.pipeline.filing.sources import ToKeep, files_to_keep, left_out
from scanflow.pipeline.queue.retry import Task, try_all
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import engines_of, steps_id

WRITTEN = "written"
"""What `made_by` says is the source of a PDF that scanflow wrote; `kept`: the file stayed as it came."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where papers go: a dossier, its procedure, and the batch that they come from, with the
    lease of the worker that files them.
    """

    number: str
    procedure: str | None
    batch: BatchRecord
    lease: Lease


@dataclass(frozen=True, slots=True)
class Sheets:
    """A paper and those of its pages that are to stand in its file."""

    paper: Paper
    pages: tuple[BatchPage, ...]

    @property
    def stay(self) -> bool:
        """Whether the source file is kept byte for byte: signed, or with a good text layer throughout.

        Raises ScanflowError for less, or more, than the whole of a signed file.
        """
        file = self.pages[0].file
        whole = file.is_whole(self.pages)
        if not whole and any(page.file.unpacked.signed for page in self.pages):
            raise ScanflowError(
                "a paper of a part of a signed file: such a file is filed whole or not at all",
                "Tệp ký số phải được lưu nguyên vẹn. Hãy báo cho người quản trị hệ thống.",
            )
        return whole and (file.unpacked.signed or file.unpacked.pristine)

    @property
    def engines(self) -> str:
        return engines_of(page.reading for page in self.pages)


@dataclass(frozen=True, slots=True)
class Content:
    """A document's finished file and what is known of its making.

    `to_keep` are the captured files that must be kept beside it, `left_out` what they have beside its pages.
    """

    data: bytes = field(repr=False)
    made_by: Mapping[str, str]
    to_keep: Sequence[ToKeep] = ()
    left_out: tuple[str, ...] = ()


def write_papers(
    services: Services, destination: Destination, papers: Sequence[Sheets]
) -> Iterator[tuple[Sheets, Content]]:
    """The papers' files in their order, each with the pages that stand in it.

    Pages that cannot be written go into quarantine; a paper of which nothing is left does not come back.
    """
    tasks = [_task(services, destination, sheets) for sheets in papers if not sheets.stay]
    with closing(try_all(services, destination.lease, tasks)) as results:
        for sheets in papers:
            if sheets.stay:
                data = services.store.get(sheets.pages[0].file.object_key)
                yield sheets, Content(data, _made_by(services, sheets, source="kept"))
                continue
            _, written = next(results)
            if isinstance(written, InputError):
                rest = _without_bad_pages(services, destination, sheets, written)
                yield from write_papers(services, destination, rest)
                continue
            yield (
                sheets,
                Content(
                    written.data,
                    _made_by(
                        services,
                        sheets,
                        source=WRITTEN,
                        conformance=written.conformance or "",
                        **writer_mark(),
                    ),
                    files_to_keep(sheets.pages, written.losses),
                    left_out(sheets.pages, written.losses),
                ),
            )


def _without_bad_pages(
    services: Services, destination: Destination, sheets: Sheets, error: InputError
) -> list[Sheets]:
    """What remains of a paper that could not be written, after pages went into quarantine.

    Those are the pages that can't be written alone either; all of them, with the paper's error, if each alone
    can be written.
    """
    with holding(services.catalog, destination.lease) as held:
        for page in sheets.pages:
            restart_attempts(held, page.no)
    bad: dict[int, InputError] = {}
    if len(sheets.pages) > 1:
        tasks = [_task(services, destination, replace(sheets, pages=(page,))) for page in sheets.pages]
        for task, written in try_all(services, destination.lease, tasks):
            if isinstance(written, InputError):
                bad[task.no] = written
    if not bad:
        bad = {page.no: error for page in sheets.pages}
    with holding(services.catalog, destination.lease) as held:
        for no, reason in bad.items():
            page_quarantined(held, no, reason)
    sound = tuple(page for page in sheets.pages if page.no not in bad)
    return [replace(sheets, pages=sound)] if sound else []


def _task(services: Services, destination: Destination, sheets: Sheets) -> "Task[WrittenPdf]":
    """The task that writes a paper; its attempts are counted under the first page's number."""
    first = sheets.pages[0].no
    what = f"document of {len(sheets.pages)} pages from page {first}"
    return Task(Tried.PAGE, first, what, partial(_begin, services, destination, sheets))


def _begin(services: Services, destination: Destination, sheets: Sheets) -> "Future[WrittenPdf]":
    paper, types = sheets.paper, services.profiles.types
    metadata = PdfMetadata(
        title=paper.title or (types[paper.type].name if paper.type in types else destination.number),
        # Conversion times are written in Vietnam's zone (NĐ 30/2020).
        created=in_vietnam(destination.batch.created_at),
        dossier_number=destination.number,
        procedure_code=destination.procedure,
        document_type=paper.type,
        converter=services.settings.pdf.converter,
        agency=services.settings.pdf.agency,
        program=PROGRAM,
        engine=sheets.engines,
    )
    pages = [
        PdfPage(page.captured, page.reading.geometry, page.reading.size, page.reading.searchable)
        for page in sheets.pages
        if page.captured is not None  # of a signed file only, and those stay
    ]
    return services.children.write(pages, metadata)


def _made_by(services: Services, sheets: Sheets, **more: str) -> dict[str, str]:
    steps = steps_id(services.settings)
    return {"program": PROGRAM, "engine": sheets.engines, "steps": steps, **more}
