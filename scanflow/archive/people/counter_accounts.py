"""Counters (quầy) and the tokens of their agents. The catalog keeps only a token's SHA-256."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import counters as counters_table
from scanflow.archive.people.access_tokens import new_token, token_hash
from scanflow.archive.people.accounts import note_account_change
from scanflow.archive.people.agencies import (
    may_sit,
    no_counter,
    require_agency,
)
from scanflow.errors import UsageError
from scanflow.membership import DEFAULT_AGENCY, Membership
from scanflow.text.collation import vietnamese_key


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter; `seen_at` is its agent's last heartbeat, `device` and `profile` were chosen last.

    `undelivered` is the number of pages that its agent can't deliver; the counter's page says why.
    """

    name: str
    created_at: datetime
    seen_at: datetime | None = None
    device: str | None = None
    profile: str | None = None
    agency: str = DEFAULT_AGENCY
    undelivered: int = 0


def make_counter(catalog: Catalog, name: str, *, agency: str = DEFAULT_AGENCY, actor: str = "") -> str:
    """Make a counter of an agency; gives the token for its agent, which is not stored.

    Raises UsageError if the counter is there, NotFoundError if the agency isn't.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise UsageError("a counter's name has 1 to 64 characters", "Tên quầy phải có từ 1 đến 64 ký tự.")
    token = new_token()
    values = {"name": name, "token": token_hash(token), "created_at": clock.now(), "agency": agency}
    try:
        with catalog.transaction() as connection:
            require_agency(connection, agency)
            connection.execute(insert(counters_table).values(values))
            note_account_change(
                catalog, connection, actor, "counter added", f"counters/{name}", after={"agency": agency}
            )
    except IntegrityError:
        raise UsageError(f"there is a counter {name} already", f"Đã có quầy {name}.") from None
    return token


def renew_counter(catalog: Catalog, name: str, *, actor: str = "") -> str:
    """Give a counter another token, if others may know the old one. Raises NotFoundError."""
    name = unicodedata.normalize("NFC", name).strip()
    token = new_token()
    with catalog.transaction() as connection:
        _change_counter(connection, name, {"token": token_hash(token)})
        note_account_change(catalog, connection, actor, "counter's token renewed", f"counters/{name}")
    return token


def counter_of_token(catalog: Catalog, token: str) -> str | None:
    """The counter whose agent has this token; None for an unknown token."""
    query = select(counters_table.c.name).where(counters_table.c.token == token_hash(token))
    with catalog.reading() as connection:
        return connection.scalar(query)


def counters(catalog: Catalog) -> list[Counter]:
    """All counters by name."""
    with catalog.reading() as connection:
        rows = connection.execute(select(counters_table).order_by(counters_table.c.name))
        return [
            Counter(
                row.name, row.created_at, row.seen_at, row.device, row.profile, row.agency,
                undelivered=sum(each["pages"] for each in row.waiting or ()),
            )
            for row in rows
        ]  # fmt: skip


def seats(catalog: Catalog, member: Membership) -> list[Counter]:
    """The counters where somebody may sit, in alphabetical order."""
    own = [each for each in counters(catalog) if may_sit(member, each.name, each.agency)]
    return sorted(own, key=lambda each: vietnamese_key(each.name))


def _change_counter(connection: Connection, name: str, values: dict[str, Any]) -> None:
    same = counters_table.c.name == name
    if not connection.execute(update(counters_table).where(same).values(values)).rowcount:
        raise no_counter(name)
