"""Batches (tập giấy tờ): entering them, looking them up, counting, and changing their state.

Every function works inside the caller's transaction, so that a step and what it did are committed together or
not at all. Doing a step again changes nothing. Functions that only look take a connection; those that change
something take a `Held`, the batch's row locked for the one that may change it (`scanflow.ledger.lease`).
`scanflow.ledger.states` says which state may follow which.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from scanflow.archive.database.tables import batches, files, pages
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.clock import now
from scanflow.errors import NotFoundError, ScanflowError
from scanflow.ledger.lease import NEXT_TURN, Held
from scanflow.ledger.records import BatchRecord
from scanflow.ledger.states import (
    BATCH_BEGINS,
    BATCH_FOLLOWS,
    may_become,
    refused,
    require_beginning,
)
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState, DossierNumber, FileState, PageState


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a batch comes from, and what its sender stated about it."""

    origin: str
    operator: str = ""
    clerk_number: str | None = None
    procedure_code: str | None = None
    agency: str = DEFAULT_AGENCY


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many of a batch's pages and files are in which state. A batch closes when none is open."""

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
        """Pages and files that are not accounted for yet."""
        return self.captured - self.filed - self.set_aside - self.quarantined + self.files_open


# --- looking -------------------------------------------------------------------------------------------


def get_batch(connection: Connection, batch_id: str) -> BatchRecord:
    """A batch. Raises NotFoundError."""
    found = fetch_one(connection, BatchRecord, select(batches).where(batches.c.id == batch_id))
    if found is None:
        raise unknown_batch(batch_id)
    return found


def unknown_batch(batch_id: str) -> NotFoundError:
    """The error where there is no such batch, or none that the caller may see."""
    return NotFoundError(f"no batch {batch_id}", f"Không có tập giấy tờ {batch_id}.")


def batch_ids(connection: Connection, *, only_open: bool) -> list[str]:
    """All batches, newest first; `only_open`: those that are not closed."""
    query = select(batches.c.id).order_by(batches.c.created_at.desc(), batches.c.id.desc())
    if only_open:
        query = query.where(batches.c.state != BatchState.CLOSED)
    return list(connection.scalars(query))


def procedures_of_operator(connection: Connection, operator: str, most: int = 8) -> list[str]:
    """The codes of the procedures that a person chose for batches, the last one first, each once."""
    query = (
        select(batches.c.procedure_code)
        .where(batches.c.operator == operator)
        .order_by(batches.c.created_at.desc())
        .limit(_LOOKED_AT)
    )
    return list(dict.fromkeys(code for code in connection.scalars(query) if code))[:most]


_LOOKED_AT = 200
"""Batches that are looked through for the procedures which a person chose last."""


def count_of(connection: Connection, batch_id: str) -> BatchCounts:
    """How many of the batch's pages and files are in which state."""
    of_pages = _by_state(connection, pages, batch_id)
    of_files = _by_state(connection, files, batch_id)
    return BatchCounts(
        captured=sum(of_pages.values()),
        filed=of_pages.get(PageState.FILED, 0),
        set_aside=of_pages.get(PageState.SET_ASIDE, 0),
        quarantined=of_pages.get(PageState.QUARANTINED, 0),
        unread=of_pages.get(PageState.TAKEN, 0),
        files=sum(of_files.values()),
        files_quarantined=of_files.get(FileState.QUARANTINED, 0),
        files_open=of_files.get(FileState.EXPECTED, 0) + of_files.get(FileState.TAKEN, 0),
    )


def _by_state(connection: Connection, table: Table, batch_id: str) -> Mapping[str, int]:
    query = (
        select(table.c.state, func.count().label("number"))
        .where(table.c.batch_id == batch_id)
        .group_by(table.c.state)
    )
    return {row.state: row.number for row in connection.execute(query)}


# --- changing ------------------------------------------------------------------------------------------


def begin_batch(connection: Connection, intake: Intake, state: BatchState, **more: Any) -> str:
    """Note a new batch; its id: the time, and what tells batches of one second apart.

    `more` are other columns of its row. Raises StateError for a state in which no batch begins.
    """
    require_beginning(BATCH_BEGINS, state, "a batch")
    started = now()
    batch_id = f"{started:%Y%m%d-%H%M%S}-{token_hex(4)}"
    row = {"id": batch_id, "state": state, "created_at": started, "updated_at": started}
    connection.execute(insert(batches).values(**row, **asdict(intake), **more))
    return batch_id


def set_batch(held: Held, **values: Any) -> None:
    """Change columns of the batch's row, but for its state."""
    if "state" in values:
        raise TypeError("a batch's state is set by set_batch_state")
    own = batches.c.id == held.batch_id
    held.connection.execute(update(batches).where(own).values(updated_at=now(), **values))


def set_batch_state(held: Held, state: BatchState, **values: Any) -> None:
    """Bring the batch into a state, and change other columns of its row with it.

    Raises StateError where that may not follow the state in which the batch is.
    """
    own = (batches.c.id == held.batch_id) & batches.c.state.in_(may_become(BATCH_FOLLOWS, state))
    done = held.connection.execute(update(batches).where(own).values(state=state, updated_at=now(), **values))
    if done.rowcount == 0:
        raise refused(f"batch {held.batch_id}", state)


def bump_revision(held: Held) -> None:
    """What a clerk sees of the batch has changed."""
    set_batch(held, revision=batches.c.revision + 1)


def batch_taken(held: Held) -> None:
    """The batch is what was taken of it (or is in quarantine); what it still expects is withdrawn."""
    expected = (files.c.batch_id == held.batch_id) & (files.c.state == FileState.EXPECTED)
    held.connection.execute(update(files).where(expected).values(state=FileState.WITHDRAWN))
    set_batch_state(held, BatchState.TAKEN)


def unassign(held: Held, reason: str) -> None:
    """No number could be given: the batch waits for a person (đang chờ mã hồ sơ)."""
    set_batch_state(held, BatchState.UNASSIGNED, reason=reason)


def assign_number(held: Held, number: str, procedure_code: str | None) -> None:
    """A person gave the number of a waiting batch: it goes on."""
    procedure = {"procedure_code": procedure_code} if procedure_code else {}
    set_batch_state(held, BatchState.TAKEN, reason=None, clerk_number=number, **NEXT_TURN, **procedure)


def note_dossier(held: Held, number: DossierNumber) -> None:
    """Note the dossier of the batch (the first, where it holds several) and how its number was found."""
    set_batch(held, dossier_number=number.value, number_source=number.source)


def close_batch(held: Held) -> BatchCounts:
    """Close a batch. Raises ScanflowError where some of its pages or files are still open."""
    batch_id = held.batch_id
    total = count_of(held.connection, batch_id)
    if total.open:
        raise ScanflowError(
            f"batch {batch_id} does not close: {total.open} of its pages or files are not accounted for",
            f"Tập giấy tờ {batch_id} chưa khép được: còn trang chưa xử lý xong. "
            "Hãy báo cho người quản trị hệ thống.",
        )
    set_batch_state(held, BatchState.CLOSED, closed_at=now(), reason=None)
    return total
