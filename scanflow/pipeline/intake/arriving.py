"""Taking pages one by one into a batch that is at the desk, as a feeder delivers them.

The order of steps is that of `intake`: what is about to come is noted, then its bytes are stored and read
back, then it is noted as taken. Killed anywhere, the same page sent again ends where it would have.
"""

from hashlib import sha256

from scanflow.archive.store.keys import intake_file_key
from scanflow.errors import ObjectExistsError, OvertakenError
from scanflow.ledger.batches import bump_revision
from scanflow.ledger.files import ExpectedFile, expect_next_file, file_named, file_taken, source_id
from scanflow.ledger.lease import holding, lock
from scanflow.model import BatchState, FileState
from scanflow.pipeline.intake.known_files import lost_files, store_again
from scanflow.pipeline.services import Services


def take_arriving(services: Services, batch_id: str, name: str, data: bytes, order_id: int) -> bool:
    """Take one file into a batch; whether it is new. When this returns its bytes are safe.

    `name` tells the batch's files apart. Raises ObjectExistsError where other bytes came under it,
    NotStillError where the same page comes twice at once, OvertakenError where the batch is no stack at the
    desk any more, StoreUnavailableError, CatalogUnavailableError.
    """
    digest = sha256(data).hexdigest()
    identity = source_id(f"{batch_id}/{name}", 0, len(data), digest)
    with services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        if held.row.state is not BatchState.DESK:
            raise OvertakenError(f"batch {batch_id} is {held.row.state}, no stack at the desk")
        row = file_named(connection, batch_id, name)
        if row is None:
            expect_next_file(held, order_id, ExpectedFile(identity, name, digest, len(data)))
            row = file_named(connection, batch_id, name)
    assert row is not None  # noqa: S101  it was inserted just now
    if row.sha256 != digest:
        raise ObjectExistsError(f"batch {batch_id}: another page came as {name}")
    if row.state is not FileState.EXPECTED:
        for key in lost_files(services, [row]):
            store_again(services, key, data)
        return False
    key = intake_file_key(batch_id, row.no, digest, name)
    stored = services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    with holding(services.catalog, held.lease) as still_held:
        services.catalog.record_object(stored, connection=still_held.connection)
        file_taken(still_held, row.id, stored.key)
        bump_revision(still_held)
    services.store.require_bound()  # else it went into another place than this archive
    return True
