"""What has arrived at the desk and is to be worked on: files to be unpacked, pages to be read."""

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from scanflow.archive.database.tables import batches, files, pages
from scanflow.archive.database.typed_rows import record_of
from scanflow.ledger.lease import Lease
from scanflow.ledger.records import FileRecord
from scanflow.model import BatchState, FileState, PageState


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file of a stack at the desk with work in it, and the lease under which that work is to be done."""

    file: FileRecord
    lease: Lease


def files_with_work(connection: Connection) -> list[ArrivedFile]:
    """Files of stacks at the desk that are to be taken apart, or have pages to be read; the oldest first."""
    unread = exists().where(pages.c.file_id == files.c.id, pages.c.state == PageState.TAKEN)
    query = (
        select(files, batches.c.turn)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.state == BatchState.DESK)
        .where((files.c.state == FileState.TAKEN) | ((files.c.state == FileState.UNPACKED) & unread))
        .order_by(batches.c.created_at, files.c.batch_id, files.c.no)
    )
    return [
        ArrivedFile(
            record_of(FileRecord, row),
            Lease(row["batch_id"], BatchState.DESK, row["turn"]),
        )
        for row in connection.execute(query).mappings()
    ]


def has_files_to_unpack(connection: Connection, batch_id: str) -> bool:
    """Whether a file has come whose pages are not known yet."""
    query = select(files.c.id).where(files.c.batch_id == batch_id, files.c.state == FileState.TAKEN)
    return connection.execute(query.limit(1)).first() is not None


def unread_pages(connection: Connection, file_id: int) -> set[int]:
    """The numbers of a file's pages that are to be read."""
    query = select(pages.c.no).where(pages.c.file_id == file_id, pages.c.state == PageState.TAKEN)
    return set(connection.scalars(query))
