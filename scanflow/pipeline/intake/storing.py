"""Storing a file that the ledger expects, wherever it came from: a folder, a counter's stack, a late page.

The order of steps is safe: the process may be killed anywhere, and the steps may be run again. First the file
is noted as expected; then its bytes are stored and read back; then it is noted as taken.
"""

from contextlib import AbstractContextManager

from scanflow.archive.store.keys import intake_file_key
from scanflow.ledger.files import file_taken
from scanflow.ledger.lease import Held
from scanflow.ledger.records import FileRecord
from scanflow.model import StoredObject
from scanflow.pipeline.services import Services


def store_expected(
    services: Services, file: FileRecord, data: bytes, changing: AbstractContextManager[Held]
) -> StoredObject:
    """Store a file's bytes, and note in the transaction `changing` that it is taken; the object.

    Raises StoreUnavailableError, NotStillError where another process withdrew the file meanwhile, and what
    `changing` raises when it is entered.
    """
    key = intake_file_key(file.batch_id, file.no, file.sha256, file.name)
    stored = services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    with changing as held:
        services.catalog.record_object(stored, connection=held.connection)
        file_taken(held, file.id, stored.key)
    return stored
