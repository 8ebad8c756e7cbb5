"""Pages of a batch: noted, read, filed, set aside or set into quarantine.

What holds of `scanflow.ledger.batches` holds here, too.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from scanflow.archive.database.tables import files, pages
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.errors import InputError
from scanflow.ledger.lease import Held
from scanflow.ledger.records import Entry, PageRecord, TakenFile, in_order
from scanflow.ledger.states import PAGE_FOLLOWS, may_become, refused
from scanflow.model import SETTLED, PageReading, PageState


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a page is set aside: a stable word, English for the operator, Vietnamese for the clerk."""

    code: str
    text: str
    text_vi: str


def reason_of(error: InputError) -> dict[str, str]:
    """The columns that say why a file or a page is in quarantine."""
    return {"reason_code": error.code, "reason": error.message, "reason_vi": error.message_vi}


# --- looking -------------------------------------------------------------------------------------------


def batch_pages(connection: Connection, batch_id: str) -> list[PageRecord]:
    """The batch's pages in their order."""
    query = select(pages).where(pages.c.batch_id == batch_id).order_by(pages.c.no)
    return fetch_all(connection, PageRecord, query)


def get_page(connection: Connection, batch_id: str, no: int) -> PageRecord | None:
    """A page by its number in its batch."""
    query = select(pages).where(pages.c.batch_id == batch_id, pages.c.no == no)
    return fetch_one(connection, PageRecord, query)


def page_numbers(connection: Connection, batch_id: str) -> list[int]:
    """The numbers of the batch's pages, in order."""
    query = select(pages.c.no).where(pages.c.batch_id == batch_id).order_by(pages.c.no)
    return list(connection.scalars(query))


def pages_of_signed_files(connection: Connection, batch_id: str) -> list[list[int]]:
    """The page numbers of each digitally signed file of a batch, in order."""
    query = (
        select(pages.c.file_id, pages.c.no)
        .join(files, files.c.id == pages.c.file_id)
        .where(pages.c.batch_id == batch_id, files.c.signed)
        .order_by(pages.c.no)
    )
    found: dict[int, list[int]] = {}
    for file_id, no in connection.execute(query):
        found.setdefault(file_id, []).append(no)
    return list(found.values())


def settled_pages(connection: Connection, batch_id: str) -> set[int]:
    """Numbers of the batch's pages with which nothing more is to be done."""
    query = select(pages.c.no).where(pages.c.batch_id == batch_id, pages.c.state.in_(SETTLED))
    return set(connection.scalars(query))


def first_page_no(connection: Connection, batch_id: str, file_id: int) -> int:
    """The number in the batch of a file's first page: the one that it has, or the next that is free.

    So a page keeps its number when a second try takes other pages out of the files before it.
    """
    own = connection.scalar(select(func.min(pages.c.no)).where(pages.c.file_id == file_id))
    last = connection.scalar(select(func.max(pages.c.no)).where(pages.c.batch_id == batch_id))
    return int(own if own is not None else (last or 0) + 1)


# --- changing ------------------------------------------------------------------------------------------


def note_pages(held: Held, file: TakenFile) -> None:
    """Enter the pages of a file that was taken apart; those that the ledger has already keep their rows.

    A page that could not be taken out of the file is in quarantine, but for a signed file's: that one is
    still to be read, as it stays with its file.
    """
    known = set(page_numbers(held.connection, held.batch_id))
    for no, entry in in_order(file):
        if no not in known:
            row = {"batch_id": held.batch_id, "file_id": file.id, "no": no, **_page_values(entry)}
            if file.unpacked.signed and isinstance(entry, tuple):
                row |= {"state": PageState.TAKEN, **_NO_REASON}
            held.connection.execute(insert(pages).values(row))


def page_read(held: Held, no: int, reading: PageReading) -> None:
    """Note what was found out about a page."""
    _set_open_page(
        held,
        no,
        PageState.READ,
        fingerprint=reading.fingerprint,
        dpi=reading.dpi[0],
        geometry=asdict(reading.geometry),
        quality=asdict(reading.quality),
        confidence=reading.confidence,
    )


def page_unread(held: Held, no: int, reading: PageReading, error: InputError) -> None:
    """Note that a page of a signed file could not be read, and why: it stays with its file, without words."""
    _set_open_page(held, no, PageState.READ, geometry=asdict(reading.geometry), **reason_of(error))


def page_quarantined(held: Held, no: int, error: InputError) -> None:
    """Set a page into quarantine with the reason."""
    _set_open_page(held, no, PageState.QUARANTINED, **reason_of(error))


def page_set_aside(held: Held, no: int, reason: Reason) -> None:
    """Set a page aside (blank, duplicate): kept, with the reason, in no document."""
    said = {"reason_code": reason.code, "reason": reason.text, "reason_vi": reason.text_vi}
    _set_open_page(held, no, PageState.SET_ASIDE, **said)


def page_reopened(held: Held, no: int, state: PageState) -> None:
    """A person takes a page back to an earlier state; no reason is left. Raises StateError."""
    may = _is_page(held, no) & pages.c.state.in_(may_become(PAGE_FOLLOWS, state))
    done = held.connection.execute(update(pages).where(may).values(state=state, **_NO_REASON))
    if done.rowcount == 0:
        raise refused(f"page {no} of batch {held.batch_id}", state)


def page_kept(held: Held, no: int, object_key: str) -> None:
    """Note where the captured bytes of a page are that is in no document."""
    held.connection.execute(update(pages).where(_is_page(held, no)).values(object_key=object_key))


def pages_filed(held: Held, numbers: Iterable[int], document_id: int) -> None:
    """The pages stand in a document whose objects are confirmed.

    Raises StateError for a page that was not read.
    """
    wanted = list(numbers)
    may = pages.c.state.in_(may_become(PAGE_FOLLOWS, PageState.FILED))
    done = held.connection.execute(
        update(pages)
        .where(pages.c.batch_id == held.batch_id, pages.c.no.in_(wanted), may)
        .values(state=PageState.FILED, document_id=document_id)
    )
    if done.rowcount != len(wanted):
        raise refused(f"some of pages {wanted} of batch {held.batch_id}", PageState.FILED)


_NO_REASON = {"reason_code": None, "reason": None, "reason_vi": None}


def _page_values(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, tuple):
        no, error = entry
        nothing = {"sha256": "", "media_type": ""}
        return {"file_page": no, "state": PageState.QUARANTINED, **nothing, **reason_of(error)}
    return {
        "file_page": entry.no,
        "state": PageState.TAKEN,
        "sha256": sha256(entry.data).hexdigest(),
        "media_type": entry.media_type,
        "width": entry.width,
        "height": entry.height,
        "dpi": entry.dpi[0],
    }


def _is_page(held: Held, no: int) -> ColumnElement[bool]:
    return (pages.c.batch_id == held.batch_id) & (pages.c.no == no)


def _set_open_page(held: Held, no: int, state: PageState, **values: Any) -> None:
    """Bring a page into a state, unless it has a final one: a final state stays."""
    is_open = _is_page(held, no) & pages.c.state.not_in(SETTLED)
    held.connection.execute(update(pages).where(is_open).values(state=state, **values))
