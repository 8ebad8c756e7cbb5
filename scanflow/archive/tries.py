"""How often a password may be tried. The counts are in the catalog: servers share them, restarts keep them.

A try is counted before the password is looked at, so that many at once are no more than one after another.
Each count goes down by one every so many seconds. Three hold for a browser that nobody has signed in with: of
the name at the address, of the name from everywhere, and of the address as a whole. A browser in which this
name has signed in before has a count of its own, so that neither a guesser elsewhere nor the typos of others
behind the same address keep its user out.

Keys are hashes: people type passwords into the field for the name.
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
from scanflow.archive.database.records import fetch_all
from scanflow.archive.database.tables import browsers, tries
from scanflow.clock import now

_OLDEST = timedelta(days=1)
"""Counts that were last changed before that are zero by now."""

_BROWSER_KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries at once, and another one every so many seconds."""

    tries: int
    seconds: float


NAME_HERE = Allowance(5, 60)
NAME_ANYWHERE = Allowance(30, 60)
ADDRESS = Allowance(100, 6)
KNOWN_BROWSER = Allowance(10, 60)
OLD_PASSWORD = Allowance(5, 60)


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """Something whose tries are counted, by its key's hash."""

    key: str
    allowance: Allowance = NAME_HERE


@dataclass(frozen=True, slots=True)
class _Kept:
    """A count as the database has it: how high it was when it was last changed (seconds since 1970)."""

    key: str
    count: float
    changed_at: float


def of_stranger(name: str, address: str) -> tuple[Count, Count, Count]:
    """The counts of a name at an address: both together first, then the name, then the address."""
    network = _network(address)
    return (
        Count(_key("name here", name, network), NAME_HERE),
        Count(_key("name", name), NAME_ANYWHERE),
        Count(_key("address", network), ADDRESS),
    )


def of_browser(browser: str, name: str) -> tuple[Count]:
    """The count of a name in a browser where it has signed in before."""
    return (Count(_key("browser", browser, name), KNOWN_BROWSER),)


def of_old_password(name: str) -> tuple[Count]:
    """The count of somebody who is signed in and states the old password to change it."""
    return (Count(_key("old password", name), OLD_PASSWORD),)


def reserve(catalog: Catalog, counts: Sequence[Count]) -> int:
    """Count a try that is about to be made. 0: make it; otherwise nothing was counted: seconds to wait."""
    at = now().timestamp()
    # Whoever has no try left costs a look only.
    with catalog.reading() as connection:
        wait = _wait(connection, counts, at)
    if wait:
        return wait
    with catalog.transaction() as connection:
        # Always in the same order: two who wait for each other's rows would never end.
        for count in sorted(counts, key=lambda count: count.key):
            if not _counted(connection, count, at):
                connection.rollback()
                break
        else:
            return 0
    with catalog.reading() as connection:
        return max(1, _wait(connection, counts, at))


def forgive(catalog: Catalog, counts: Sequence[Count]) -> None:
    """The password was right: forget the counts of the name, and take what it counted from the address's."""
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
    """Whether this name has signed in in the browser with this token."""
    mine = (browsers.c.token == _key(browser)) & (browsers.c.user == name)
    with catalog.reading() as connection:
        return connection.execute(select(browsers.c.user).where(mine)).first() is not None


def remember_browser(catalog: Catalog, browser: str | None, name: str) -> str:
    """Remember that a name has signed in; gives the browser's token, a new one where it has none of ours."""
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
    """An IPv6 address's /64: one household or office has them all."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def _counted(connection: Connection, count: Count, at: float) -> bool:
    """One more, unless that is too many: in one statement, whoever else does the same now."""
    # A clock that was put back must keep nobody out: a time in the future counts as one in the past.
    left = tries.c.count - func.abs(literal(at) - tries.c.changed_at) / count.allowance.seconds
    more = case((left > 0, left), else_=0.0) + 1
    statement = backends.insert_of_dialect(connection, tries).values(key=count.key, count=1.0, changed_at=at)
    statement = statement.on_conflict_do_update(
        index_elements=[tries.c.key],
        set_={"count": more, "changed_at": at},
        where=more <= count.allowance.tries,
    )
    return connection.execute(statement.returning(tries.c.key)).first() is not None


def _wait(connection: Connection, counts: Sequence[Count], at: float) -> int:
    keys = [count.key for count in counts]
    found = fetch_all(connection, _Kept, select(tries).where(tries.c.key.in_(keys)))
    kept = {each.key: each for each in found}
    waits = []
    for count in counts:
        too_many = _left(kept.get(count.key), count.allowance, at) + 1 - count.allowance.tries
        waits.append(math.ceil(max(0.0, too_many) * count.allowance.seconds))
    return max(waits)


def _left(kept: _Kept | None, allowance: Allowance, at: float) -> float:
    """What is left of a count by now."""
    return max(0.0, kept.count - abs(at - kept.changed_at) / allowance.seconds) if kept else 0.0


def _locked(connection: Connection, counts: Sequence[Count]) -> list[_Kept]:
    keys = [count.key for count in counts]
    query = select(tries).where(tries.c.key.in_(keys)).order_by(tries.c.key).with_for_update()
    return fetch_all(connection, _Kept, query)
