"""One file of a folder made searchable in the target, or copied there as it is, with the reason."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from scanflow import PROGRAM
from scanflow.capture.files.unpacked import TextLayers, Unpacked, Wanted
from scanflow.clock import now
from scanflow.errors import InputError, LimitError, OversizedInputError
from scanflow.model import PageReading
from scanflow.names import printable_name
from scanflow.night.folders.found import FoundFile
from scanflow.night.folders.journal import FileEntry, FileOutcome, Journal, Stamp
from scanflow.night.folders.old_text import pages_with_better_text
from scanflow.night.folders.placing import (
    SourceError,
    TakenError,
    Written,
    copy,
    enter,
    is_result,
    refused,
    settle,
    stamp_of,
    write,
)
from scanflow.pdf.document import WrittenPdf
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.pipeline.standalone import read_files
from scanflow.settings import Settings

TRIES = 3
"""A file that took too long or too much memory is tried so often: other programs may have been the cause."""

_MORE_THAN_PAGES = frozenset(("EmbeddedFiles", "AF", "Collection", "AcroForm", "JavaScript"))
"""Content that a new file would lose and that a person may need: attachments, forms."""


@dataclass(frozen=True, slots=True)
class HowToRead:
    """`layers`: which pages with text are read again; `copies`: also of what can't be read, and of others;
    `again`: also what another reader has read.
    """

    layers: TextLayers = "digital"
    copies: bool = True
    again: bool = False


def how_read(settings: Settings, how: HowToRead) -> str:
    """The reader and the options as a text; another text may give another result."""
    ocr, imaging = settings.ocr, settings.imaging
    parts = [PROGRAM, ocr.engine, ocr.language, f"pages {how.layers}"]
    parts += ["fast"] if ocr.fast else []
    parts += [f"without {step}" for step in ocr.skip]
    parts += [] if imaging.deskew else ["without deskew"]
    parts += [] if imaging.rotate_pages else ["without turning"]
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Folders:
    """Source, target, child processes and options. Its functions may be called from several threads."""

    source: Path
    journal: Journal
    children: ChildProcesses
    how: HowToRead
    reader: str


def is_finished(folders: Folders, file: FoundFile) -> bool:
    """Whether nothing is to be done for a file: neither it nor its result has changed since it was finished.

    A file with another time and the same bytes is the same file.
    """
    entry = folders.journal.entry(file.name)
    if entry is None or entry.outcome is FileOutcome.REFUSED:
        return False
    if folders.how.again and entry.outcome is not FileOutcome.OTHER and entry.reader != folders.reader:
        return False
    if entry.outcome is FileOutcome.UNREADABLE and entry.code == LimitError.code and entry.tries < TRIES:
        return False
    if bool(entry.target) != _is_to_be_there(folders, entry):
        return False
    if entry.source.size != file.size or not _is_same_source(folders, file, entry):
        return False
    return not entry.target or is_result(folders.journal.target / entry.target, entry.result)


def _is_to_be_there(folders: Folders, entry: FileEntry) -> bool:
    """Whether a file needs a result; copies of unreadable files are optional."""
    return folders.how.copies or entry.outcome not in (FileOutcome.UNREADABLE, FileOutcome.OTHER)


def _is_same_source(folders: Folders, file: FoundFile, entry: FileEntry) -> bool:
    if entry.source.modified == file.modified:
        return True
    try:
        now_there = stamp_of(folders.source / file.name, hashed=True)
    except OSError:
        return False
    return bool(entry.source.sha256) and now_there.sha256 == entry.source.sha256


def make_searchable(folders: Folders, file: FoundFile) -> FileEntry:
    """Process a file, and enter the outcome in the journal. Raises TargetError, CancelledError."""
    begun = time.monotonic()
    entry = FileEntry(
        name=file.name,
        source=Stamp(file.size, file.modified),
        outcome=FileOutcome.REFUSED,
        at=now().isoformat(timespec="seconds"),
        target=file.target,
        reader=folders.reader,
    )
    try:
        entry, written = _worked_on(folders, file, entry)
        entry = replace(entry, seconds=round(time.monotonic() - begun, 2))
        return settle(folders.journal, entry, written) if written else enter(folders.journal, entry)
    except SourceError as error:
        name = printable_name(file.name)
        entry = refused(entry, f"can't be opened: {error}", f"Không mở được tệp {name}.", "unopened")
    except TakenError as error:
        reason = str(error)
        entry = refused(
            entry, reason, "Ở thư mục đích đã có tệp khác cùng tên; tệp đó được giữ nguyên.", "taken"
        )
    return enter(folders.journal, entry)


def _worked_on(folders: Folders, file: FoundFile, entry: FileEntry) -> tuple[FileEntry, Written | None]:
    """A file's outcome, and its result before it gets its name in the target."""
    path = folders.source / file.name
    if file.kind == "other":
        return _left(folders, path, replace(entry, outcome=FileOutcome.OTHER))
    try:
        data = _loaded(folders.children, path, file)
        entry = replace(entry, source=replace(entry.source, sha256=sha256(data).hexdigest()))
        return _read(folders, data, path, entry)
    except InputError as error:
        before = folders.journal.entry(file.name)
        tries = before.tries if before and before.code == error.code else 0
        found = replace(
            entry,
            outcome=FileOutcome.UNREADABLE,
            target=file.name,
            code=error.code,
            reason=error.message,
            reason_vi=error.message_vi,
            tries=tries + 1,
        )
        return _left(folders, path, found)


def _loaded(children: ChildProcesses, path: Path, file: FoundFile) -> bytes:
    most = children.settings.limits.file_bytes
    if file.size > most:
        raise OversizedInputError(f"{file.size} bytes, more than limits.file_bytes ({most})")
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(error.strerror or "it failed") from error


def _left(folders: Folders, path: Path, entry: FileEntry) -> tuple[FileEntry, Written | None]:
    """A file that is not read: copied, or listed only."""
    if not folders.how.copies:
        return replace(entry, target=""), None
    return _copied(folders, path, entry)


def _copied(folders: Folders, path: Path, entry: FileEntry) -> tuple[FileEntry, Written]:
    """A file copied byte for byte, under its own name."""
    written = copy(folders.journal, path)
    source = replace(entry.source, sha256=written.stamp.sha256)
    return replace(entry, target=entry.name, source=source), written


def _read(folders: Folders, data: bytes, path: Path, entry: FileEntry) -> tuple[FileEntry, Written]:
    """A file read and written anew, or copied where it must not be changed. Raises InputError."""
    name = printable_name(path.name)
    unpacked = _taken_apart(folders.children, data, name, Wanted(folders.how.layers))
    entry = replace(entry, pages=len(unpacked.pages) + len(unpacked.problems), left_out=unpacked.left_out)
    reason = _why_not_anew(unpacked)
    if reason is not None:
        outcome_, english, vietnamese = reason
        found = replace(entry, outcome=outcome_, reason=english, reason_vi=vietnamese, left_out=())
        return _copied(folders, path, found)
    read = _read_anew(folders.children, folders.how, data, unpacked, name)
    anew = _pages_anew(read)
    readings = [each for each in anew if not isinstance(each, InputError)]
    confidence = round(sum(each.confidence for each in readings) / len(readings), 4) if readings else None
    entry = replace(entry, read=len(anew), kept=len(read.pages) - len(anew), confidence=confidence)
    if _is_kept(read, anew, path):
        return _copied(folders, path, replace(entry, outcome=FileOutcome.KEPT, left_out=()))
    document = _written_anew(folders.children, read, name)
    return replace(entry, outcome=FileOutcome.READ), write(folders.journal, document.data)


def try_to_read(children: ChildProcesses, how: HowToRead, source: Path, file: FoundFile) -> int:
    """Do the same as `make_searchable` without writing; gives how many pages were read, 0 for a file that
    can't be read or must not be changed.
    """
    path = source / file.name
    name = printable_name(path.name)
    try:
        data = _loaded(children, path, file)
        unpacked = _taken_apart(children, data, name, Wanted(how.layers))
        if _why_not_anew(unpacked) is not None:
            return 0
        read = _read_anew(children, how, data, unpacked, name)
        anew = _pages_anew(read)
        if not _is_kept(read, anew, path):
            _written_anew(children, read, name)
    except (InputError, SourceError):
        return 0
    return len(anew)


def _read_anew(
    children: ChildProcesses, how: HowToRead, data: bytes, unpacked: Unpacked, name: str
) -> read_files.ReadFile:
    pages = tuple(read_files.read_pages(children, unpacked.pages, name))
    return _with_better_old_text(children, how, data, read_files.ReadFile(name, unpacked, pages))


def _pages_anew(read: read_files.ReadFile) -> list[PageReading | InputError]:
    """The pages that were read and don't keep their old text."""
    return [page.reading for page in read.pages if page.captured.kind != "text"]


def _is_kept(read: read_files.ReadFile, anew: Sequence[PageReading | InputError], path: Path) -> bool:
    """Whether the file stays as it is: a PDF whose pages all keep their own text."""
    return not anew and not read.problems and path.suffix.lower() == ".pdf"


def _written_anew(children: ChildProcesses, read: read_files.ReadFile, name: str) -> WrittenPdf:
    return read_files.searchable_pdf(children, read, title=Path(name).stem, created=now())


def _taken_apart(children: ChildProcesses, data: bytes, name: str, wanted: Wanted) -> Unpacked:
    unpacked = outcome(children.unpack_wanted(data, name, wanted), name)
    if isinstance(unpacked, InputError):
        raise unpacked
    return unpacked


def _why_not_anew(unpacked: Unpacked) -> tuple[FileOutcome, str, str] | None:
    """The reason why a file must not be changed, or None."""
    if unpacked.signed:
        return (
            FileOutcome.SIGNED,
            "signed: a new file would lose the signature",
            "Tệp có chữ ký số, được giữ nguyên.",
        )
    beside = sorted(_MORE_THAN_PAGES.intersection(unpacked.left_out))
    if beside:
        what = ", ".join(beside)
        return (
            FileOutcome.FILLED,
            f"has more than its pages, which a new file would lose: {what}",
            f"Tệp có tệp đính kèm hoặc biểu mẫu ({what}), được giữ nguyên.",
        )
    return None


def _with_better_old_text(
    children: ChildProcesses, how: HowToRead, data: bytes, read: read_files.ReadFile
) -> read_files.ReadFile:
    """The file, in which pages with a better old text layer stay as they came."""
    better = pages_with_better_text(read) if how.layers == "digital" else frozenset()
    if not better:
        return read
    rest = tuple((no, no) for no in (page.captured.no for page in read.pages) if no not in better)
    # Ranges that name no page would mean all: page 0 is none.
    kept = _taken_apart(children, data, read.name, Wanted(how.layers, rest or ((0, 0),)))
    own = tuple(page for page in kept.pages if page.no in better)
    as_they_came = {page.captured.no: page for page in read_files.read_pages(children, own, read.name)}
    pages = tuple(as_they_came.get(page.captured.no, page) for page in read.pages)
    return read_files.ReadFile(read.name, read.unpacked, pages)
