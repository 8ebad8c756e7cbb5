"""The ledger (sổ theo dõi): which step of each batch, file and page is done. The truth, whoever dies.

    batch   taking ──► taken ──► closed
                         ├──► unassigned ──(a person gives the number)──► taken
                         └──► failed ──(a person sends it on)──► taken
    file    expected ──► taken ──► unpacked | quarantined          (expected ──► withdrawn: it went away)
    page    taken ──► read ──► filed | set_aside
               └──► quarantined          (of a signed file: read, with the reason why it has no words)

Every function works inside the caller's transaction, so that a step and what it did are committed together or
not at all. Doing a step again changes nothing. Those that only look take a connection; those that change
something take a `Held`, the batch's row locked for whoever may change it (`scanflow.ledger.lease`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, insert, select, update

from scanflow.archive.database.tables import batches, files, pages, sources, versions
from scanflow.clock import now
from scanflow.errors import InputError, NotFoundError, NotStillError, ScanflowError
from scanflow.ledger.lease import NEXT_TURN, Held
from scanflow.ledger.records import Entry, TakenFile, in_order
from scanflow.model import DEFAULT_AGENCY, DossierNumber, PageReading

SETTLED = ("filed", "set_aside", "quarantined")
"""The states in which a page has come to rest."""


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file about to be taken: what the ledger needs to know of it."""

    source_id: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a page is set aside: a stable word, English for the operator, Vietnamese for the clerk."""

    code: str
    text: str
    text_vi: str


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a batch comes from and what was said of it."""

    origin: str
    operator: str = ""
    clerk_number: str | None = None
    procedure_code: str | None = None
    agency: str = DEFAULT_AGENCY


@dataclass(frozen=True, slots=True)
class Count:
    """What became of a batch's pages and files. It closes when nothing is open."""

    captured: int
    filed: int
    set_aside: int
    quarantined: int
    unread: int
    files: int
    files_quarantined: int
    files_open: int

    @property
    def open(self) -> int:
        """Pages and files that have not come to rest."""
        return self.captured - self.filed - self.set_aside - self.quarantined + self.files_open


def source_id(path: str, modified_ns: int, size: int, digest: str) -> str:
    """What makes a file on disk the same file when it is taken a second time."""
    parts = f"{path}\0{modified_ns}\0{size}\0{digest}"
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()  # a path may be any bytes


# --- taking --------------------------------------------------------------------------------------------


def known_batches(connection: Connection, source_ids: Iterable[str]) -> dict[str, str]:
    """The batch of each source id that the ledger has seen before.

    Not of those that were withdrawn: nothing was kept of them, so they are new when they come again.
    """
    query = select(files.c.source_id, files.c.batch_id).where(
        files.c.source_id.in_(list(source_ids)), files.c.state != "withdrawn"
    )
    return {row.source_id: row.batch_id for row in connection.execute(query)}


def begin(connection: Connection, intake: Intake, state: str, **more: Any) -> str:
    """Note a new batch; its id: the time, and what tells batches of one second apart."""
    started = now()
    batch_id = f"{started:%Y%m%d-%H%M%S}-{token_hex(4)}"
    row = {"id": batch_id, "state": state, "created_at": started, "updated_at": started}
    connection.execute(insert(batches).values(**row, **asdict(intake), **more))
    return batch_id


def expect(connection: Connection, intake: Intake, expected: Sequence[ExpectedFile]) -> str:
    """Note a new batch of files that are about to be taken; its id."""
    batch_id = begin(connection, intake, "taking")
    rows = [
        {"batch_id": batch_id, "no": no, "state": "expected", **asdict(file)}
        for no, file in enumerate(expected, start=1)
    ]
    connection.execute(insert(files), rows)
    return batch_id


def expect_next(held: Held, order_id: int, file: ExpectedFile) -> None:
    """Note one more file of a batch, of a counter's order, that is about to be taken."""
    last = held.connection.scalar(select(func.max(files.c.no)).where(files.c.batch_id == held.batch_id)) or 0
    row = {"batch_id": held.batch_id, "no": last + 1, "state": "expected", "order_id": order_id}
    held.connection.execute(insert(files).values(**row, **asdict(file)))


def file_taken(held: Held, file_id: int, object_key: str) -> None:
    """The file's bytes are in the store and were read back.

    Raises NotStillError if another taker withdrew it meanwhile: it is to be taken anew.
    """
    still_expected = _is_file(held, file_id) & files.c.state.in_(("expected", "taken"))
    done = held.connection.execute(
        update(files).where(still_expected).values(state="taken", object_key=object_key)
    )
    if done.rowcount == 0:
        raise NotStillError("another process was taking the same files; they are taken again")


def file_withdrawn(held: Held, file_id: int) -> None:
    """An expected file went away before it was taken: nothing was promised, nothing is kept."""
    still_expected = _is_file(held, file_id) & (files.c.state == "expected")
    held.connection.execute(update(files).where(still_expected).values(state="withdrawn"))


def file_dropped(held: Held, file_id: int) -> None:
    """A file whose bytes another batch has: nothing of it is kept here."""
    _set_file(held, file_id, state="withdrawn", object_key=None)


def forget_source(held: Held, file_id: int) -> None:
    """A file's source is new when it comes again: what was taken of it is lost."""
    _set_file(held, file_id, source_id=None)


def batch_taken(held: Held) -> None:
    """The batch is what was taken of it (or is in quarantine); what it still expects is withdrawn."""
    expected = (files.c.batch_id == held.batch_id) & (files.c.state == "expected")
    held.connection.execute(update(files).where(expected).values(state="withdrawn"))
    set_batch(held, state="taken")


# --- files and pages -----------------------------------------------------------------------------------


def batch(connection: Connection, batch_id: str) -> Row[Any]:
    """The batch's row. Raises NotFoundError."""
    row = connection.execute(select(batches).where(batches.c.id == batch_id)).one_or_none()
    if row is None:
        raise unknown_batch(batch_id)
    return row


def unknown_batch(batch_id: str) -> NotFoundError:
    return NotFoundError(f"no batch {batch_id}", f"Không có lô giấy tờ {batch_id}.")


def batch_files(connection: Connection, batch_id: str) -> Sequence[Row[Any]]:
    """The batch's files in their order."""
    return connection.execute(
        select(files).where(files.c.batch_id == batch_id).order_by(files.c.no)
    ).fetchall()


def batch_pages(connection: Connection, batch_id: str) -> Sequence[Row[Any]]:
    """The batch's pages in their order."""
    return connection.execute(
        select(pages).where(pages.c.batch_id == batch_id).order_by(pages.c.no)
    ).fetchall()


def quarantine_file(held: Held, file_id: int, error: InputError) -> None:
    """Set a whole file into quarantine (cách ly) with the reason, and what was taken out of it before."""
    _set_file(held, file_id, state="quarantined", **_reason(error))
    of_file = (pages.c.batch_id == held.batch_id) & (pages.c.file_id == file_id)
    still_open = of_file & pages.c.state.not_in(SETTLED)
    held.connection.execute(update(pages).where(still_open).values(state="quarantined", **_reason(error)))


def first_page_no(connection: Connection, batch_id: str, file_id: int) -> int:
    """The number in the batch of a file's first page: the one that it has, or the next that is free.

    So a page keeps its number when the files before it come apart differently at a second try.
    """
    own = connection.scalar(select(func.min(pages.c.no)).where(pages.c.file_id == file_id))
    last = connection.scalar(select(func.max(pages.c.no)).where(pages.c.batch_id == batch_id))
    return int(own if own is not None else (last or 0) + 1)


def file_unpacked(held: Held, file: TakenFile) -> None:
    """Note the pages of a file by their numbers in the batch; those with an error go to quarantine.

    Not in a signed file: that stays together, and what is wrong with a page is noted when it is to be read.
    Pages that the ledger holds already (a second try) keep their rows.
    """
    signed, lossless = file.unpacked.signed, file.unpacked.lossless
    query = select(pages.c.no).where(pages.c.batch_id == held.batch_id)
    known = set(held.connection.scalars(query))
    for no, entry in in_order(file):
        if no not in known:
            row = {"batch_id": held.batch_id, "file_id": file.id, "no": no, **_page_values(entry)}
            if signed and isinstance(entry, tuple):
                row |= {"state": "taken", "reason_code": None, "reason": None, "reason_vi": None}
            held.connection.execute(insert(pages).values(row))
    _set_file(held, file.id, state="unpacked", signed=signed, lossless=lossless)


def page_read(held: Held, no: int, reading: PageReading) -> None:
    """Note what was found out about a page."""
    _set_open_page(
        held,
        no,
        state="read",
        fingerprint=reading.fingerprint,
        dpi=reading.dpi[0],
        geometry=asdict(reading.geometry),
        quality=asdict(reading.quality),
        confidence=reading.confidence,
    )


def page_unread(held: Held, no: int, reading: PageReading, error: InputError) -> None:
    """Note that a page of a signed file could not be read, and why: it stays with its file, without words."""
    geometry = asdict(reading.geometry)
    _set_open_page(held, no, state="read", geometry=geometry, **_reason(error))


def page_quarantined(held: Held, no: int, error: InputError) -> None:
    """Set a page into quarantine with the reason."""
    _set_open_page(held, no, state="quarantined", **_reason(error))


def page_set_aside(held: Held, no: int, reason: Reason) -> None:
    """Set a page aside (blank, duplicate): kept, with the reason, in no document."""
    _set_open_page(
        held,
        no,
        state="set_aside",
        reason_code=reason.code,
        reason=reason.text,
        reason_vi=reason.text_vi,
    )


def page_reopened(held: Held, no: int, state: str) -> None:
    """A person takes a page back to an earlier state; no reason is left."""
    _set_page(held, no, state=state, reason_code=None, reason=None, reason_vi=None)


def page_kept(held: Held, no: int, object_key: str) -> None:
    """Note where the captured bytes of a page lie that is in no document."""
    _set_page(held, no, object_key=object_key)


def pages_filed(held: Held, numbers: Iterable[int], document_id: int) -> None:
    """The pages stand in a document whose objects are confirmed."""
    held.connection.execute(
        update(pages)
        .where(pages.c.batch_id == held.batch_id, pages.c.no.in_(list(numbers)))
        .values(state="filed", document_id=document_id)
    )


def settled_pages(connection: Connection, batch_id: str) -> set[int]:
    """Numbers of the batch's pages that have come to rest."""
    query = select(pages.c.no).where(pages.c.batch_id == batch_id, pages.c.state.in_(SETTLED))
    return set(connection.scalars(query))


def documents_with_pages_of(connection: Connection, file_id: int) -> set[str]:
    """Checksums of the files of all documents in which pages of a source file stand."""
    return set(connection.scalars(_filed_with(versions.c.pdf_sha256, versions.c.document_id, file_id)))


def kept_with_pages_of(connection: Connection, file_id: int) -> set[str]:
    """Checksums of the captured files that are kept beside those documents."""
    return set(connection.scalars(_filed_with(sources.c.source_sha256, sources.c.document_id, file_id)))


def _filed_with(what: Column[str], document_id: Column[int], file_id: int) -> Select[str]:
    joined = select(what).join(pages, pages.c.document_id == document_id)
    return joined.where(pages.c.file_id == file_id, pages.c.state == "filed")


def files_released(held: Held, object_keys: Iterable[str]) -> None:
    """The source files' own objects are to go: all their pages have their own place."""
    held.connection.execute(
        update(files)
        .where(files.c.batch_id == held.batch_id, files.c.object_key.in_(list(object_keys)))
        .values(object_key=None)
    )


# --- the batch as a whole ------------------------------------------------------------------------------


def unassign(held: Held, reason: str) -> None:
    """No number could be given: the batch waits for a person (chưa gán)."""
    set_batch(held, state="unassigned", reason=reason)


def assign(held: Held, number: str, procedure_code: str | None) -> None:
    """A person gave the number of a waiting batch."""
    set_batch(
        held,
        state="taken",
        reason=None,
        clerk_number=number,
        **NEXT_TURN,
        **({"procedure_code": procedure_code} if procedure_code else {}),
    )


def belongs_to(held: Held, number: DossierNumber) -> None:
    """Note the dossier of the batch (the first, where it holds several) and how its number was found."""
    set_batch(held, dossier_number=number.value, number_source=number.source)


def count(connection: Connection, batch_id: str) -> Count:
    """What became of the batch's pages and files."""
    page_states = _states(connection, pages, batch_id)
    file_states = _states(connection, files, batch_id)
    return Count(
        captured=sum(page_states.values()),
        filed=page_states.get("filed", 0),
        set_aside=page_states.get("set_aside", 0),
        quarantined=page_states.get("quarantined", 0),
        unread=page_states.get("taken", 0),
        files=sum(file_states.values()),
        files_quarantined=file_states.get("quarantined", 0),
        files_open=file_states.get("expected", 0) + file_states.get("taken", 0),
    )


def close(held: Held) -> Count:
    """Close a batch whose count comes out. Raises ScanflowError where something is still open."""
    batch_id = held.batch_id
    total = count(held.connection, batch_id)
    if total.open:
        raise ScanflowError(
            f"batch {batch_id} does not close: {total.open} of its pages or files are not accounted for",
            f"Lô {batch_id} chưa khép được: còn trang chưa xử lý xong. Hãy báo cho người quản trị hệ thống.",
        )
    set_batch(held, state="closed", closed_at=now(), reason=None)
    return total


def _states(connection: Connection, table: Any, batch_id: str) -> Mapping[str, int]:
    query = (
        select(table.c.state, func.count().label("number"))
        .where(table.c.batch_id == batch_id)
        .group_by(table.c.state)
    )
    return {row.state: row.number for row in connection.execute(query)}


def _page_values(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, tuple):
        no, error = entry
        return {"file_page": no, "state": "quarantined", "sha256": "", "media_type": "", **_reason(error)}
    return {
        "file_page": entry.no,
        "state": "taken",
        "sha256": sha256(entry.data).hexdigest(),
        "media_type": entry.media_type,
        "width": entry.width,
        "height": entry.height,
        "dpi": entry.dpi[0],
    }


def _reason(error: InputError) -> dict[str, str]:
    return {"reason_code": error.code, "reason": error.message, "reason_vi": error.message_vi}


def set_batch(held: Held, **values: Any) -> None:
    """Change the batch's row."""
    own = batches.c.id == held.batch_id
    held.connection.execute(update(batches).where(own).values(updated_at=now(), **values))


def bump_revision(held: Held) -> None:
    """What a clerk sees of the batch has changed."""
    set_batch(held, revision=batches.c.revision + 1)


def _is_file(held: Held, file_id: int) -> ColumnElement[bool]:
    """A file by its row's id, if it is one of the batch's."""
    return (files.c.id == file_id) & (files.c.batch_id == held.batch_id)


def _set_file(held: Held, file_id: int, **values: Any) -> None:
    held.connection.execute(update(files).where(_is_file(held, file_id)).values(**values))


def _set_page(held: Held, no: int, **values: Any) -> None:
    own = (pages.c.batch_id == held.batch_id) & (pages.c.no == no)
    held.connection.execute(update(pages).where(own).values(**values))


def _set_open_page(held: Held, no: int, **values: Any) -> None:
    """The same for a page that has not come to rest: what was decided once stays."""
    own = (pages.c.batch_id == held.batch_id) & (pages.c.no == no)
    held.connection.execute(update(pages).where(own & pages.c.state.not_in(SETTLED)).values(**values))
