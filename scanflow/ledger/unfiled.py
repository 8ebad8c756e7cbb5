"""What of a batch is in no document, or has no words there, with the reasons."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import files, pages
from scanflow.model import FileState, PageState

_KEPT: dict[PageState, Literal["set_aside", "quarantined"]] = {
    PageState.SET_ASIDE: "set_aside",
    PageState.QUARANTINED: "quarantined",
}


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A page or whole file (`page` None) that is in no document, with the reason.

    `file_no` is the file's number in the batch, `page` the page's number in the file. `where` is `unread` for
    a page that is in a document, its signed file, but has no words.
    """

    file: str
    file_no: int
    page: int | None
    where: Literal["set_aside", "quarantined", "unread"]
    code: str
    reason: str
    reason_vi: str


def unfiled_files(connection: Connection, batch_id: str) -> tuple[Unfiled, ...]:
    """The files of a batch that are in quarantine as a whole, in their order."""
    query = (
        select(files.c.name, files.c.no, files.c.reason_code, files.c.reason, files.c.reason_vi)
        .where(files.c.batch_id == batch_id, files.c.state == FileState.QUARANTINED)
        .order_by(files.c.no)
    )
    return tuple(Unfiled(name, no, None, "quarantined", *why) for name, no, *why in connection.execute(query))


def unfiled_pages(connection: Connection, batch_id: str) -> tuple[Unfiled, ...]:
    """The pages of a batch that were set aside, are in quarantine or have no words, in their order."""
    unread = pages.c.state.in_((PageState.READ, PageState.FILED)) & pages.c.reason_code.is_not(None)
    query = (
        select(
            files.c.name,
            files.c.no,
            pages.c.file_page,
            pages.c.state,
            pages.c.reason_code,
            pages.c.reason,
            pages.c.reason_vi,
        )
        .join(files, files.c.id == pages.c.file_id)
        .where(pages.c.batch_id == batch_id)
        .where(pages.c.state.in_(tuple(_KEPT)) | unread)
        .order_by(pages.c.no)
    )
    return tuple(
        Unfiled(name, no, page, _KEPT.get(state, "unread"), *why)
        for name, no, page, state, *why in connection.execute(query)
    )
