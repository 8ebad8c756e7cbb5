"""Objects that the catalog has not entered: finds those that an unfinished or killed filing still needs."""

from sqlalchemy import Connection, select

from scanflow.archive.bucket_ahead import document_number
from scanflow.archive.database.tables import batches, documents, dossiers, files
from scanflow.archive.store.keys import DOSSIERS, decode_owner, parse_intake_key
from scanflow.model import BatchState, FileState


def is_unfinished(connection: Connection, key: str) -> bool:
    """Whether an object belongs to a batch that is not finished, or is about to be deleted.

    A document's number is committed before its objects are written, and a file's row before its bytes, so
    each finds its batch. A released file goes when its batch is tidied up.
    """
    if key.startswith(DOSSIERS) and "/sources/" in key:
        sha256 = key.rpartition("/")[2].partition(".")[0]
        open_batch = select(files.c.id).join(batches, batches.c.id == files.c.batch_id)
        wanted = open_batch.where(files.c.sha256 == sha256, batches.c.state != BatchState.CLOSED)
        return connection.execute(wanted).first() is not None
    if key.startswith(DOSSIERS):
        no = document_number(key)
        query = (
            select(batches.c.state)
            .select_from(documents)
            .join(dossiers, dossiers.c.id == documents.c.dossier_id)
            .join(batches, batches.c.id == documents.c.batch_id)
            .where(dossiers.c.number == decode_owner(key), documents.c.no == no)
        )
        return no is not None and connection.scalar(query) not in (None, BatchState.CLOSED)
    name = parse_intake_key(key)
    if name is None:
        return False
    state = connection.scalar(select(batches.c.state).where(batches.c.id == name.batch_id))
    if state != BatchState.CLOSED:
        return state is not None
    released = (
        (files.c.batch_id == name.batch_id)
        & (files.c.no == name.no)
        & (files.c.sha256 == name.sha256)
        & (files.c.state == FileState.UNPACKED)
        & files.c.object_key.is_(None)
    )
    return name.is_file and connection.execute(select(files.c.id).where(released)).first() is not None
