"""A person gives a waiting batch its dossier's number."""

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.errors import UsageError
from scanflow.pipeline import ledger
from scanflow.pipeline.services import Services


def assign_batch(
    services: Services, batch_id: str, number: str, procedure_code: str | None, operator: str
) -> None:
    """Note the number; the batch can then go on. Raises NotFoundError, UsageError if it does not wait."""
    with services.catalog.transaction() as connection:
        row = ledger.batch(connection, batch_id)
        if row.state != "unassigned":
            raise UsageError(
                f"batch {batch_id} does not wait for a number, it is {row.state}",
                f"Lô {batch_id} không ở trạng thái chờ gán mã hồ sơ.",
            )
        ledger.assign(connection, batch_id, number, procedure_code)
        entry = LogEntry(
            at=ledger.now(),
            actor=operator,
            action="assigned",
            subject=batch_subject(batch_id),
            before=None,
            after={"dossier": number},
        )
        services.catalog.append_log(entry, connection=connection)
