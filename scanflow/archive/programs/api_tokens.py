"""Tokens of programs that call the API: each belongs to an agency, has scopes, a rate and an end.

The catalog keeps only a token's SHA-256. What a program does is in the log under `token:NAME`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import api_tokens
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.archive.people.access_tokens import new_token, token_hash
from scanflow.archive.people.accounts import note_account_change
from scanflow.archive.people.agencies import require_agency
from scanflow.errors import NotFoundError, UsageError
from scanflow.membership import DEFAULT_AGENCY, Scope

PREFIX = "sft_"
"""The beginning of each token: programs that search files for secrets find it; counters' tokens lack it."""

_MOST_RATE = 1_000_000
_MOST_DAYS = 3660
_SEEN_EVERY = timedelta(seconds=60)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret. `rate` is in calls a minute; `seen_at` is its last use, to a minute."""

    name: str
    agency: str
    scopes: frozenset[Scope]
    rate: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def actor(self) -> str:
        """The actor's name in the log; no person can have this name."""
        return actor_of(self.name)


@dataclass(frozen=True, slots=True)
class _Record:
    """A row of the tokens' table, but for the hash."""

    name: str
    agency: str
    scopes: list[str]
    rate: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None

    @property
    def token(self) -> ApiToken:
        known = frozenset(Scope(each) for each in self.scopes if each in set(Scope))
        return ApiToken(
            self.name, self.agency, known, self.rate, self.created_at, self.expires_at,
            self.revoked_at, self.seen_at,
        )  # fmt: skip


def actor_of(name: str) -> str:
    return f"token:{name}"


def make_token(  # noqa: PLR0913 - a token's properties, by name
    catalog: Catalog,
    name: str,
    scopes: Collection[Scope],
    *,
    agency: str = DEFAULT_AGENCY,
    days: int = 365,
    rate: int = 600,
    actor: str = "",
) -> str:
    """Make a token of an agency; gives the secret, which is not stored.

    Raises UsageError for a name that is taken or wrong, without a scope, and for times and rates out of
    bounds; NotFoundError for an agency that isn't there.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r}: a token's name has letters a-z, digits, dots, dashes and underscores",
            "Tên mã truy cập chỉ gồm chữ không dấu a-z, chữ số, dấu chấm, gạch ngang và gạch dưới.",
        )
    if not scopes or not 1 <= days <= _MOST_DAYS or not 1 <= rate <= _MOST_RATE:
        raise UsageError(
            f"a token has at least one scope, 1 to {_MOST_DAYS} days and 1 to {_MOST_RATE} calls a minute",
            "Mã truy cập cần ít nhất một quyền, thời hạn và tần suất hợp lệ.",
        )
    secret, at = PREFIX + new_token(), clock.now()
    wanted = sorted(each.value for each in scopes)
    values = {
        "name": name, "token": token_hash(secret), "agency": agency, "scopes": wanted, "rate": rate,
        "created_at": at, "expires_at": at + timedelta(days=days),
    }  # fmt: skip
    after = {"agency": agency, "scopes": wanted, "rate": rate, "days": days}
    try:
        with catalog.transaction() as connection:
            require_agency(connection, agency)
            connection.execute(insert(api_tokens).values(values))
            note_account_change(catalog, connection, actor, "token added", _subject(name), after=after)
    except IntegrityError:
        raise UsageError(f"there is a token {name} already", f"Đã có mã truy cập {name}.") from None
    return secret


def revoke_token(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """End a token at once; its name stays taken, since the log knows it. Raises NotFoundError."""
    valid = (api_tokens.c.name == name) & api_tokens.c.revoked_at.is_(None)
    with catalog.transaction() as connection:
        done = connection.execute(update(api_tokens).where(valid).values(revoked_at=clock.now()))
        if not done.rowcount:
            raise NotFoundError(f"no valid token {name}", f"Không có mã truy cập {name} còn hiệu lực.")
        note_account_change(catalog, connection, actor, "token revoked", _subject(name))


def all_tokens(catalog: Catalog) -> list[ApiToken]:
    """All tokens by name, also ended ones."""
    with catalog.reading() as connection:
        query = select(*_COLUMNS).order_by(api_tokens.c.name)
        return [each.token for each in fetch_all(connection, _Record, query)]


def token_of_secret(catalog: Catalog, secret: str) -> ApiToken | None:
    """The valid token with this secret; None for an unknown, expired or revoked one. This counts as use."""
    if not secret.startswith(PREFIX):
        return None
    mine = api_tokens.c.token == token_hash(secret)
    at = clock.now()
    query = select(*_COLUMNS).where(mine, api_tokens.c.revoked_at.is_(None), api_tokens.c.expires_at > at)
    with catalog.reading() as connection:
        found = fetch_one(connection, _Record, query)
    if found is None:
        return None
    if found.seen_at is None or at - found.seen_at > _SEEN_EVERY:
        with catalog.transaction() as connection:
            connection.execute(update(api_tokens).where(mine).values(seen_at=at))
    return found.token


def _subject(name: str) -> str:
    return f"tokens/{name}"


_COLUMNS = [column for column in api_tokens.c if column.name != "token"]
