"""Objects with a new version id: bytes that were copied back, or stored again, are the same object."""

from sqlalchemy import Connection, delete, exists, select, update

from scanflow import clock
from scanflow.archive.database.tables import objects, sources, versions
from scanflow.model import StoredObject


def rebind(connection: Connection, old: StoredObject, new: StoredObject) -> None:
    """Enter the new version id of the same bytes."""
    forget(connection, old)
    at = (objects.c.key == new.key) & (objects.c.version_id == (new.version_id or ""))
    if not connection.scalar(select(exists().where(at))):
        values = {"key": new.key, "version_id": new.version_id or "", "sha256": new.sha256, "size": new.size}
        connection.execute(objects.insert().values(created_at=clock.now(), **values))
    for key, sha256, version_id in (
        (versions.c.pdf_key, versions.c.pdf_sha256, versions.c.pdf_version_id),
        (versions.c.words_key, versions.c.words_sha256, versions.c.words_version_id),
        (sources.c.source_key, sources.c.source_sha256, sources.c.source_version_id),
    ):
        same = (key == new.key) & (sha256 == new.sha256)
        connection.execute(update(key.table).where(same).values({version_id.name: new.version_id}))


def rebind_lost(connection: Connection, stored: StoredObject) -> None:
    """After an object was stored: let all rows for the same bytes under its key refer to it.

    Does nothing for a new object.
    """
    same = (
        (objects.c.key == stored.key)
        & (objects.c.sha256 == stored.sha256)
        & (objects.c.version_id != (stored.version_id or ""))
    )
    for row in connection.execute(select(objects).where(same)).fetchall():
        rebind(connection, StoredObject(row.key, row.sha256, row.size, row.version_id or None), stored)


def forget(connection: Connection, stored: StoredObject) -> None:
    """Remove this version of an object from the catalog."""
    at = (objects.c.key == stored.key) & (objects.c.version_id == (stored.version_id or ""))
    connection.execute(delete(objects).where(at))
