"""Pages that come after their stack was filed or given up (trang đến muộn), and what is to become of them.

Each is evidence: it is kept in a batch of its own, one for each order, which waits for a person like any
batch without a number. The same page sent again is there once, whatever has become of that batch.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from scanflow.archive.agencies import agency_of_counter
from scanflow.archive.database.records import fetch_one
from scanflow.archive.database.tables import batches, counters, files, orders
from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.store.keys import intake_file_key
from scanflow.desk.context import Desk
from scanflow.desk.ownership import note
from scanflow.errors import NotStillError
from scanflow.ledger import ledger
from scanflow.ledger.lease import lock
from scanflow.ledger.ledger import ExpectedFile, Intake
from scanflow.ledger.records import FileRecord
from scanflow.model import BatchState
from scanflow.pipeline.filing.numbering import LATE
from scanflow.pipeline.intake.known_files import lost_files, store_again
from scanflow.pipeline.intake.scans import ORIGIN


def keep_late(desk: Desk, counter: str, order_id: int, name: str, data: bytes, digest: str) -> str:
    """Keep a page in the batch of its order's late pages; the SHA-256 under which it is held.

    `name` must tell pages of the counter apart, also other bytes of one number. When this returns the page is
    safe. Raises NotStillError where the same page comes twice at once, StoreUnavailableError.
    """
    identity = ledger.source_id(f"late/{counter}/{name}", 0, len(data), digest)
    try:
        with desk.services.catalog.transaction() as connection:
            file = ExpectedFile(identity, name, digest, len(data))
            row = _known(connection, identity) or _expect(connection, counter, order_id, file)
    except IntegrityError:
        raise NotStillError("the same page is being taken twice at once; send it again") from None
    services = desk.services
    if row.state != "expected":
        for key in lost_files(services, [row]):
            store_again(services, key, data)
        return row.sha256
    key = intake_file_key(row.batch_id, row.no, digest, name)
    stored = services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    with services.catalog.transaction() as connection:
        held = lock(connection, row.batch_id)
        services.catalog.record_object(stored, connection=connection)
        ledger.file_taken(held, row.id, stored.key)  # not of a stack that was handed in meanwhile
        note(desk, connection, row.batch_id, counter, "late page", {"order": order_id, "file": row.no})
        ledger.bump_revision(held)
    write_batch_manifest(services.store, services.catalog, row.batch_id)
    services.store.require_bound()  # else it went into another place than this archive
    desk.bell.ring(row.batch_id)
    return stored.sha256


def _known(connection: Connection, identity: str) -> FileRecord | None:
    same = (files.c.source_id == identity) & (files.c.state != "withdrawn")
    return fetch_one(connection, FileRecord, select(files).where(same))


def _expect(connection: Connection, counter: str, order_id: int, file: ExpectedFile) -> FileRecord:
    """Enter a page that is about to be stored: in the batch of its order that still waits, or a new one."""
    # Two pages of a counter at once must not make two batches.
    connection.execute(select(counters.c.name).where(counters.c.name == counter).with_for_update())
    query = (
        select(batches.c.id)
        .join(files, files.c.batch_id == batches.c.id)
        .where(files.c.order_id == order_id, batches.c.state == "unassigned")
        .where(batches.c.reason == LATE, batches.c.counter == counter)
        .limit(1)
        .with_for_update(of=batches)
    )
    batch_id = connection.scalar(query)
    if batch_id is None:
        intake = Intake(ORIGIN, agency=agency_of_counter(connection, counter))
        batch_id = ledger.begin(connection, intake, BatchState.UNASSIGNED, counter=counter, reason=LATE)
    ledger.expect_next(lock(connection, batch_id), order_id, file)
    found = _known(connection, file.source_id)
    assert found is not None  # noqa: S101  it was inserted just now
    return found


def origin_of(connection: Connection, batch_id: str) -> tuple[str, str | None]:
    """The stack whose pages these are: its batch, empty if nobody knows it, and its number if known."""
    query = (
        select(batches.c.id, batches.c.dossier_number, batches.c.clerk_number)
        .join(orders, orders.c.batch_id == batches.c.id)
        .join(files, files.c.order_id == orders.c.id)
        .where(files.c.batch_id == batch_id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.id, row.dossier_number or row.clerk_number) if row else ("", None)


def kept_files(connection: Connection, batch_id: str) -> Sequence[int]:
    """The numbers of a late batch's files whose bytes are there, in their order."""
    there = (files.c.batch_id == batch_id) & files.c.state.in_(("taken", "unpacked"))
    return connection.scalars(select(files.c.no).where(there).order_by(files.c.no)).all()
