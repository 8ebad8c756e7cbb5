"""`scanflow agency`, `user` and `counter`: who may sign in where, and which counters' agents may."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, group_of_commands, settings_from, settings_of_archive
from scanflow.cli.noting import note_look, os_user
from scanflow.cli.output import print_json, print_note, print_notice, print_table, stdout
from scanflow.errors import UsageError
from scanflow.membership import DEFAULT_AGENCY, Membership, Role

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog

agency_app = group_of_commands("Agencies (cơ quan) that share the archive.")
user_app = group_of_commands("Who may sign in to the web pages.")
counter_app = group_of_commands("Counters, whose PCs run `scanflow station`.")

UserArgument = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
RoleOption = Annotated[
    Role, typer.Option("--role", help="A supervisor also hands over the stacks of absent clerks.")
]
AgencyArgument = Annotated[
    str, typer.Argument(help="The agency's code, such as H57.132.", show_default=False)
]
CounterArgument = Annotated[str, typer.Argument(help="The counter's name.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    agency_app.command("add")(add_agency)
    agency_app.command("name")(rename_agency)
    agency_app.command("list")(list_agencies)
    user_app.command("add")(add_user)
    user_app.command("move")(move_user)
    user_app.command("password")(set_password)
    user_app.command("disable")(disable_user)
    user_app.command("enable")(enable_user)
    user_app.command("list")(list_users)
    counter_app.command("add")(add_counter)
    counter_app.command("list")(list_counters)
    counter_app.command("renew")(renew_counter)
    app.add_typer(agency_app, name="agency")
    app.add_typer(user_app, name="user")
    app.add_typer(counter_app, name="counter")


def add_agency(
    code: AgencyArgument,
    name: Annotated[str, typer.Argument(help="Its name as people know it.", show_default=False)],
) -> None:
    """Make an agency: its users, counters, batches and dossiers are separate from those of others."""
    from scanflow.archive.people import agencies

    with _catalog(make=True) as catalog:
        agencies.add_agency(catalog, code, name, actor=os_user())


def rename_agency(
    code: AgencyArgument,
    name: Annotated[str, typer.Argument(help="Its new name.", show_default=False)],
) -> None:
    """Give an agency another name; its code stays."""
    from scanflow.archive.people import agencies

    with _catalog() as catalog:
        agencies.rename_agency(catalog, code, name, actor=os_user())


def list_agencies(json: JsonOption = False) -> None:
    """List agencies."""
    from scanflow.archive.people import agencies

    with _catalog() as catalog:
        found = agencies.all_agencies(catalog)
    if json:
        print_json(found)
        return
    print_table(
        "agencies", ("agency", "name", "since"), [(a.code, a.name, _since(a.created_at)) for a in found]
    )


def add_user(
    name: UserArgument,
    display_name: Annotated[
        str, typer.Option("--name", help="The person's name as pages show it; default: the name.")
    ] = "",
    agency: Annotated[str, typer.Option("--agency", help="The agency's code.")] = DEFAULT_AGENCY,
    role: RoleOption = Role.CLERK,
    counter: Annotated[
        list[str] | None,
        typer.Option("--counter", help="A counter to sit at; may be repeated; default: all of the agency."),
    ] = None,
) -> None:
    """Make an account; asks for its password, or reads it from stdin."""
    from scanflow.archive.people import accounts

    member = Membership(agency, role, tuple(counter) if counter else None)
    with _catalog(make=True) as catalog:
        password = new_password()
        user = accounts.add_user(catalog, name, display_name, password, member=member, actor=os_user())
    print_note(f"user {user.name} can sign in now")


def move_user(
    name: UserArgument,
    agency: Annotated[
        str | None, typer.Option("--agency", help="The new agency's code; default: the same.")
    ] = None,
    role: Annotated[Role | None, typer.Option("--role", help="The new role; default: the same.")] = None,
    counter: Annotated[
        list[str] | None,
        typer.Option("--counter", help="A counter to sit at; may be repeated; default: all of the agency."),
    ] = None,
) -> None:
    """Move a user to another agency, role or to certain counters; their sessions end.

    Stacks that they have at the desk stay with the old agency: hand them over.
    """
    from scanflow.archive.people import accounts

    with _catalog() as catalog:
        before = accounts.user(catalog, name).member
        seats = tuple(counter) if counter else None
        member = Membership(agency or before.agency, role or before.role, seats)
        accounts.set_membership(catalog, name, member, actor=os_user())


def set_password(name: UserArgument) -> None:
    """Give a user another password, typed or from stdin; sessions with the old one end."""
    from scanflow.archive.people import accounts

    with _catalog() as catalog:
        accounts.set_password(catalog, name, new_password(), actor=os_user())


def disable_user(name: UserArgument) -> None:
    """Disable a user's sign-in; their entries in the log stay."""
    from scanflow.archive.people import accounts

    with _catalog() as catalog:
        accounts.disable_user(catalog, name, actor=os_user())


def enable_user(name: UserArgument) -> None:
    """Let a disabled user sign in again."""
    from scanflow.archive.people import accounts

    with _catalog() as catalog:
        accounts.enable_user(catalog, name, actor=os_user())


def list_users(json: JsonOption = False) -> None:
    """List users."""
    from scanflow.archive.logbook import LISTED
    from scanflow.archive.people import accounts

    with _catalog() as catalog:
        users = accounts.all_users(catalog)
        note_look(catalog, LISTED, "users")
    if json:
        print_json(users)
        return
    rows = [
        (u.name, u.display_name, _since(u.created_at), _since(u.disabled_at), u.member.agency, u.member.role)
        for u in users
    ]
    print_table("users", ("user", "name", "since", "disabled", "agency", "role"), rows)


def add_counter(
    name: CounterArgument,
    agency: Annotated[str, typer.Option("--agency", help="The agency's code.")] = DEFAULT_AGENCY,
) -> None:
    """Make a counter and print the token for its agent, this once."""
    from scanflow.archive.people import counter_accounts

    with _catalog(make=True) as catalog:
        print_token(counter_accounts.make_counter(catalog, name, agency=agency, actor=os_user()))


def renew_counter(name: CounterArgument) -> None:
    """Give a counter another token and print it; the old one ends."""
    from scanflow.archive.people import counter_accounts

    with _catalog() as catalog:
        print_token(counter_accounts.renew_counter(catalog, name, actor=os_user()))


def list_counters(json: JsonOption = False) -> None:
    """List counters, when their agents were last heard of, and how many pages they can't deliver."""
    from scanflow.archive.logbook import LISTED
    from scanflow.archive.people import counter_accounts

    with _catalog() as catalog:
        counters = counter_accounts.counters(catalog)
        note_look(catalog, LISTED, "counters")
    if json:
        print_json(counters)
        return
    rows = [
        (c.name, _minute(c.seen_at), c.device or "", str(c.undelivered or ""), c.agency) for c in counters
    ]
    columns = ("counter", "agent seen", "scanner", "pages it can't deliver", "agency")
    print_table("counters", columns, rows)


@contextmanager
def _catalog(*, make: bool = False) -> Iterator["Catalog"]:
    """The catalog; `make`: make it if there is none yet, because accounts may be the first thing in it."""
    from scanflow.archive.catalog import open_catalog

    with open_catalog(settings_from() if make else settings_of_archive()) as catalog:
        yield catalog


def new_password() -> str:
    """Read a new password. It is never an option, because other users of the machine can see options."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        raise UsageError("the two are not the same", "Hai lần nhập mật khẩu không giống nhau.")
    return password


def print_token(token: str) -> None:
    """Print a counter's token, this once."""
    stdout.print(token, markup=False)
    print_notice(
        "give this token to the counter's PC now (docs/station.md): it is kept nowhere",
        "Hãy nhập mã này vào máy của quầy ngay: hệ thống không lưu mã.",
    )


def _since(at: object) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _minute(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
