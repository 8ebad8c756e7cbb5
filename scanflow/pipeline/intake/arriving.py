"""Taking pages one by one into a batch that is at the desk, as a feeder delivers them.

After a kill at any point, sending the same page again leads to the same result
(`scanflow.pipeline.intake.storing`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from scanflow.errors import ObjectExistsError, OvertakenError
from scanflow.ledger.batches import bump_revision
from scanflow.ledger.files import ExpectedFile, expect_next_file, file_named, source_id
from scanflow.ledger.lease import Held, Lease, holding, lock
from scanflow.model import BatchState, FileState
from scanflow.pipeline.intake.known_files import store_if_lost
from scanflow.pipeline.intake.storing import store_expected
from scanflow.pipeline.services import Services


def take_arriving(services: Services, batch_id: str, name: str, data: bytes, order_id: int | None) -> bool:
    """Take one file into a batch; whether it is new. When this returns its bytes are safe.

    `name` tells the batch's files apart; `order_id` is None for a file that no scanner sent.
    Raises ObjectExistsError where other bytes came under that name, NotStillError where the same page comes
    twice at once, OvertakenError where the batch is no stack at the desk any more, StoreUnavailableError,
    CatalogUnavailableError.
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
        store_if_lost(services, row, data)
        return False
    store_expected(services, row, data, _showing_a_change(services, held.lease))
    services.store.require_bound()  # else it went into another place than this archive
    return True


@contextmanager
def _showing_a_change(services: Services, lease: Lease) -> Iterator[Held]:
    """A transaction that changes what a clerk sees of the lease's batch."""
    with holding(services.catalog, lease) as held:
        yield held
        bump_revision(held)
