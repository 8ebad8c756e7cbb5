"""The sessions of signed-in users: begun by signing in, found by a token, ended by signing out or by time.

The catalog keeps only a token's SHA-256: a person who reads the database cannot continue a session with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import sessions, sso_users, users
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.archive.logbook import (
    SESSION_ENDED,
    SIGN_IN_FAILED,
    SIGNED_IN,
    SIGNED_OUT,
    user_subject,
)
from scanflow.archive.people.access_tokens import new_token, token_hash
from scanflow.archive.people.accounts import User, UserRecord, note_account_change
from scanflow.archive.people.agencies import (
    require_seat,
)

_SEEN_EVERY = timedelta(seconds=60)
"""A session's last use is written at most that often, not with every request."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a session expires: so long after its last use, and so long after its start."""

    idle: timedelta
    life: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user and their counter."""

    user: User
    counter: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of a person's sessions: its start and last use, and whether it is the current one."""

    counter: str | None
    created_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class SsoSession:
    """A session of single sign-on: the hash of its token, and the refresh token for the provider."""

    token: str
    user: str
    refresh: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class _SessionRecord(UserRecord):
    """A user with one of their sessions."""

    counter: str | None
    begun: datetime
    seen_at: datetime


def begin_session(  # noqa: PLR0913 - a session and its circumstances, by name
    catalog: Catalog,
    name: str,
    counter: str | None = None,
    *,
    address: str = "",
    refresh: str = "",
    provider_session: str = "",
) -> str:
    """Begin the session of a user whose password was checked; gives the token, which is not stored.

    `address`: the client's, for the log. `refresh`: with what the provider of single sign-on is asked again;
    `provider_session`: its name of its own session.
    """
    token = new_token()
    now = clock.now()
    values = {
        "token": token_hash(token),
        "user": name,
        "counter": counter,
        "created_at": now,
        "seen_at": now,
        "refresh": refresh or None,
        "checked_at": now if refresh else None,
        "provider_session": provider_session or None,
    }
    with catalog.transaction() as connection:
        connection.execute(insert(sessions).values(values))
        after = {"address": address, "counter": counter}
        note_account_change(catalog, connection, name, SIGNED_IN, user_subject(name), after=after)
    return token


def note_failed_sign_in(catalog: Catalog, name: str, address: str) -> None:
    """Enter in the log that a sign-in was refused.

    The name is entered only if there is such a user, because some people type their password there.
    """
    with catalog.transaction() as connection:
        known = connection.scalar(select(users.c.name).where(users.c.name == name))
        subject = user_subject(known) if known else "users"
        note_account_change(
            catalog, connection, "stranger", SIGN_IN_FAILED, subject, after={"address": address}
        )


def session_of_token(
    catalog: Catalog,
    token: str,
    *,
    expiry: Expiry,
    now: datetime | None = None,
    use: bool = True,
) -> Session | None:
    """The session of a token; None if there is none or it has expired.

    It counts as use of the session, unless `use` is False (requests of an open page).
    """
    now = now or clock.now()
    mine = sessions.c.token == token_hash(token)
    query = (
        select(users, sessions.c.counter, sessions.c.created_at.label("begun"), sessions.c.seen_at)
        .join(sessions, sessions.c.user == users.c.name)
        .where(mine, users.c.disabled_at.is_(None))
    )
    with catalog.reading() as connection:
        row = fetch_one(connection, _SessionRecord, query)
    if row is None:
        return None
    if now - row.seen_at > expiry.idle or now - row.begun > expiry.life:
        end_session(catalog, token, SESSION_ENDED)
        return None
    if use and now - row.seen_at > min(_SEEN_EVERY, expiry.idle / 10):
        with catalog.transaction() as connection:
            connection.execute(update(sessions).where(mine).values(seen_at=now))
    return Session(row.user, row.counter, row.begun)


def end_session(catalog: Catalog, token: str, action: str = SIGNED_OUT) -> None:
    """End a session; `action` is its entry in the log."""
    with catalog.transaction() as connection:
        _end(catalog, connection, sessions.c.token == token_hash(token), action)


def sessions_of(catalog: Catalog, name: str, token: str, expiry: Expiry) -> list[OwnSession]:
    """A person's current sessions, the newest first; `token` is that of the current one."""
    now = clock.now()
    alive = (sessions.c.seen_at >= now - expiry.idle) & (sessions.c.created_at >= now - expiry.life)
    query = select(sessions).where(sessions.c.user == name, alive).order_by(sessions.c.created_at.desc())
    with catalog.reading() as connection:
        return [
            OwnSession(row.counter, row.created_at, row.seen_at, row.token == token_hash(token))
            for row in connection.execute(query)
        ]


def end_other_sessions(catalog: Catalog, name: str, token: str) -> None:
    """End all sessions of a person but this one."""
    others = (sessions.c.user == name) & (sessions.c.token != token_hash(token))
    with catalog.transaction() as connection:
        _end(catalog, connection, others, SESSION_ENDED)


def sit_at(catalog: Catalog, token: str, counter: str) -> None:
    """Set the counter of a session.

    Raises NotFoundError for an unknown counter, and for one where this user may not work.
    """
    mine = sessions.c.token == token_hash(token)
    with catalog.transaction() as connection:
        user = connection.scalar(select(sessions.c.user).where(mine))
        require_seat(connection, user or "", counter)
        connection.execute(update(sessions).where(mine).values(counter=counter))
        for name in connection.scalars(select(sessions.c.user).where(mine)).all():
            note_account_change(
                catalog, connection, name, "counter chosen", user_subject(name), after={"counter": counter}
            )


def take_unchecked(catalog: Catalog, before: datetime) -> SsoSession | None:
    """Claim a session that was last checked before this time; None if there is none.

    Only one process gets it until it is due again.
    """
    query = (
        select(sessions.c.token, sessions.c.user, sessions.c.refresh, sessions.c.checked_at)
        .where(sessions.c.refresh.is_not(None), sessions.c.checked_at < before)
        .order_by(sessions.c.checked_at)
        .limit(1)
    )
    with catalog.reading() as connection:
        found = fetch_one(connection, SsoSession, query)
    if found is None:
        return None
    same = (sessions.c.token == found.token) & (sessions.c.checked_at == found.checked_at)
    with catalog.transaction() as connection:
        taken = connection.execute(update(sessions).where(same).values(checked_at=clock.now())).rowcount
    return found if taken else take_unchecked(catalog, before)


def note_confirmed(catalog: Catalog, session: SsoSession, refresh: str) -> None:
    """Note that the provider has confirmed the person; `refresh` is the refresh token for the next check."""
    mine = sessions.c.token == session.token
    with catalog.transaction() as connection:
        connection.execute(update(sessions).where(mine).values(refresh=refresh))


def note_not_checked(catalog: Catalog, session: SsoSession) -> None:
    """Note that the provider could not be asked: the session is due again."""
    mine = sessions.c.token == session.token
    with catalog.transaction() as connection:
        connection.execute(update(sessions).where(mine).values(checked_at=session.checked_at))


def end_unconfirmed(catalog: Catalog, session: SsoSession) -> None:
    """End a session, because the provider no longer confirms the person."""
    with catalog.transaction() as connection:
        _end(catalog, connection, sessions.c.token == session.token, SESSION_ENDED)


def end_of_provider(catalog: Catalog, subject: str, provider_session: str, before: datetime) -> None:
    """End sessions that have ended at the provider of single sign-on, if they began by `before`: the session
    with the provider's id `provider_session`, or without an id all sessions of the person. `subject`: issuer
    and subject; empty where only the session is named. Sessions of the person without a provider's id end in
    any case.
    """
    if not subject and not provider_session:
        raise ValueError("neither a person nor a session")
    same = sessions.c.provider_session == provider_session
    theirs = sessions.c.user.in_(select(sso_users.c.user).where(sso_users.c.subject == subject))
    if not subject:
        which = same
    elif not provider_session:
        which = theirs
    else:
        which = theirs & (same | sessions.c.provider_session.is_(None))
    which &= sessions.c.created_at <= before
    with catalog.transaction() as connection:
        _end(catalog, connection, which, SESSION_ENDED)


def forget_old_sessions(catalog: Catalog, expiry: Expiry) -> None:
    """Remove expired sessions."""
    now = clock.now()
    ended = (sessions.c.seen_at < now - expiry.idle) | (sessions.c.created_at < now - expiry.life)
    with catalog.transaction() as connection:
        _end(catalog, connection, ended, SESSION_ENDED)


def _end(catalog: Catalog, connection: Connection, which: ColumnElement[bool], action: str) -> None:
    names = connection.scalars(select(sessions.c.user).where(which)).all()
    connection.execute(delete(sessions).where(which))
    for name in names:
        note_account_change(catalog, connection, name, action, user_subject(name))
