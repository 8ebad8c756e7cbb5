"""Saved searches of reviewers, each under a name; shared ones are seen by the whole agency."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from scanflow.archive.database.tables import saved_searches, users
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search in the form of the search page's address, and its owner."""

    id: int
    user: str
    name: str
    question: str
    shared: bool


_COLUMNS = [saved_searches.c[name] for name in ("id", "user", "name", "question", "shared")]


def searches_of(connection: Connection, user: str, agency: str) -> list[SavedSearch]:
    """A person's own searches, by name, then those that others of the agency share."""
    query = (
        select(*_COLUMNS)
        .join(users, users.c.name == saved_searches.c.user)
        .where((saved_searches.c.user == user) | (saved_searches.c.shared & (users.c.agency == agency)))
        .order_by(saved_searches.c.user != user, saved_searches.c.name, saved_searches.c.id)
    )
    return fetch_all(connection, SavedSearch, query)


def count_of(connection: Connection, user: str) -> int:
    """How many searches a person has saved."""
    query = select(func.count()).where(saved_searches.c.user == user)
    return connection.scalar(query) or 0


def save(connection: Connection, user: str, name: str, question: str, *, shared: bool) -> None:
    """Save a search; one of the same name is replaced."""
    mine = (saved_searches.c.user == user) & (saved_searches.c.name == name)
    values = {"question": question, "shared": shared, "saved_at": now()}
    if not connection.execute(update(saved_searches).where(mine).values(**values)).rowcount:
        connection.execute(insert(saved_searches).values(user=user, name=name, **values))


def remove(connection: Connection, user: str, id: int) -> bool:
    """Delete a person's own search; False if there is none."""
    mine = (saved_searches.c.user == user) & (saved_searches.c.id == id)
    return connection.execute(delete(saved_searches).where(mine)).rowcount == 1
