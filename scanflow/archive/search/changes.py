"""Which documents changed, in the order of the commits: what the search index is fed from.

A row a change: its number (without gaps, given at the end of the transaction under a lock that is held until
its commit, as in the log's chain), the document, and a random token. An index that remembers the number and
the token of the last change that it has knows whether this catalog is a continuation of the one that it was
made from: after a restore or a rebuild the token is another, or there is no such number.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

from sqlalchemy import Connection, func, insert, select, text

from scanflow.archive.database.tables import search_changes

_PENDING = "scanflow_changed_documents"
_LOCK = 0x5CAF12  # any number that no other program takes on the same database
_TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A change's number (0: none yet), its token, and the document's row id."""

    seq: int = 0
    token: str = ""
    document_id: int = 0


@contextmanager
def numbering(connection: Connection) -> Iterator[None]:
    """Give numbers to the documents that are marked on this connection, at the end of the context."""
    pending: dict[int, None] = {}
    connection.info[_PENDING] = pending
    try:
        yield
        _append(connection, pending)
    finally:
        if not connection.invalidated:  # else it is gone with all that was noted of it
            connection.info.pop(_PENDING, None)


def mark_changed(connection: Connection, document_ids: Iterable[int]) -> None:
    """Mark documents for the search index; this counts when the connection's transaction is committed.

    Needed for every change that search depends on: text, type, title, fields, dossier, and deletion.
    """
    connection.info[_PENDING].update(dict.fromkeys(document_ids))


def newest_change(connection: Connection) -> Change:
    """The last change that was committed."""
    query = select(search_changes).order_by(search_changes.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Change() if row is None else Change(row.seq, row.token, row.document_id)


def changes_after(connection: Connection, seq: int, at_most: int) -> list[Change]:
    """The next changes in order."""
    query = select(search_changes).where(search_changes.c.seq > seq).order_by(search_changes.c.seq)
    rows = connection.execute(query.limit(at_most))
    return [Change(row.seq, row.token, row.document_id) for row in rows]


def continues(connection: Connection, last: Change) -> bool:
    """Whether the catalog has continued from the state in which `last` was its newest change."""
    if last.seq == 0:
        return True
    query = select(search_changes.c.token).where(search_changes.c.seq == last.seq)
    return connection.scalar(query) == last.token


def _append(connection: Connection, document_ids: Iterable[int]) -> None:
    ids = list(document_ids)
    if not ids:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    last = connection.scalar(select(func.coalesce(func.max(search_changes.c.seq), 0))) or 0
    rows = [
        {"seq": seq, "token": token_hex(_TOKEN_BYTES), "document_id": document_id}
        for seq, document_id in enumerate(ids, start=last + 1)
    ]
    connection.execute(insert(search_changes), rows)
