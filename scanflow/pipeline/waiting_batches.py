"""Actions of a person on a waiting batch: give its dossier's number, or retry a failed batch."""

from typing import Any

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.archive.manifest import write_batch_manifest
from scanflow.clock import now
from scanflow.errors import UsageError
from scanflow.ledger import scheduling
from scanflow.ledger.batches import assign_number
from scanflow.ledger.lease import lock
from scanflow.model import BatchState
from scanflow.pipeline.services import Services


def assign_batch(
    services: Services, batch_id: str, number: str, procedure_code: str | None, operator: str
) -> None:
    """Note the number; the batch can then go on. Raises NotFoundError, UsageError if it does not wait."""
    with services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        if held.row.state is not BatchState.UNASSIGNED:
            raise UsageError(
                f"batch {batch_id} does not wait for a number, it is {held.row.state}",
                f"Tập giấy tờ {batch_id} không ở trạng thái chờ gán mã hồ sơ.",
            )
        assign_number(held, number, procedure_code)
        entry = _entry(batch_id, operator, "assigned", {"dossier": number})
        services.catalog.append_log(entry, connection=connection)
    write_batch_manifest(services.store, services.catalog, batch_id)


def retry_batch(services: Services, batch_id: str, operator: str) -> None:
    """Let a failed batch be tried again. Raises NotFoundError, UsageError if it has not failed."""
    with services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        if held.row.state is not BatchState.FAILED:
            raise UsageError(
                f"batch {batch_id} has not failed, it is {held.row.state}",
                f"Tập giấy tờ {batch_id} không ở trạng thái bị lỗi.",
            )
        scheduling.reset_failed(held)
        services.catalog.append_log(_entry(batch_id, operator, "retried"), connection=connection)
    write_batch_manifest(services.store, services.catalog, batch_id)


def _entry(batch_id: str, operator: str, action: str, after: Any = None) -> LogEntry:
    return LogEntry(now(), operator, action, batch_subject(batch_id), after=after)
