"""Limits on the number of password attempts and of programs' calls. The counts are in the catalog, so that
servers share them.

An attempt is counted before the password is checked, so that simultaneous attempts are limited, too. Each
count decreases by one every so many seconds (a leaky bucket). Three limits apply to a browser in which nobody
has signed in before: for the name at the address, for the name from all addresses, and for the address. A
browser in which this name has signed in before has its own limit, so that neither attempts from elsewhere nor
errors of others with the same address lock its user out.

Keys are hashes, because people type passwords into the field for the name.
"""

import hashlib
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, case, delete, func, insert, literal, select, update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database import backends
from scanflow.archive.database.tables import browsers, tries
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now

_OLDEST = timedelta(days=1)
"""Counts that were last changed longer ago are zero."""

_BROWSER_KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A number of attempts at once, and the seconds after which one more is allowed."""

    tries: int
    seconds: float


NAME_HERE = Allowance(5, 60)
NAME_ANYWHERE = Allowance(30, 60)
ADDRESS = Allowance(100, 6)
KNOWN_BROWSER = Allowance(10, 60)
OLD_PASSWORD = Allowance(5, 60)


@dataclass(frozen=True, slots=True, order=True)
class RateLimit:
    """A limit on attempts: the hash of their key, and the allowance."""

    key: str
    allowance: Allowance = NAME_HERE


@dataclass(frozen=True, slots=True)
class _Kept:
    """A count in the database, with the time of its last change (seconds since 1970)."""

    key: str
    count: float
    changed_at: float


def of_stranger(name: str, address: str) -> tuple[RateLimit, RateLimit, RateLimit]:
    """The limits for a name at an address: for both together, for the name, for the address."""
    network = _network(address)
    return (
        RateLimit(_key("name here", name, network), NAME_HERE),
        RateLimit(_key("name", name), NAME_ANYWHERE),
        RateLimit(_key("address", network), ADDRESS),
    )


def of_address(address: str) -> tuple[RateLimit]:
    """The limit for an address alone, for requests without a name."""
    return (RateLimit(_key("address", _network(address)), ADDRESS),)


def of_browser(browser: str, name: str) -> tuple[RateLimit]:
    """The limit for a name in a browser in which it has signed in before."""
    return (RateLimit(_key("browser", browser, name), KNOWN_BROWSER),)


def of_old_password(name: str) -> tuple[RateLimit]:
    """The limit for a signed-in user who enters the old password to change it."""
    return (RateLimit(_key("old password", name), OLD_PASSWORD),)


def of_token(actor: str, rate: int) -> tuple[RateLimit]:
    """The limit for a program that may make so many calls a minute."""
    return (RateLimit(_key("calls", actor), Allowance(rate, 60 / rate)),)


def reserve(catalog: Catalog, counts: Sequence[RateLimit], amount: int = 1) -> int:
    """Count attempts in advance. Gives 0 if they are allowed; otherwise none is counted, and the seconds to
    wait. `amount` is no more than any of the limits allows at once.
    """
    at = now().timestamp()
    # A refused attempt costs only a query.
    with catalog.reading() as connection:
        wait = _wait(connection, counts, at, amount)
    if wait:
        return wait
    with catalog.transaction() as connection:
        # Always in the same order, to avoid deadlocks.
        for count in sorted(counts, key=lambda count: count.key):
            if not _counted(connection, count, at, amount):
                connection.rollback()
                break
        else:
            return 0
    with catalog.reading() as connection:
        return max(1, _wait(connection, counts, at, amount))


def clear_after_success(catalog: Catalog, counts: Sequence[RateLimit]) -> None:
    """After a correct password: remove the counts of the name, and subtract its attempts from the address's
    count.
    """
    at = now().timestamp()
    first, *others = counts
    with catalog.transaction() as connection:
        rows = {row.key: row for row in _locked(connection, counts)}
        own = _left(rows.get(first.key), first.allowance, at)
        connection.execute(delete(tries).where(tries.c.key == first.key))
        for count in others:
            if count.allowance == ADDRESS:
                left = max(0.0, _left(rows.get(count.key), count.allowance, at) - own)
                values = {"count": left, "changed_at": at}
                connection.execute(update(tries).where(tries.c.key == count.key).values(values))
            else:
                connection.execute(delete(tries).where(tries.c.key == count.key))


def forget_old(catalog: Catalog) -> None:
    """Remove counts that are zero by now, and browsers that nobody has signed in with for a year."""
    at = now()
    with catalog.transaction() as connection:
        connection.execute(delete(tries).where(tries.c.changed_at < (at - _OLDEST).timestamp()))
        connection.execute(delete(browsers).where(browsers.c.seen_at < at - _BROWSER_KEPT))


def is_known(catalog: Catalog, browser: str, name: str) -> bool:
    """Whether this name has signed in before in the browser with this token."""
    mine = (browsers.c.token == _key(browser)) & (browsers.c.user == name)
    with catalog.reading() as connection:
        return connection.execute(select(browsers.c.user).where(mine)).first() is not None


def remember_browser(catalog: Catalog, browser: str | None, name: str) -> str:
    """Remember that a name has signed in; gives the browser's token, a new one if `browser` is unknown."""
    with catalog.transaction() as connection:
        ours = browser and connection.scalar(
            select(func.count()).select_from(browsers).where(browsers.c.token == _key(browser))
        )
        token = browser if browser and ours else secrets.token_urlsafe(32)
        mine = (browsers.c.token == _key(token)) & (browsers.c.user == name)
        if not connection.execute(update(browsers).where(mine).values(seen_at=now())).rowcount:
            values = {"token": _key(token), "user": name, "seen_at": now()}
            connection.execute(insert(browsers).values(values))
    return token


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """The /64 network of an IPv6 address, which belongs to one household or office; other addresses
    unchanged.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def _counted(connection: Connection, count: RateLimit, at: float, amount: int) -> bool:
    """Count so many more attempts, unless that is too many.

    One statement, so it is safe with concurrent attempts.
    """
    # A clock that was set back must lock nobody out: a time in the future counts as one in the past.
    left = tries.c.count - func.abs(literal(at) - tries.c.changed_at) / count.allowance.seconds
    more = case((left > 0, left), else_=0.0) + amount
    first = {"key": count.key, "count": float(amount), "changed_at": at}
    statement = backends.insert_of_dialect(connection, tries).values(first)
    statement = statement.on_conflict_do_update(
        index_elements=[tries.c.key],
        set_={"count": more, "changed_at": at},
        where=more <= count.allowance.tries,
    )
    return connection.execute(statement.returning(tries.c.key)).first() is not None


def _wait(connection: Connection, counts: Sequence[RateLimit], at: float, amount: int) -> int:
    keys = [count.key for count in counts]
    found = fetch_all(connection, _Kept, select(tries).where(tries.c.key.in_(keys)))
    kept = {each.key: each for each in found}
    waits = []
    for count in counts:
        too_many = _left(kept.get(count.key), count.allowance, at) + amount - count.allowance.tries
        waits.append(math.ceil(max(0.0, too_many) * count.allowance.seconds))
    return max(waits)


def _left(kept: _Kept | None, allowance: Allowance, at: float) -> float:
    """The count now."""
    return max(0.0, kept.count - abs(at - kept.changed_at) / allowance.seconds) if kept else 0.0


def _locked(connection: Connection, counts: Sequence[RateLimit]) -> list[_Kept]:
    keys = [count.key for count in counts]
    query = select(tries).where(tries.c.key.in_(keys)).order_by(tries.c.key).with_for_update()
    return fetch_all(connection, _Kept, query)
