"""Sets states without their steps, for tests of what is done in them."""

from sqlalchemy import Connection, update

from scanflow.archive.database.tables import batches
from scanflow.model import BatchState


def force_state(connection: Connection, batch_id: str, state: BatchState) -> None:
    """Put a batch into a state, from any other."""
    connection.execute(update(batches).where(batches.c.id == batch_id).values(state=state))
