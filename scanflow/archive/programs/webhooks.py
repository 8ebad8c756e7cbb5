"""Webhooks: addresses that get an agency's events, each with a secret and its position.

Events are sent in the order of their numbers. `position` is the last one that the target has confirmed: after
a kill the next event is sent again. While a target fails, the pauses between tries grow.
"""

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import webhooks
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.archive.people.accounts import note_account_change
from scanflow.archive.people.agencies import require_agency
from scanflow.archive.programs.events import KINDS, newest_seq
from scanflow.errors import NotFoundError, UsageError
from scanflow.membership import DEFAULT_AGENCY

SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret: each begins so
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LEASE = timedelta(seconds=60)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=2), timedelta(hours=1)
_LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class Webhook:
    """A target. `kinds` is None for all; `failures` count since the last success."""

    name: str
    agency: str
    url: str
    secret: str
    kinds: list[str] | None
    created_at: datetime
    removed_at: datetime | None
    position: int
    failures: int
    next_try_at: datetime
    problem: str | None


def make_webhook(  # noqa: PLR0913 - a target's properties, by name
    catalog: Catalog,
    name: str,
    url: str,
    *,
    agency: str = DEFAULT_AGENCY,
    kinds: Collection[str] = (),
    actor: str = "",
) -> str:
    """Make a target, which gets events from now on; gives the secret of its signatures.

    Raises UsageError for a name that is taken, an invalid address, an unknown kind; NotFoundError for an
    unknown agency.
    """
    parts = urlsplit(url)
    if (
        not _NAME.fullmatch(name)
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
    ):
        raise UsageError("a webhook has a name of letters a-z, digits and dashes, and an http(s) address")
    unknown = set(kinds) - set(KINDS.values())
    if unknown:
        raise UsageError(f"no such kind of event; known are {', '.join(sorted(KINDS.values()))}")
    secret, at = SECRET_PREFIX + base64.b64encode(token_bytes(32)).decode(), clock.now()
    try:
        with catalog.transaction() as connection:
            require_agency(connection, agency)
            values = {
                "name": name, "agency": agency, "url": url, "secret": secret, "kinds": sorted(kinds) or None,
                "created_at": at, "position": newest_seq(connection, agency), "failures": 0,
                "next_try_at": at,
            }  # fmt: skip
            connection.execute(insert(webhooks).values(values))
            after = {"agency": agency, "host": parts.hostname}
            note_account_change(catalog, connection, actor, "webhook added", f"webhooks/{name}", after=after)
    except IntegrityError:
        raise UsageError(f"there is a webhook {name} already") from None
    return secret


def remove_webhook(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """Remove a target: it gets no more events. Raises NotFoundError."""
    with catalog.transaction() as connection:
        _change(connection, name, removed_at=clock.now())
        note_account_change(catalog, connection, actor, "webhook removed", f"webhooks/{name}")


def replay(catalog: Catalog, name: str, after: int, *, actor: str = "") -> None:
    """Send a target all events after a number again, beginning at once. Raises NotFoundError."""
    with catalog.transaction() as connection:
        _change(connection, name, position=after, failures=0, next_try_at=clock.now(), problem=None)
        told = {"after": after}
        note_account_change(catalog, connection, actor, "webhook replayed", f"webhooks/{name}", after=told)


def all_webhooks(catalog: Catalog) -> list[Webhook]:
    """All targets by name, without removed ones."""
    query = select(*_COLUMNS).where(webhooks.c.removed_at.is_(None)).order_by(webhooks.c.name)
    with catalog.reading() as connection:
        return fetch_all(connection, Webhook, query)


def claim(catalog: Catalog, name: str) -> Webhook | None:
    """Claim a target for a minute, so that no two workers send to it at once; None if it is not due."""
    at = clock.now()
    due = (webhooks.c.name == name) & webhooks.c.removed_at.is_(None) & (webhooks.c.next_try_at <= at)
    with catalog.transaction() as connection:
        if not connection.execute(update(webhooks).where(due).values(next_try_at=at + _LEASE)).rowcount:
            return None
        (found,) = fetch_all(connection, Webhook, select(*_COLUMNS).where(webhooks.c.name == name))
        return found


def confirmed(catalog: Catalog, webhook: Webhook, seq: int) -> None:
    """Note that the target has confirmed an event, unless its position was set back meanwhile."""
    with catalog.transaction() as connection:
        forward = (webhooks.c.name == webhook.name) & (webhooks.c.position == webhook.position)
        values = {"position": seq, "failures": 0, "problem": None, "next_try_at": clock.now() + _LEASE}
        connection.execute(update(webhooks).where(forward).values(values))


def failed(catalog: Catalog, webhook: Webhook, problem: str) -> None:
    """Note that the target did not confirm an event: it is tried later."""
    failures = webhook.failures + 1
    wait = min(_FIRST_WAIT * 2 ** min(failures - 1, 20), _LONGEST_WAIT)
    values = {"failures": failures, "problem": problem[:_LONGEST_ERROR], "next_try_at": clock.now() + wait}
    with catalog.transaction() as connection:
        connection.execute(update(webhooks).where(_same(webhook)).values(values))


def released(catalog: Catalog, webhook: Webhook) -> None:
    """End the claim: there is nothing more to send now."""
    with catalog.transaction() as connection:
        connection.execute(update(webhooks).where(_same(webhook)).values(next_try_at=clock.now()))


def _same(webhook: Webhook) -> ColumnElement[bool]:
    return webhooks.c.name == webhook.name


def _change(connection: Connection, name: str, **values: object) -> None:
    there = (webhooks.c.name == name) & webhooks.c.removed_at.is_(None)
    if not connection.execute(update(webhooks).where(there).values(values)).rowcount:
        raise NotFoundError(f"no webhook {name}", f"Không có webhook {name}.")


_COLUMNS = list(webhooks.c)
