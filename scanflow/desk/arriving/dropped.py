"""Files that a clerk puts into a stack by hand: dropped on its page instead of being scanned."""

from hashlib import sha256

from scanflow.desk.access import changing, note, owned
from scanflow.desk.context import Desk
from scanflow.errors import OvertakenError, StackGoneError
from scanflow.names import printable_name
from scanflow.pipeline.intake.arriving import take_arriving


def take_file(desk: Desk, batch_id: str, clerk: str, name: str, data: bytes) -> None:
    """Take a file into a clerk's own stack. When this returns its bytes are safe; the same file again changes
    nothing. Its format is checked when it is unpacked: a file that can't be read is shown as broken.

    Raises NotFoundError, StackGoneError, NotYoursError, NotStillError, StoreUnavailableError.
    """
    with desk.services.catalog.reading() as connection:
        owned(connection, batch_id, clerk)
    digest = sha256(data).hexdigest()
    # The name is kept for its ending; the checksum tells files of one name apart.
    own_name = f"{digest[:12]}-{printable_name(name)}"
    try:
        is_new = take_arriving(desk.services, batch_id, own_name, data, order_id=None)
    except OvertakenError:
        raise StackGoneError(f"batch {batch_id} left the desk while a file came") from None
    if is_new:
        with changing(desk, batch_id, clerk) as held:
            note(desk, held.connection, batch_id, clerk, "file dropped", {"sha256": digest})
