"""Claims on items of the reviewers' queue: one person at a time, until a time limit."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from scanflow.archive.database.inserts import insert_if_absent
from scanflow.archive.database.tables import review_claims


def claim(connection: Connection, item: str, user: str, *, at: datetime, until: datetime) -> bool:
    """Claim an item, or prolong the claim; False where somebody else has it at this moment (`at`)."""
    insert_if_absent(connection, review_claims, {"item": item, "user": user, "until": until})
    free = (review_claims.c.user == user) | (review_claims.c.until < at)
    taken = connection.execute(
        update(review_claims).where(review_claims.c.item == item, free).values(user=user, until=until)
    )
    return taken.rowcount == 1


def release(connection: Connection, item: str, user: str) -> None:
    """End a user's claim on an item, if there is one."""
    mine = (review_claims.c.item == item) & (review_claims.c.user == user)
    connection.execute(delete(review_claims).where(mine))


def claims_on(connection: Connection, items: Collection[str], at: datetime) -> dict[str, str]:
    """Who has which of these items at a moment."""
    query = select(review_claims.c.item, review_claims.c.user).where(
        review_claims.c.item.in_(list(items)), review_claims.c.until >= at
    )
    return {row.item: row.user for row in connection.execute(query)}
