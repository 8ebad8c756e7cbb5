"""What became of a batch, told from ledger and catalog."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from scanflow.archive.database.tables import (
    batches,
    documents,
    dossiers,
    files,
    pages,
    versions,
    workers,
)
from scanflow.errors import CatalogBehindError
from scanflow.ledger import ledger
from scanflow.ledger.ledger import Count
from scanflow.ledger.scheduling import CATALOG_BEHIND, STORE_AWAY
from scanflow.pipeline.filing.numbering import REASONS
from scanflow.pipeline.services import Services

_TAKING = (
    "not all of its files have been taken yet: they come again by themselves from an inbox, "
    "else give the same files again",
    "Chưa lấy đủ tệp của lô. Tệp trong thư mục theo dõi sẽ được lấy lại; "
    "nếu không, hãy nộp lại đúng các tệp đó.",
)
_AT_DESK = ("a clerk has it at the desk", "Người xử lý đang làm tại quầy.")
_RELEASED = ("it was released at the desk: a clerk has to take it on", "Đang chờ cán bộ tại quầy nhận.")
_STORE_AWAY = (
    "the object store was away when it was last tried: it is tried again every minute",
    "Chưa kết nối được kho lưu trữ. Giấy tờ vẫn được giữ và sẽ tự nộp khi có kết nối.",
)
_CATALOG_BEHIND = (
    "the bucket has more than the catalog knows: run `scanflow repair`, then it goes on by itself",
    CatalogBehindError.default_vi,
)
_NOBODY_WORKS = (
    "no worker is running: start `scanflow worker`, or `scanflow watch`",
    "Chưa có máy nào đang xử lý. Hãy báo cho người quản trị hệ thống.",
)
_IN_HAND = ("in the queue or being worked on", "Đang chờ hoặc đang xử lý.")
_WAITS = {STORE_AWAY: _STORE_AWAY, CATALOG_BEHIND: _CATALOG_BEHIND}
_FAILED_VI = "Xử lý nhiều lần không được. Giấy tờ vẫn được giữ; hãy báo cho người quản trị hệ thống."


@dataclass(frozen=True, slots=True)
class Filed:
    """A document that the batch put into a dossier."""

    dossier: str
    no: int
    type: str
    title: str
    confidence: float
    pages: int
    object_key: str


@dataclass(frozen=True, slots=True)
class Laid:
    """A page or whole file (`page` None) that is in no document, with the reason.

    `where` is `unread` for a page that is in one, its signed file, but has no words.
    """

    file: str
    file_no: int
    page: int | None
    where: Literal["set_aside", "quarantined", "unread"]
    code: str
    reason: str
    reason_vi: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. `number_source` says how its dossier's number was found, `reason` why it is
    not closed.
    """

    batch_id: str
    state: str
    count: Count
    number_source: str | None
    filed: tuple[Filed, ...] = ()
    laid: tuple[Laid, ...] = ()
    reason: str = ""
    reason_vi: str = ""

    @property
    def dossiers(self) -> tuple[str, ...]:
        """The dossiers that got something, in order."""
        return tuple(dict.fromkeys(filed.dossier for filed in self.filed))


def report(services: Services, batch_id: str) -> Outcome:
    """What became of a batch so far. Raises NotFoundError."""
    with services.catalog.reading() as connection:
        return outcome_of(connection, batch_id)


def outcome_of(connection: Connection, batch_id: str) -> Outcome:
    """The same within a transaction."""
    row = ledger.batch(connection, batch_id)
    reason, reason_vi = _why_open(connection, row)
    return Outcome(
        batch_id=batch_id,
        state=row.state,
        count=ledger.count(connection, batch_id),
        number_source=row.number_source,
        filed=_filed(connection, batch_id),
        laid=_laid_files(connection, batch_id) + _laid_pages(connection, batch_id),
        reason=reason,
        reason_vi=reason_vi,
    )


def _why_open(connection: Connection, row: Row[Any]) -> tuple[str, str]:
    """Why a batch is not closed, in English and Vietnamese; empty for one that is."""
    match row.state:
        case "taking":
            return _TAKING
        case "desk":
            return _AT_DESK if row.operator else _RELEASED
        case "unassigned":
            return REASONS.get(row.reason, ("", ""))
        case "failed":
            return row.reason, _FAILED_VI
        case "taken":
            return _WAITS.get(row.reason) or _in_hand(connection)
    return "", ""


def _in_hand(connection: Connection) -> tuple[str, str]:
    return _IN_HAND if connection.scalar(select(exists(select(workers)))) else _NOBODY_WORKS


def batch_ids(connection: Connection, *, only_open: bool) -> list[str]:
    """Batches, newest first; `only_open`: those that are not closed."""
    query = select(batches.c.id).order_by(batches.c.created_at.desc(), batches.c.id.desc())
    if only_open:
        query = query.where(batches.c.state != "closed")
    return list(connection.scalars(query))


def _filed(connection: Connection, batch_id: str) -> tuple[Filed, ...]:
    query = (
        select(
            dossiers.c.number,
            documents.c.no,
            documents.c.type,
            documents.c.title,
            documents.c.confidence,
            versions.c.pages,
            versions.c.pdf_key,
        )
        .join(documents, documents.c.dossier_id == dossiers.c.id)
        .join(versions, versions.c.document_id == documents.c.id)
        .where(documents.c.batch_id == batch_id)
        .order_by(documents.c.first_page, versions.c.version)
    )
    return tuple(Filed(*row) for row in connection.execute(query))


def _laid_files(connection: Connection, batch_id: str) -> tuple[Laid, ...]:
    query = (
        select(files.c.name, files.c.no, files.c.reason_code, files.c.reason, files.c.reason_vi)
        .where(files.c.batch_id == batch_id, files.c.state == "quarantined")
        .order_by(files.c.no)
    )
    return tuple(Laid(row.name, row.no, None, "quarantined", *row[2:]) for row in connection.execute(query))


def _laid_pages(connection: Connection, batch_id: str) -> tuple[Laid, ...]:
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
        .where(pages.c.state.in_(("set_aside", "quarantined")) | _is_unread())
        .order_by(pages.c.no)
    )
    return tuple(_laid(row) for row in connection.execute(query))


def _is_unread() -> ColumnElement[bool]:
    return pages.c.state.in_(("read", "filed")) & pages.c.reason_code.is_not(None)


def _laid(row: Any) -> Laid:
    return Laid(
        file=row.name,
        file_no=row.no,
        page=row.file_page,
        where=row.state if row.state in ("set_aside", "quarantined") else "unread",
        code=row.reason_code,
        reason=row.reason,
        reason_vi=row.reason_vi,
    )
