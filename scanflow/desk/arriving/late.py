"""Pages that come after their stack was filed or given up (trang đến muộn).

Each is evidence, so it is kept: in a batch of its own, one for each order, which waits for a person like any
batch without a number. The same page sent again is kept only once, whatever the state of that batch.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.people.agencies import agency_of_counter
from scanflow.desk.access import note
from scanflow.desk.context import Desk
from scanflow.ledger.batches import Intake, begin_batch, bump_revision
from scanflow.ledger.desk_work import late_pages
from scanflow.ledger.desk_work.counters import lock_counter
from scanflow.ledger.files import ExpectedFile, expect_next_file, file_of_source, source_id
from scanflow.ledger.lease import Held, lock
from scanflow.ledger.records import FileRecord
from scanflow.model import BatchState, FileState
from scanflow.pipeline.intake.known_files import store_if_lost
from scanflow.pipeline.intake.scans import ORIGIN
from scanflow.pipeline.intake.storing import store_expected


def keep_late(desk: Desk, counter: str, order_id: int, name: str, data: bytes, digest: str) -> str:
    """Keep a page in the batch of its order's late pages; the SHA-256 under which it is held.

    `name` must tell pages of the counter apart, also other bytes of one number. When this returns the page is
    safe. Raises NotStillError where the same page comes twice at once, StoreUnavailableError.
    """
    identity = source_id(f"late/{counter}/{name}", 0, len(data), digest)
    with desk.services.catalog.transaction() as connection:
        file = ExpectedFile(identity, name, digest, len(data))
        row = file_of_source(connection, identity) or _expect(connection, counter, order_id, file)
    services = desk.services
    if row.state is not FileState.EXPECTED:
        store_if_lost(services, row, data)
        return row.sha256
    stored = store_expected(services, row, data, _noting(desk, counter, order_id, row))
    write_batch_manifest(services.store, services.catalog, row.batch_id)
    services.store.require_bound()  # else it went into another place than this archive
    desk.events.publish(row.batch_id)
    return stored.sha256


@contextmanager
def _noting(desk: Desk, counter: str, order_id: int, file: FileRecord) -> Iterator[Held]:
    """A transaction in which a late page is taken, whatever its batch's state, and entered in the log."""
    with desk.services.catalog.transaction() as connection:
        held = lock(connection, file.batch_id)
        yield held
        note(desk, connection, file.batch_id, counter, "late page", {"order": order_id, "file": file.no})
        bump_revision(held)


def _expect(connection: Connection, counter: str, order_id: int, file: ExpectedFile) -> FileRecord:
    """Enter a page that is about to be stored: in the batch of its order that still waits, or a new one."""
    lock_counter(connection, counter)  # two pages of a counter at once must not make two batches
    batch_id = late_pages.waiting_batch(connection, counter, order_id)
    if batch_id is None:
        intake = Intake(ORIGIN, agency=agency_of_counter(connection, counter))
        waiting = BatchState.UNASSIGNED
        batch_id = begin_batch(connection, intake, waiting, counter=counter, reason=late_pages.LATE)
    expect_next_file(lock(connection, batch_id), order_id, file)
    found = file_of_source(connection, file.source_id)
    assert found is not None  # noqa: S101  it was inserted just now
    return found
