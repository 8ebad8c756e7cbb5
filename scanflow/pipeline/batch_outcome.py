"""The outcome of a batch so far: what was filed, what was not and why, as the ledger has it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from scanflow.errors import CatalogBehindError
from scanflow.ledger.batches import BatchCounts, count_of, get_batch
from scanflow.ledger.documents import Filed, filed_by
from scanflow.ledger.records import BatchRecord
from scanflow.ledger.scheduling import CATALOG_BEHIND, STORE_UNAVAILABLE
from scanflow.ledger.unfiled import Unfiled, unfiled_files, unfiled_pages
from scanflow.ledger.workers import worker_ids
from scanflow.model import BatchState
from scanflow.pipeline.filing.numbering import REASONS
from scanflow.pipeline.services import Services

_TAKING = (
    "not all of its files have been taken yet: they come again by themselves from an inbox, "
    "else give the same files again",
    "Chưa lấy đủ tệp của tập giấy tờ. Tệp trong thư mục theo dõi sẽ được lấy lại; "
    "nếu không, hãy gửi lại đúng các tệp đó.",
)
_AT_DESK = ("a clerk has it at the desk", "Cán bộ đang xử lý tại quầy.")
_RELEASED = ("it was released at the desk: a clerk has to take it on", "Đang chờ cán bộ tại quầy nhận.")
_STORE_UNAVAILABLE = (
    "the object store could not be reached when it was last tried: it is tried again every minute",
    "Chưa kết nối được kho lưu trữ. Giấy tờ vẫn được giữ và sẽ tự lưu khi có kết nối.",
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
_WAITS = {STORE_UNAVAILABLE: _STORE_UNAVAILABLE, CATALOG_BEHIND: _CATALOG_BEHIND}
_FAILED_VI = "Xử lý nhiều lần không được. Giấy tờ vẫn được giữ; hãy báo cho người quản trị hệ thống."


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a batch. `number_source` says how its dossier's number was found, `reason` why it is
    not closed.
    """

    batch_id: str
    state: BatchState
    count: BatchCounts
    number_source: str | None
    filed: tuple[Filed, ...] = ()
    laid: tuple[Unfiled, ...] = ()
    reason: str = ""
    reason_vi: str = ""

    @property
    def dossiers(self) -> tuple[str, ...]:
        """The dossiers that got something, in order."""
        return tuple(dict.fromkeys(filed.dossier for filed in self.filed))


def load_outcome(services: Services, batch_id: str) -> Outcome:
    """The outcome of a batch so far. Raises NotFoundError."""
    with services.catalog.reading() as connection:
        return outcome_of(connection, batch_id)


def outcome_of(connection: Connection, batch_id: str) -> Outcome:
    """The same within a transaction."""
    batch = get_batch(connection, batch_id)
    reason, reason_vi = _why_open(connection, batch)
    return Outcome(
        batch_id=batch_id,
        state=batch.state,
        count=count_of(connection, batch_id),
        number_source=batch.number_source,
        filed=filed_by(connection, batch_id),
        laid=unfiled_files(connection, batch_id) + unfiled_pages(connection, batch_id),
        reason=reason,
        reason_vi=reason_vi,
    )


def _why_open(connection: Connection, batch: BatchRecord) -> tuple[str, str]:
    """Why a batch is not closed, in English and Vietnamese; empty for one that is."""
    match batch.state:
        case BatchState.TAKING:
            return _TAKING
        case BatchState.DESK:
            return _AT_DESK if batch.operator else _RELEASED
        case BatchState.UNASSIGNED:
            return REASONS.get(batch.reason or "", ("", ""))
        case BatchState.FAILED:
            return batch.reason or "", _FAILED_VI
        case BatchState.TAKEN:
            return _WAITS.get(batch.reason or "") or _in_hand(connection)
    return "", ""


def _in_hand(connection: Connection) -> tuple[str, str]:
    return _IN_HAND if worker_ids(connection) else _NOBODY_WORKS
