"""The accounts of users (cán bộ): names, passwords, agencies and roles.

Of a password only its Argon2 hash is kept: a person who reads the database cannot sign in with it. Changes of
accounts are entered in the log, without any secret. Sessions are in `user_sessions`, counters in
`counter_accounts`.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import browsers, sessions, users
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.archive.logbook import (
    SCANFLOW,
    LogEntry,
    user_subject,
)
from scanflow.archive.people.access_tokens import new_token
from scanflow.archive.people.agencies import (
    membership,
    membership_of,
    membership_told,
    membership_values,
    name_of_user,
    require_membership,
)
from scanflow.errors import DeniedError, NotFoundError, UsageError
from scanflow.membership import DEFAULT_MEMBERSHIP, Membership
from scanflow.text.collation import name_key

SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 1000
"""Nobody types more; longer inputs of strangers must not cost time for hashing."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
hasher = PasswordHasher()
"""Argon2id with the library's recommended cost; hashes of another cost are made anew at the next sign-in."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in; `name` is what batches and the log know them by."""

    name: str
    display_name: str
    created_at: datetime
    disabled_at: datetime | None = None
    member: Membership = DEFAULT_MEMBERSHIP


@dataclass(frozen=True, slots=True)
class UserRecord:
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
    name = user_name(name)
    display_name = unicodedata.normalize("NFC", display_name).strip() or name
    user = User(name, display_name, clock.now(), member=member)
    values = {
        "name": name,
        "display_name": display_name,
        "password": hash_password(password),
        "created_at": user.created_at,
        **membership_values(member),
    }
    try:
        with catalog.transaction() as connection:
            require_membership(connection, member)
            connection.execute(insert(users).values(values))
            note_account_change(
                catalog, connection, actor, "user added", f"users/{name}", after=membership_told(member)
            )
    except IntegrityError:
        raise UsageError(f"there is a user {name} already", f"Đã có tài khoản {name}.") from None
    return user


def set_password(catalog: Catalog, name: str, password: str, *, actor: str = "") -> None:
    """Give a user another password. Sessions that began with the old one end."""
    name = user_name(name)
    values = {"password": hash_password(password)}
    with catalog.transaction() as connection:
        _change_user(connection, name, values)
        _sign_out_everywhere(connection, name)
        note_account_change(catalog, connection, actor, "password set", f"users/{name}")


def change_password(catalog: Catalog, name: str, old: str, new: str) -> None:
    """Change the password of a user who knows the old one; all their sessions end.

    Raises DeniedError for a wrong old password, UsageError for a new one that is too short.
    """
    user = check_password(catalog, name, old)
    hashed = hash_password(new)
    with catalog.transaction() as connection:
        _change_user(connection, user.name, {"password": hashed})
        _sign_out_everywhere(connection, user.name)
        note_account_change(catalog, connection, user.name, "password changed", user_subject(user.name))


def is_long_enough(password: str) -> bool:
    return SHORTEST_PASSWORD <= len(unicodedata.normalize("NFC", password)) <= _LONGEST_PASSWORD


def disable_user(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """Let a user sign in no more, and end their sessions; what they did stays theirs."""
    name = user_name(name)
    with catalog.transaction() as connection:
        _change_user(connection, name, {"disabled_at": clock.now()})
        _sign_out_everywhere(connection, name)
        note_account_change(catalog, connection, actor, "user disabled", f"users/{name}")


def enable_user(catalog: Catalog, name: str, *, actor: str = "") -> None:
    """Let a disabled user sign in again."""
    name = user_name(name)
    with catalog.transaction() as connection:
        _change_user(connection, name, {"disabled_at": None})
        note_account_change(catalog, connection, actor, "user enabled", f"users/{name}")


def set_membership(catalog: Catalog, name: str, member: Membership, *, actor: str = "") -> None:
    """Set a user's agency, role and counters; their sessions end.

    Raises NotFoundError for a user, agency or counter that isn't there.
    """
    name = user_name(name)
    with catalog.transaction() as connection:
        require_membership(connection, member)
        before = membership(connection, name)
        _change_user(connection, name, membership_values(member))
        connection.execute(delete(sessions).where(sessions.c.user == name))
        told = {"before": membership_told(before), "after": membership_told(member)}
        note_account_change(catalog, connection, actor, "user moved", f"users/{name}", **told)


def user(catalog: Catalog, name: str) -> User:
    """The user of this name. Raises NotFoundError."""
    name = user_name(name)
    with catalog.reading() as connection:
        found = fetch_one(connection, UserRecord, select(users).where(users.c.name == name))
    if found is None:
        raise _no_user(name)
    return found.user


def all_users(catalog: Catalog) -> list[User]:
    """All users by name, also disabled ones."""
    with catalog.reading() as connection:
        found = fetch_all(connection, UserRecord, select(users).order_by(users.c.name))
    return [each.user for each in found]


def colleagues(catalog: Catalog, agency: str) -> list[User]:
    """The users of an agency who can sign in, in the order in which people look for names."""
    active = [each for each in all_users(catalog) if each.member.agency == agency and not each.disabled_at]
    return sorted(active, key=lambda each: name_key(each.display_name))


def display_name(catalog: Catalog, name: str) -> str:
    """A user's display name; the name itself for one without an account (who takes batches by command)."""
    with catalog.reading() as connection:
        return name_of_user(connection, name)


def check_password(catalog: Catalog, name: str, password: str) -> User:
    """The user of this name and password. Raises DeniedError; that takes as long for an unknown name."""
    name = unicodedata.normalize("NFC", name).strip().lower()
    with catalog.reading() as connection:
        row = fetch_one(connection, UserRecord, select(users).where(users.c.name == name))
    right = _verify(row.password if row else _nobodys_hash(), password)
    if row is None or not right or row.disabled_at is not None:
        raise DeniedError("wrong name or password", "Tên đăng nhập hoặc mật khẩu chưa đúng.")
    if hasher.check_needs_rehash(row.password):
        with catalog.transaction() as connection:
            same = (users.c.name == name) & (users.c.password == row.password)
            connection.execute(update(users).where(same).values(password=hash_password(password)))
    return row.user


def _sign_out_everywhere(connection: Connection, name: str) -> None:
    """End all sessions of a user, and forget their known browsers."""
    connection.execute(delete(sessions).where(sessions.c.user == name))
    connection.execute(delete(browsers).where(browsers.c.user == name))


def user_name(name: str) -> str:
    """A name in the form in which accounts have it. Raises UsageError."""
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


def hash_password(password: str) -> str:
    """The hash that is kept of a password. Raises UsageError for one that is too short."""
    password = unicodedata.normalize("NFC", password)
    if not is_long_enough(password):
        raise UsageError(
            f"a password has at least {SHORTEST_PASSWORD} characters",
            f"Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự.",
        )
    return hasher.hash(password)


def _verify(hashed: str, password: str) -> bool:
    if len(password) > _LONGEST_PASSWORD:
        return False
    try:
        return hasher.verify(hashed, unicodedata.normalize("NFC", password))
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobodys_hash() -> str:
    return hasher.hash(new_token())


def note_account_change(
    catalog: Catalog, connection: Connection, actor: str, action: str, subject: str, **states: Any
) -> None:
    """`states`: what it was `before` and `after`."""
    entry = LogEntry(clock.now(), actor or SCANFLOW, action, subject, **states)
    catalog.append_log(entry, connection=connection)
