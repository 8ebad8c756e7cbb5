"""Without an archive: read a file, or make a searchable PDF of it, as OCRmyPDF does."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from scanflow import PROGRAM
from scanflow.archive.documents.page_words import page_text as words_text
from scanflow.capture.files.unpacked import Unpacked, Wanted
from scanflow.errors import InputError, UnsupportedInputError
from scanflow.model import CapturedPage, PageReading
from scanflow.pdf.document import OutputType, PdfMetadata, PdfPage, WrittenPdf
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.recognition.reader import engines_of

Progress = Callable[[int, int], None]
"""Called with how many pages are done and how many there are."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page and its reading, or the error that prevented it."""

    captured: CapturedPage
    reading: PageReading | InputError


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file taken apart and read. `problems` are pages that could not be taken at all, by number."""

    name: str
    unpacked: Unpacked
    pages: tuple[ReadPage, ...]

    @property
    def problems(self) -> tuple[tuple[int, InputError], ...]:
        """Every page that is not read, with the reason, in page order."""
        taken = [(p.no, p.error) for p in self.unpacked.problems]
        unread = [(p.captured.no, p.reading) for p in self.pages if isinstance(p.reading, InputError)]
        return tuple(sorted(taken + unread, key=lambda problem: problem[0]))


def read_pages(
    children: ChildProcesses, pages: tuple[CapturedPage, ...], name: str, progress: Progress | None = None
) -> Iterator[ReadPage]:
    """Read pages in parallel, giving them back in order."""
    futures: list[Future[PageReading]] = [children.read(page) for page in pages]
    for done, (page, future) in enumerate(zip(pages, futures, strict=True), start=1):
        reading = outcome(future, f"{name} page {page.no}")
        yield ReadPage(page, reading)
        if progress:
            progress(done, len(pages))


def read_file(
    children: ChildProcesses,
    data: bytes,
    name: str,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
) -> ReadFile:
    """Take a file apart and read its pages. Raises InputError when the file as a whole cannot be taken.

    A page that isn't `wanted` keeps the words that it has.
    """
    wanted = wanted or Wanted()
    unpacked = outcome(children.unpack_wanted(data, name, wanted), name)
    if isinstance(unpacked, InputError):
        raise unpacked
    pages = tuple(read_pages(children, unpacked.pages, name, progress))
    return ReadFile(name, unpacked, tuple(_as_wanted(page, wanted) for page in pages))


def _as_wanted(page: ReadPage, wanted: Wanted) -> ReadPage:
    """The page, without its reading if it isn't wanted (an image file is read together with the others)."""
    unwanted = not wanted.has(page.captured.no) and page.captured.kind != "text"
    if unwanted and not isinstance(page.reading, InputError):
        return replace(page, reading=replace(page.reading, words=(), confidence=0.0))
    return page


def text_of(read: ReadFile, wanted: Wanted | None = None) -> str:
    """The plain text of the wanted pages, lines as read, a form feed after each (as pdftotext does)."""
    pages = [page for page in read.pages if wanted is None or wanted.has(page.captured.no)]
    return "".join(page_text(page.reading) + "\f" for page in pages)


def page_text(reading: PageReading | InputError) -> str:
    """One page's text; empty where the page was not read."""
    return "" if isinstance(reading, InputError) else words_text(reading.words)


def searchable_pdf(
    children: ChildProcesses,
    read: ReadFile,
    *,
    title: str,
    created: datetime,
    output_type: OutputType = "pdfa",
) -> WrittenPdf:
    """The searchable PDF of a read file; one that has a good text layer throughout is kept as it is.

    Raises UnsupportedInputError for a signed file (rewriting would destroy the signature), and the first
    bad page's error if there is one: half a file that looks whole would be worse than none. Also InputError
    where a page's image cannot be taken over.
    """
    if read.unpacked.signed:
        raise UnsupportedInputError(
            f"{read.name}: signed; a new PDF would lose the signature. `scanflow read` gives its text",
            "Tệp đã ký số nên không được tạo lại (sẽ mất chữ ký). Lệnh «scanflow read» đọc được văn bản.",
        )
    if read.problems:
        no, error = read.problems[0]
        raise type(error)(f"{read.name} page {no}: {error.message}", error.message_vi)
    readings = [(p.captured, p.reading) for p in read.pages if not isinstance(p.reading, InputError)]
    metadata = PdfMetadata(
        title=title,
        created=created,
        dossier_number=None,
        procedure_code=None,
        document_type=None,
        converter=children.settings.pdf.converter,
        agency=children.settings.pdf.agency,
        program=PROGRAM,
        engine=engines_of(reading for _, reading in readings),
    )
    pages = [PdfPage(page, reading.geometry, reading.size, reading.searchable) for page, reading in readings]
    written = outcome(children.write(pages, metadata, output_type), read.name)
    if isinstance(written, InputError):
        raise written
    return written
