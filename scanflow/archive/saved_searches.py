"""Questions that reviewers keep, each under a name of its own; shared ones are seen by their agency."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from scanflow.archive.database.tables import saved_searches, users
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question as the search page's address has it, and whose it is."""

    id: int
    user: str
    name: str
    question: str
    shared: bool


_COLUMNS = [saved_searches.c[name] for name in ("id", "user", "name", "question", "shared")]


def searches_of(connection: Connection, user: str, agency: str) -> list[SavedSearch]:
    """A person's own, by name, and behind them what others of the agency share."""
    query = (
        select(*_COLUMNS)
        .join(users, users.c.name == saved_searches.c.user)
        .where((saved_searches.c.user == user) | (saved_searches.c.shared & (users.c.agency == agency)))
        .order_by(saved_searches.c.user != user, saved_searches.c.name, saved_searches.c.id)
    )
    return fetch_all(connection, SavedSearch, query)


def count_of(connection: Connection, user: str) -> int:
    """How many a person keeps."""
    query = select(func.count()).where(saved_searches.c.user == user)
    return connection.scalar(query) or 0


def save(connection: Connection, user: str, name: str, question: str, *, shared: bool) -> None:
    """Keep a question; one of the same name is replaced."""
    mine = (saved_searches.c.user == user) & (saved_searches.c.name == name)
    values = {"question": question, "shared": shared, "saved_at": now()}
    if not connection.execute(update(saved_searches).where(mine).values(**values)).rowcount:
        connection.execute(insert(saved_searches).values(user=user, name=name, **values))


def remove(connection: Connection, user: str, id: int) -> bool:
    """Forget one of a person's own; False where they have no such."""
    mine = (saved_searches.c.user == user) & (saved_searches.c.id == id)
    return connection.execute(delete(saved_searches).where(mine)).rowcount == 1
