"""Agencies (cơ quan, đơn vị) that share an archive, and who belongs to which.

Every user, counter, batch and dossier has one agency, by its code. Anything of another agency is treated as
if it did not exist: the same error, with the same words. A dossier number's prefix may look like an agency's
code; nothing is concluded from that.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import agencies, counters, users
from scanflow.archive.logbook import LogEntry
from scanflow.errors import NotFoundError, UsageError
from scanflow.membership import DEFAULT_AGENCY, DEFAULT_MEMBERSHIP, Membership, Role

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency; other tables and manifests refer to it by `code`."""

    code: str
    name: str
    created_at: datetime


def add_agency(catalog: Catalog, code: str, name: str, *, actor: str = "") -> Agency:
    """Make an agency. Raises UsageError if the code is taken or wrong."""
    code = unicodedata.normalize("NFC", code).strip()
    if not _CODE.fullmatch(code):
        raise UsageError(
            f"{code!r}: an agency's code has letters a-z, digits, dots, dashes and underscores",
            "Mã cơ quan chỉ gồm chữ không dấu, chữ số, dấu chấm, gạch ngang và gạch dưới.",
        )
    agency = Agency(code, _name(name), clock.now())
    values = {"code": agency.code, "name": agency.name, "created_at": agency.created_at}
    try:
        with catalog.transaction() as connection:
            connection.execute(insert(agencies).values(values))
            entry = _entry(actor, "agency added", code, after={"name": agency.name})
            catalog.append_log(entry, connection=connection)
    except IntegrityError:
        raise UsageError(f"there is an agency {code} already", f"Đã có cơ quan {code}.") from None
    return agency


def rename_agency(catalog: Catalog, code: str, name: str, *, actor: str = "") -> None:
    """Give an agency another name; its code stays. Raises NotFoundError."""
    name = _name(name)
    with catalog.transaction() as connection:
        before = require_agency(connection, code)
        connection.execute(update(agencies).where(agencies.c.code == code).values(name=name))
        entry = _entry(actor, "agency renamed", code, before={"name": before.name}, after={"name": name})
        catalog.append_log(entry, connection=connection)


def all_agencies(catalog: Catalog) -> list[Agency]:
    """All agencies by code."""
    with catalog.reading() as connection:
        return [Agency(*row) for row in connection.execute(select(agencies).order_by(agencies.c.code))]


def require_agency(connection: Connection, code: str) -> Agency:
    """The agency of this code. Raises NotFoundError."""
    row = connection.execute(select(agencies).where(agencies.c.code == code)).one_or_none()
    if row is None:
        raise NotFoundError(f"no agency {code}: see `scanflow agency list`", f"Không có cơ quan {code}.")
    return Agency(*row)


def known_agency(catalog: Catalog, code: str | None) -> str:
    """The code of the agency that a person or a setting named; None is the default. Raises NotFoundError."""
    if code is None:
        return DEFAULT_AGENCY
    with catalog.reading() as connection:
        return require_agency(connection, code).code


# --- who belongs where ---------------------------------------------------------------------------------


def membership_of(agency: str, role: str, named: Sequence[str] | None) -> Membership:
    """A membership from the columns `agency`, `role` and `counters` of `users`."""
    return Membership(agency, Role(role), None if named is None else tuple(named))


def membership(connection: Connection, user: str) -> Membership:
    """A user's membership; the default for a person without an account, who works by command."""
    query = select(users.c.agency, users.c.role, users.c.counters).where(users.c.name == user)
    row = connection.execute(query).one_or_none()
    return DEFAULT_MEMBERSHIP if row is None else membership_of(*row)


def name_of_user(connection: Connection, user: str) -> str:
    """A user's display name; the name itself for one without an account (who takes batches by command)."""
    return connection.scalar(select(users.c.display_name).where(users.c.name == user)) or user


def is_active_member(connection: Connection, user: str, agency: str) -> bool:
    """Whether a user belongs to this agency and may sign in."""
    able = (users.c.name == user) & (users.c.agency == agency) & users.c.disabled_at.is_(None)
    return connection.scalar(select(users.c.name).where(able)) is not None


def agency_of_counter(connection: Connection, counter: str) -> str:
    """A counter's agency. Raises NotFoundError."""
    found = connection.scalar(select(counters.c.agency).where(counters.c.name == counter))
    if found is None:
        raise no_counter(counter)
    return found  # type: ignore[no-any-return]  # rows aren't typed


def may_sit(member: Membership, counter: str, agency: str) -> bool:
    """Whether somebody may sit at a counter of this agency. An auditor works at none."""
    named = member.counters is None or counter in member.counters
    return member.role is not Role.AUDITOR and member.agency == agency and named


def require_seat(connection: Connection, user: str, counter: str) -> None:
    """Raise unless the user may sit at this counter.

    The error is NotFoundError, as for an unknown counter.
    """
    if not may_sit(membership(connection, user), counter, agency_of_counter(connection, counter)):
        raise no_counter(counter)


def no_counter(name: str) -> NotFoundError:
    return NotFoundError(f"no counter {name}", f"Không có quầy {name}.")


def require_membership(connection: Connection, member: Membership) -> None:
    """Raise NotFoundError unless the agency and its counters exist."""
    require_agency(connection, member.agency)
    for name in member.counters or ():
        if agency_of_counter(connection, name) != member.agency:
            raise no_counter(name)


def membership_values(member: Membership) -> dict[str, Any]:
    """A membership as columns of `users`."""
    named = None if member.counters is None else list(member.counters)
    return {"agency": member.agency, "role": member.role.value, "counters": named}


def membership_told(member: Membership) -> dict[str, Any]:
    """A membership as the log has it."""
    return {name: value for name, value in membership_values(member).items() if value is not None}


def _name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"an agency's name has 1 to {_LONGEST_NAME} characters",
            f"Tên cơ quan phải có từ 1 đến {_LONGEST_NAME} ký tự.",
        )
    return name


def _entry(actor: str, action: str, code: str, **states: Any) -> LogEntry:
    """`states`: what it was `before` and `after`."""
    return LogEntry(clock.now(), actor or "scanflow", action, f"agencies/{code}", **states)
