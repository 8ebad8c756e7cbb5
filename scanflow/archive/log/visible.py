"""Which entries of the log an agency may see: those of its own people, dossiers, batches and accounts.

An entry belongs to the agency of its subject. If the subject has no agency (a search, a list, an unknown
name), it belongs to the agency of the person who did it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import batches, counters, dossiers, users
from scanflow.archive.log.chain import Chained
from scanflow.archive.store.keys import decode_segment

_MANY = 400
"""Names in one query to the database."""

_OWNED: dict[str, tuple[Any, Any]] = {
    "dossiers": (dossiers.c.number, dossiers.c.agency),
    "batches": (batches.c.id, batches.c.agency),
    "users": (users.c.name, users.c.agency),
    "counters": (counters.c.name, counters.c.agency),
}
"""The beginnings of subjects, and the table that has the agency of the name that follows."""


def visible(connection: Connection, entries: Sequence[Chained], agency: str) -> list[Chained]:
    """Those of these entries that belong to the agency, in their order."""
    subjects = {each.seq: _owned(each.entry.subject) for each in entries}
    wanted = {kind: {name for of, name in filter(None, subjects.values()) if of == kind} for kind in _OWNED}
    wanted["users"] |= {each.entry.actor for each in entries}
    owners: dict[tuple[str, str], str] = {}
    for kind, names in wanted.items():
        owners |= {(kind, name): owner for name, owner in _owners(connection, kind, names)}
    found = []
    for each in entries:
        subject = subjects[each.seq]
        owner = owners.get(subject) if subject else None
        if subject and subject[0] == "agencies":
            owner = subject[1]
        if (owner or owners.get(("users", each.entry.actor))) == agency:
            found.append(each)
    return found


def _owned(subject: str) -> tuple[str, str] | None:
    """The kind of a subject and its name, without the part inside it."""
    kind, _, rest = subject.partition("/")
    if not rest or (kind not in _OWNED and kind != "agencies"):
        return None
    return kind, decode_segment(rest.partition("/")[0])


def _owners(connection: Connection, kind: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    name, agency = _OWNED[kind]
    ordered = sorted(names)
    for at in range(0, len(ordered), _MANY):
        for row in connection.execute(select(name, agency).where(name.in_(ordered[at : at + _MANY]))):
            yield row[0], row[1]
