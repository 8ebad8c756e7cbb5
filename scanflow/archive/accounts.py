"""Who may do what at the counter: users (cán bộ) with passwords, their sessions, and counters (quầy).

Of a password its Argon2 hash is kept, of a session's or counter's token its SHA-256: who reads the database
can sign in with none of them. What is done to accounts stands in the log, never with a secret.
"""

import functools
import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.agencies import (
    may_sit,
    membership,
    membership_of,
    membership_told,
    membership_values,
    no_counter,
    require_agency,
    require_membership,
    require_seat,
)
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.records import fetch_all, fetch_one
from scanflow.archive.database.tables import browsers, sessions, users
from scanflow.archive.database.tables import counters as counters_table
from scanflow.archive.logbook import (
    SCANFLOW,
    SESSION_ENDED,
    SIGN_IN_FAILED,
    SIGNED_IN,
    SIGNED_OUT,
    LogEntry,
    user_subject,
)
from scanflow.errors import DeniedError, NotFoundError, UsageError
from scanflow.model import DEFAULT_AGENCY, DEFAULT_MEMBERSHIP, Membership

SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 1000
"""Nobody types more; hashing what a stranger sends must not take our time."""

_TOKEN_BYTES = 32
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SEEN_EVERY = timedelta(seconds=60)
"""A session's sign of life is written that often, not with every request."""

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in; `name` is what batches and the log know them by."""

    name: str
    display_name: str
    created_at: datetime
    disabled_at: datetime | None = None
    member: Membership = DEFAULT_MEMBERSHIP


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a session ends by itself: so long after its last use, and so long after its beginning."""

    idle: timedelta
    life: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in, and at which counter."""

    user: User
    counter: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of a person's sessions: when it began and was used last, and whether it is the one that asks."""

    counter: str | None
    created_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter; `seen_at` is its agent's last sign of life, `device` and `profile` were chosen last.

    `undelivered` are pages that its agent can't deliver: its page says why.
    """

    name: str
    created_at: datetime
    seen_at: datetime | None = None
    device: str | None = None
    profile: str | None = None
    agency: str = DEFAULT_AGENCY
    undelivered: int = 0


# --- users ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _UserRecord:
    """A row of the users' table."""

    name: str
    display_name: str
    password: str
    created_at: datetime
    disabled_at: datetime | None
    agency: str
    role: str
    counters: list[str] | None

    @property
    def user(self) -> User:
        """The user, without the password's hash."""
        member = membership_of(self.agency, self.role, self.counters)
        return User(self.name, self.display_name, self.created_at, self.disabled_at, member)


@dataclass(frozen=True, slots=True)
class _SessionRecord(_UserRecord):
    """A user with one of their sessions."""

    counter: str | None
    begun: datetime
    seen_at: datetime


def add_user(  # noqa: PLR0913 - an account and its circumstances, the last two by name
    catalog: Catalog,
    name: str,
    display_name: str,
    password: str,
    *,
    member: Membership = DEFAULT_MEMBERSHIP,
    actor: str = "",
) -> User:
    """Make an account, in the default agency unless told otherwise.

    Raises UsageError if the name is taken or wrong, or the password too short; NotFoundError for an agency or
    counter that isn't there.
    """
    name = _user_name(name)
    display_name = unicodedata.normalize("NFC", display_name).strip() or name
    user = User(name, display_name, clock.now(), member=member)
    values = {
        "name": name,
        "display_name": display_name,
        "password": _hash(password),
        "created_at": user.created_at,
        **membership_values(member),
    }
    try:
        with catalog.transaction() as connection:
            require_membership(connection, member)
            connection.execute(insert(users).values(values))
            _note(catalog, connection, actor, "user added", f"users/{name}", after=membership_told(member))
    except IntegrityError:
        raise UsageError(f"there is a user {name} already", f"Đã có tài khoản {name}.") from None
    return user


def set_password(catalog: Catalog, name: str, password: str, *, actor: str = "") -> None:
    """Give a user another password; whoever is signed in with the old one is not any more."""
    name = _user_name(name)
    values = {"password": _hash(password)}
    with catalog.transaction() as connection:
        _change_user(connection, name, values)
        _sign_out_everywhere(connection, name)
        _note(catalog, connection, actor, "password set", f"users/{name}")


def change_password(catalog: Catalog, name: str, old: str, new: str) -> None:
    """Another password for who knows the old one; all their sessions end.

    Raises DeniedError for a wrong old password, UsageError for a new one that is too short.
    """
    user = check_password(catalog, name, old)
    hashed = _hash(new)
    with catalog.transaction() as connection:
        _change_user(connection, user.name, {"password": hashed})
        _sign_out_everywhere(connection, user.name)
        _note(catalog, connection, user.name, "password changed", user_subject(user.name))


def is_long_enough(password: str) -> bool:
    return SHORTEST_PASSWORD <= len(unicodedata.normalize("NFC", password)) <= _LONGEST_PASSWORD


def disable_user(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """Let a user sign in no more, and end their sessions; what they did stays theirs."""
    name = _user_name(name)
    with catalog.transaction() as connection:
        _change_user(connection, name, {"disabled_at": clock.now()})
        _sign_out_everywhere(connection, name)
        _note(catalog, connection, actor, "user disabled", f"users/{name}")


def enable_user(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """Let a disabled user sign in again."""
    name = _user_name(name)
    with catalog.transaction() as connection:
        _change_user(connection, name, {"disabled_at": None})
        _note(catalog, connection, actor, "user enabled", f"users/{name}")


def set_membership(catalog: Catalog, name: str, member: Membership, *, actor: str = "") -> None:
    """Say to which agency a user belongs, what they may do, and where they may sit; their sessions end.

    Raises NotFoundError for a user, agency or counter that isn't there.
    """
    name = _user_name(name)
    with catalog.transaction() as connection:
        require_membership(connection, member)
        before = membership(connection, name)
        _change_user(connection, name, membership_values(member))
        connection.execute(delete(sessions).where(sessions.c.user == name))
        told = {"before": membership_told(before), "after": membership_told(member)}
        _note(catalog, connection, actor, "user moved", f"users/{name}", **told)


def user(catalog: Catalog, name: str) -> User:
    """The user of this name. Raises NotFoundError."""
    name = _user_name(name)
    with catalog.reading() as connection:
        found = fetch_one(connection, _UserRecord, select(users).where(users.c.name == name))
    if found is None:
        raise _no_user(name)
    return found.user


def all_users(catalog: Catalog) -> list[User]:
    """All users by name, also disabled ones."""
    with catalog.reading() as connection:
        found = fetch_all(connection, _UserRecord, select(users).order_by(users.c.name))
    return [each.user for each in found]


def colleagues(catalog: Catalog, agency: str) -> list[User]:
    """The users of an agency who can sign in, by name."""
    return [each for each in all_users(catalog) if each.member.agency == agency and each.disabled_at is None]


def display_name(catalog: Catalog, name: str) -> str:
    """How a user is called; the name itself where there is no such user (who took batches by command)."""
    with catalog.reading() as connection:
        found = connection.scalar(select(users.c.display_name).where(users.c.name == name))
    return found or name


def check_password(catalog: Catalog, name: str, password: str) -> User:
    """The user of this name and password. Raises DeniedError, after as long for a name that nobody has."""
    name = unicodedata.normalize("NFC", name).strip().lower()
    with catalog.reading() as connection:
        row = fetch_one(connection, _UserRecord, select(users).where(users.c.name == name))
    right = _verify(row.password if row else _nobodys_hash(), password)
    if row is None or not right or row.disabled_at is not None:
        raise DeniedError("wrong name or password", "Tên đăng nhập hoặc mật khẩu chưa đúng.")
    if _hasher.check_needs_rehash(row.password):
        with catalog.transaction() as connection:
            same = (users.c.name == name) & (users.c.password == row.password)
            connection.execute(update(users).where(same).values(password=_hash(password)))
    return row.user


def _sign_out_everywhere(connection: Connection, name: str) -> None:
    """End all sessions, and know none of the browsers any more."""
    connection.execute(delete(sessions).where(sessions.c.user == name))
    connection.execute(delete(browsers).where(browsers.c.user == name))


def _user_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip().lower()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r}: a user's name has letters a-z, digits, dots, dashes and underscores",
            "Tên đăng nhập chỉ gồm chữ không dấu a-z, chữ số, dấu chấm, gạch ngang và gạch dưới.",
        )
    return name


def _change_user(connection: Connection, name: str, values: dict[str, Any]) -> None:
    if not connection.execute(update(users).where(users.c.name == name).values(values)).rowcount:
        raise _no_user(name)


def _no_user(name: str) -> NotFoundError:
    return NotFoundError(f"no user {name}", f"Không có tài khoản {name}.")


def _hash(password: str) -> str:
    password = unicodedata.normalize("NFC", password)
    if not is_long_enough(password):
        raise UsageError(
            f"a password has at least {SHORTEST_PASSWORD} characters",
            f"Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự.",
        )
    return _hasher.hash(password)


def _verify(hashed: str, password: str) -> bool:
    if len(password) > _LONGEST_PASSWORD:
        return False
    try:
        return _hasher.verify(hashed, unicodedata.normalize("NFC", password))
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(_TOKEN_BYTES))


# --- sessions ------------------------------------------------------------------------------------------


def begin_session(catalog: Catalog, name: str, counter: str | None = None, *, address: str = "") -> str:
    """Sign a user in whose password was checked; gives the token, which is kept nowhere.

    `address` is where they are, for the log.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    now = clock.now()
    values = {
        "token": _hash_of(token),
        "user": name,
        "counter": counter,
        "created_at": now,
        "seen_at": now,
    }
    with catalog.transaction() as connection:
        connection.execute(insert(sessions).values(values))
        after = {"address": address, "counter": counter}
        _note(catalog, connection, name, SIGNED_IN, user_subject(name), after=after)
    return token


def note_failed_sign_in(catalog: Catalog, name: str, address: str) -> None:
    """Enter in the log that a sign-in was refused.

    The name only if there is such a user: some people type their password there.
    """
    with catalog.transaction() as connection:
        known = connection.scalar(select(users.c.name).where(users.c.name == name))
        subject = user_subject(known) if known else "users"
        _note(catalog, connection, "stranger", SIGN_IN_FAILED, subject, after={"address": address})


def session_of_token(
    catalog: Catalog,
    token: str,
    *,
    expiry: Expiry,
    now: datetime | None = None,
    use: bool = True,
) -> Session | None:
    """Whose session a token is of; None if of nobody's, or if it has ended by itself.

    Asking is use, unless a page asks that nobody touches.
    """
    now = now or clock.now()
    mine = sessions.c.token == _hash_of(token)
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
    """Sign out; `action` says in the log how it came to that."""
    with catalog.transaction() as connection:
        _end(catalog, connection, sessions.c.token == _hash_of(token), action)


def sessions_of(catalog: Catalog, name: str, token: str, expiry: Expiry) -> list[OwnSession]:
    """A person's sessions that have not ended, the newest first; `token` is of the one that asks."""
    now = clock.now()
    alive = (sessions.c.seen_at >= now - expiry.idle) & (sessions.c.created_at >= now - expiry.life)
    query = select(sessions).where(sessions.c.user == name, alive).order_by(sessions.c.created_at.desc())
    with catalog.reading() as connection:
        return [
            OwnSession(row.counter, row.created_at, row.seen_at, row.token == _hash_of(token))
            for row in connection.execute(query)
        ]


def end_other_sessions(catalog: Catalog, name: str, token: str) -> None:
    """End all sessions of a person but this one."""
    others = (sessions.c.user == name) & (sessions.c.token != _hash_of(token))
    with catalog.transaction() as connection:
        _end(catalog, connection, others, SESSION_ENDED)


def sit_at(catalog: Catalog, token: str, counter: str) -> None:
    """Remember with a session at which counter its user works.

    Raises NotFoundError for a counter that isn't there, or where this user may not sit.
    """
    mine = sessions.c.token == _hash_of(token)
    with catalog.transaction() as connection:
        user = connection.scalar(select(sessions.c.user).where(mine))
        require_seat(connection, user or "", counter)
        connection.execute(update(sessions).where(mine).values(counter=counter))
        for name in connection.scalars(select(sessions.c.user).where(mine)).all():
            _note(catalog, connection, name, "counter chosen", user_subject(name), after={"counter": counter})


def forget_old_sessions(catalog: Catalog, expiry: Expiry) -> None:
    """Remove sessions that have ended by themselves."""
    now = clock.now()
    ended = (sessions.c.seen_at < now - expiry.idle) | (sessions.c.created_at < now - expiry.life)
    with catalog.transaction() as connection:
        _end(catalog, connection, ended, SESSION_ENDED)


def _end(catalog: Catalog, connection: Connection, which: ColumnElement[bool], action: str) -> None:
    names = connection.scalars(select(sessions.c.user).where(which)).all()
    connection.execute(delete(sessions).where(which))
    for name in names:
        _note(catalog, connection, name, action, user_subject(name))


def _hash_of(token: str) -> str:
    """Tokens are long and random, so a plain hash is enough and can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- counters ------------------------------------------------------------------------------------------


def make_counter(catalog: Catalog, name: str, *, agency: str = DEFAULT_AGENCY, actor: str = "") -> str:
    """Make a counter of an agency; gives the token for its agent, which is kept nowhere.

    Raises UsageError if the counter is there, NotFoundError if the agency isn't.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise UsageError("a counter's name has 1 to 64 characters", "Tên quầy phải có từ 1 đến 64 ký tự.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    values = {"name": name, "token": _hash_of(token), "created_at": clock.now(), "agency": agency}
    try:
        with catalog.transaction() as connection:
            require_agency(connection, agency)
            connection.execute(insert(counters_table).values(values))
            _note(catalog, connection, actor, "counter added", f"counters/{name}", after={"agency": agency})
    except IntegrityError:
        raise UsageError(f"there is a counter {name} already", f"Đã có quầy {name}.") from None
    return token


def renew_counter(catalog: Catalog, name: str, *, actor: str = "") -> str:
    """Give a counter another token, where the old one may be known to others. Raises NotFoundError."""
    name = unicodedata.normalize("NFC", name).strip()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with catalog.transaction() as connection:
        _change_counter(connection, name, {"token": _hash_of(token)})
        _note(catalog, connection, actor, "counter's token renewed", f"counters/{name}")
    return token


def counter_of_token(catalog: Catalog, token: str) -> str | None:
    """Which counter's agent has this token; None for nobody's."""
    query = select(counters_table.c.name).where(counters_table.c.token == _hash_of(token))
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
    """The counters where somebody may sit, by name."""
    return [each for each in counters(catalog) if may_sit(member, each.name, each.agency)]


def _change_counter(connection: Connection, name: str, values: dict[str, Any]) -> None:
    same = counters_table.c.name == name
    if not connection.execute(update(counters_table).where(same).values(values)).rowcount:
        raise no_counter(name)


def _note(
    catalog: Catalog, connection: Connection, actor: str, action: str, subject: str, **states: Any
) -> None:
    """`states`: what it was `before` and `after`."""
    entry = LogEntry(clock.now(), actor or SCANFLOW, action, subject, **states)
    catalog.append_log(entry, connection=connection)
