"""Accounts of people who sign in by a provider of single sign-on.

They are identified by the provider's id (issuer and subject), never by a name that somebody else could take:
a local account of the same name is not touched. Agency and role are set by the provider at each sign-in.
"""

from sqlalchemy import Connection, delete, insert, select, update

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import sessions, sso_users, users
from scanflow.archive.database.typed_rows import fetch_one
from scanflow.archive.people.access_tokens import new_token
from scanflow.archive.people.accounts import User, UserRecord, hash_password, note_account_change, user_name
from scanflow.archive.people.agencies import membership_told, membership_values, require_membership
from scanflow.errors import DeniedError, NotFoundError
from scanflow.membership import Membership


def sso_user(catalog: Catalog, subject: str, name: str, display_name: str, member: Membership) -> User:
    """The account of a person, made at their first sign-in, with the agency and role that they have now.

    `subject`: issuer and subject. Raises DeniedError for a disabled account, for a name that is somebody
    else's, and where the agency isn't there; UsageError for a name that can be no account's.
    """
    name = user_name(name)
    with catalog.transaction() as connection:
        try:
            require_membership(connection, member)
        except NotFoundError:
            raise DeniedError("single sign-on names an agency that isn't here: see [sso] agencies") from None
        query = (
            select(users)
            .join(sso_users, sso_users.c.user == users.c.name)
            .where(sso_users.c.subject == subject)
        )
        row = fetch_one(connection, UserRecord, query)
        if row is None:
            return _made(catalog, connection, subject, name, display_name, member)
        if row.disabled_at is not None:
            raise DeniedError("this account is disabled", "Tài khoản này đã bị khóa.")
        if row.user.member != member:
            connection.execute(
                update(users).where(users.c.name == row.name).values(membership_values(member))
            )
            connection.execute(delete(sessions).where(sessions.c.user == row.name))
            told = {"before": membership_told(row.user.member), "after": membership_told(member)}
            note_account_change(catalog, connection, row.name, "user moved", f"users/{row.name}", **told)
    return User(row.name, row.display_name, row.created_at, None, member)


def _made(  # noqa: PLR0913, PLR0917 - an account and its circumstances
    catalog: Catalog, connection: Connection, subject: str, name: str, display_name: str, member: Membership
) -> User:
    if connection.scalar(select(users.c.name).where(users.c.name == name)) is not None:
        raise DeniedError(
            f"there is another account of the name {name}: disable single sign-on for it, or rename one",
            "Tên đăng nhập này đã thuộc một tài khoản khác. Hãy báo cho người quản trị hệ thống.",
        )
    made = User(name, display_name or name, clock.now(), member=member)
    values = {
        "name": name,
        "display_name": made.display_name,
        # A random password that nobody knows: this account has no sign-in by password.
        "password": hash_password(new_token()),
        "created_at": made.created_at,
        **membership_values(member),
    }
    connection.execute(insert(users).values(values))
    connection.execute(insert(sso_users).values(subject=subject, user=name))
    after = membership_told(member) | {"by": "single sign-on"}
    note_account_change(catalog, connection, name, "user added", f"users/{name}", after=after)
    return made
