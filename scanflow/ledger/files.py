"""Files of a batch: announced, taken, unpacked, released.

What holds of `scanflow.ledger.batches` holds here, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow.archive.database.tables import batches, files, pages
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError, NotFoundError, NotStillError
from scanflow.ledger.batches import Intake, begin_batch
from scanflow.ledger.lease import Held
from scanflow.ledger.pages import first_page_no, note_pages, reason_of
from scanflow.ledger.records import FileRecord, TakenFile
from scanflow.ledger.states import FILE_FOLLOWS, may_become, refused
from scanflow.model import REBUILT, SETTLED, BatchState, FileState, PageState


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file about to be taken: what the ledger needs to know of it."""

    source_id: str
    name: str
    sha256: str
    size: int


def source_id(path: str, modified_ns: int, size: int, digest: str) -> str:
    """What makes a file on disk the same file when it is taken a second time."""
    parts = f"{path}\0{modified_ns}\0{size}\0{digest}"
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()  # a path may be any bytes


# --- looking -------------------------------------------------------------------------------------------


def batch_files(connection: Connection, batch_id: str) -> list[FileRecord]:
    """The batch's files in their order."""
    query = select(files).where(files.c.batch_id == batch_id).order_by(files.c.no)
    return fetch_all(connection, FileRecord, query)


def get_file(connection: Connection, file_id: int) -> FileRecord:
    """A file by its row's id. Raises NotFoundError."""
    found = fetch_one(connection, FileRecord, select(files).where(files.c.id == file_id))
    if found is None:
        raise NotFoundError(f"no file {file_id} in the ledger")
    return found


def file_of_source(connection: Connection, source_id: str) -> FileRecord | None:
    """The file with this source id, unless it was withdrawn."""
    same = (files.c.source_id == source_id) & (files.c.state != FileState.WITHDRAWN)
    return fetch_one(connection, FileRecord, select(files).where(same))


def file_named(connection: Connection, batch_id: str, name: str) -> FileRecord | None:
    """The file of this name in a batch whose files all have other names, unless it was withdrawn."""
    same = (files.c.batch_id == batch_id) & (files.c.name == name) & (files.c.state != FileState.WITHDRAWN)
    return fetch_one(connection, FileRecord, select(files).where(same))


def known_batches(connection: Connection, source_ids: Iterable[str]) -> dict[str, str]:
    """The batch of each source id that the ledger has seen before.

    Not of those that were withdrawn: nothing was kept of them, so they are new when they come again.
    """
    query = select(files.c.source_id, files.c.batch_id).where(
        files.c.source_id.in_(list(source_ids)), files.c.state != FileState.WITHDRAWN
    )
    return {row.source_id: row.batch_id for row in connection.execute(query)}


def released_sources(connection: Connection, source_ids: Iterable[str]) -> list[FileRecord]:
    """Those of the files with these source ids that were taken apart and whose own objects were deleted."""
    query = select(files).where(
        files.c.source_id.in_(list(source_ids)),
        files.c.state == FileState.UNPACKED,
        files.c.object_key.is_(None),
    )
    return fetch_all(connection, FileRecord, query)


def recovered_files(connection: Connection, batch_ids: Sequence[str]) -> list[FileRecord]:
    """Files that a repair found in the store and in no manifest, and whose bytes one of these batches has as
    well. Their own batches still wait for a person.
    """
    query = (
        select(files)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.state == BatchState.UNASSIGNED, batches.c.reason == REBUILT)
        .where(
            files.c.state == FileState.TAKEN,
            files.c.source_id.is_(None),
            files.c.batch_id.not_in(batch_ids),
            files.c.sha256.in_(_stored_in(batch_ids).with_only_columns(files.c.sha256)),
        )
    )
    return fetch_all(connection, FileRecord, query)


def stored_files(connection: Connection, batch_ids: Sequence[str]) -> list[FileRecord]:
    """Files of these batches whose own objects are noted, and not in quarantine."""
    return fetch_all(connection, FileRecord, _stored_in(batch_ids))


def _stored_in(batch_ids: Sequence[str]) -> Select[Any]:
    return select(files).where(
        files.c.batch_id.in_(batch_ids),
        files.c.state.in_((FileState.TAKEN, FileState.UNPACKED)),
        files.c.object_key.is_not(None),
    )


# --- taking --------------------------------------------------------------------------------------------


def expect_files(connection: Connection, intake: Intake, expected: Sequence[ExpectedFile]) -> str:
    """Note a new batch of files that are about to be taken; its id.

    Raises NotStillError where another process takes one of them at this moment.
    """
    batch_id = begin_batch(connection, intake, BatchState.TAKING)
    rows = [
        {"batch_id": batch_id, "no": no, "state": FileState.EXPECTED, **asdict(file)}
        for no, file in enumerate(expected, start=1)
    ]
    try:
        connection.execute(insert(files), rows)
    except IntegrityError:
        raise NotStillError("another process is taking the same files; they are looked at again") from None
    return batch_id


def expect_next_file(held: Held, order_id: int | None, file: ExpectedFile) -> None:
    """Note one more file of a batch, mostly of a counter's order, that is about to be taken.

    Raises NotStillError where the same file is being taken at this moment.
    """
    last = held.connection.scalar(select(func.max(files.c.no)).where(files.c.batch_id == held.batch_id)) or 0
    row = {"batch_id": held.batch_id, "no": last + 1, "state": FileState.EXPECTED, "order_id": order_id}
    try:
        held.connection.execute(insert(files).values(**row, **asdict(file)))
    except IntegrityError:
        raise NotStillError("the same page is being taken twice at once; send it again") from None


def file_taken(held: Held, file_id: int, object_key: str) -> None:
    """The file's bytes are in the store and were read back.

    Raises NotStillError if another taker withdrew it meanwhile: it is to be taken anew.
    """
    if not _moved(held, file_id, FileState.TAKEN, object_key=object_key):
        raise NotStillError("another process was taking the same files; they are taken again")


def file_withdrawn(held: Held, file_id: int) -> None:
    """An expected file went away before it was taken: nothing was promised, nothing is kept."""
    still_expected = _is_file(held, file_id) & (files.c.state == FileState.EXPECTED)
    held.connection.execute(update(files).where(still_expected).values(state=FileState.WITHDRAWN))


def file_dropped(held: Held, file_id: int) -> None:
    """A file whose bytes another batch has: nothing of it is kept here."""
    if not _moved(held, file_id, FileState.WITHDRAWN, object_key=None):
        raise refused(f"a file of batch {held.batch_id}", FileState.WITHDRAWN)


def forget_source(held: Held, file_id: int) -> None:
    """A file's source is new when it comes again: what was taken of it is lost."""
    held.connection.execute(update(files).where(_is_file(held, file_id)).values(source_id=None))


# --- unpacking ----------------------------------------------------------------------------------------


def file_unpacked(held: Held, file: TakenFile) -> None:
    """Note the pages of a file by their numbers in the batch; those with an error go to quarantine.

    Not in a signed file: that stays together, and what is wrong with a page is noted when it is to be read.
    Pages that the ledger holds already (a second try) keep their rows.
    """
    note_pages(held, file)
    unpacked = file.unpacked
    if not _moved(held, file.id, FileState.UNPACKED, signed=unpacked.signed, lossless=unpacked.lossless):
        raise refused(f"file {file.no} of batch {held.batch_id}", FileState.UNPACKED)


def quarantine_file(held: Held, file_id: int, error: InputError) -> None:
    """Set a whole file into quarantine (cách ly) with the reason, and what was taken out of it before.

    Raises NotStillError if another taker withdrew it meanwhile: it is to be looked at anew.
    """
    if not _moved(held, file_id, FileState.QUARANTINED, **reason_of(error)):
        raise NotStillError("another process was taking the same files; they are taken again")
    of_file = (pages.c.batch_id == held.batch_id) & (pages.c.file_id == file_id)
    still_open = of_file & pages.c.state.not_in(SETTLED)
    held.connection.execute(
        update(pages).where(still_open).values(state=PageState.QUARANTINED, **reason_of(error))
    )


def taken_file(connection: Connection, file: FileRecord, unpacked: Unpacked) -> TakenFile:
    """A file with what it holds, its pages numbered as `first_page_no` says."""
    first_no = first_page_no(connection, file.batch_id, file.id)
    return TakenFile(file.id, file.no, file.name, file.stored_key, file.sha256, first_no, unpacked)


# --- releasing -----------------------------------------------------------------------------------------


def files_released(held: Held, object_keys: Iterable[str]) -> None:
    """The source files' own objects are to go: all their pages have their own place."""
    held.connection.execute(
        update(files)
        .where(files.c.batch_id == held.batch_id, files.c.object_key.in_(list(object_keys)))
        .values(object_key=None)
    )


def _is_file(held: Held, file_id: int) -> ColumnElement[bool]:
    """A file by its row's id, if it is one of the batch's."""
    return (files.c.id == file_id) & (files.c.batch_id == held.batch_id)


def _moved(held: Held, file_id: int, state: FileState, **values: Any) -> bool:
    """Bring a file into a state; whether it may follow the one in which the file is."""
    may = _is_file(held, file_id) & files.c.state.in_(may_become(FILE_FOLLOWS, state))
    done = held.connection.execute(update(files).where(may).values(state=state, **values))
    return done.rowcount > 0
