"""`scanflow user` and `scanflow counter`: who may sign in, and which counters' agents may."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.noting import note_look, os_user
from scanflow.cli.output import note, print_json, print_table, say, stdout
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog

user_app = typer.Typer(help="Who may sign in to the web pages.", no_args_is_help=True)
counter_app = typer.Typer(help="Counters, whose PCs run `scanflow station`.", no_args_is_help=True)

UserArgument = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
CounterArgument = Annotated[str, typer.Argument(help="The counter's name.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    user_app.command("add")(add_user)
    user_app.command("password")(set_password)
    user_app.command("disable")(disable_user)
    user_app.command("enable")(enable_user)
    user_app.command("list")(list_users)
    counter_app.command("add")(add_counter)
    counter_app.command("list")(list_counters)
    counter_app.command("renew")(renew_counter)
    app.add_typer(user_app, name="user")
    app.add_typer(counter_app, name="counter")


def add_user(
    name: UserArgument,
    display_name: Annotated[
        str, typer.Option("--name", help="The person's name as pages show it; default: the name.")
    ] = "",
) -> None:
    """Make an account; asks for its password, or reads it from stdin."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        user = accounts.add_user(catalog, name, display_name, _new_password(), actor=os_user())
    note(f"user {user.name} can sign in now")


def set_password(name: UserArgument) -> None:
    """Give a user another password, asked for or from stdin; sessions with the old one end."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        accounts.set_password(catalog, name, _new_password(), actor=os_user())


def disable_user(name: UserArgument) -> None:
    """Let a user sign in no more; what they did stays theirs."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        accounts.disable_user(catalog, name, actor=os_user())


def enable_user(name: UserArgument) -> None:
    """Let a disabled user sign in again."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        accounts.enable_user(catalog, name, actor=os_user())


def list_users(json: JsonOption = False) -> None:
    """List users."""
    from scanflow.archive import accounts
    from scanflow.archive.logbook import LISTED

    with _catalog() as catalog:
        users = accounts.all_users(catalog)
        note_look(catalog, LISTED, "users")
    if json:
        print_json(users)
        return
    rows = [(u.name, u.display_name, f"{u.created_at:%Y-%m-%d}", _since(u.disabled_at)) for u in users]
    print_table("users", ("user", "name", "since", "disabled"), rows)


def add_counter(name: CounterArgument) -> None:
    """Make a counter and print the token for its agent, this once."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        _print_token(accounts.make_counter(catalog, name, actor=os_user()))


def renew_counter(name: CounterArgument) -> None:
    """Give a counter another token and print it; the old one ends."""
    from scanflow.archive import accounts

    with _catalog() as catalog:
        _print_token(accounts.renew_counter(catalog, name, actor=os_user()))


def list_counters(json: JsonOption = False) -> None:
    """List counters, when their agents were last heard of, and how many pages they can't deliver."""
    from scanflow.archive import accounts
    from scanflow.archive.logbook import LISTED

    with _catalog() as catalog:
        counters = accounts.counters(catalog)
        note_look(catalog, LISTED, "counters")
    if json:
        print_json(counters)
        return
    rows = [
        (c.name, f"{c.seen_at:%Y-%m-%d %H:%M}" if c.seen_at else "", c.device or "", str(c.undelivered or ""))
        for c in counters
    ]
    print_table("counters", ("counter", "agent seen", "scanner", "pages it can't deliver"), rows)


@contextmanager
def _catalog() -> Iterator["Catalog"]:
    from scanflow.archive.catalog import open_catalog

    with open_catalog(settings_from()) as catalog:
        yield catalog


def _new_password() -> str:
    """Never an option: other users of the machine see those."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        raise UsageError("the two are not the same", "Hai lần nhập mật khẩu không giống nhau.")
    return password


def _print_token(token: str) -> None:
    stdout.print(token, markup=False)
    say(
        "give this token to the counter's PC now (docs/operating.md): it is kept nowhere",
        "Hãy nhập mã này vào máy của quầy ngay: hệ thống không lưu mã.",
    )


def _since(at: object) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
