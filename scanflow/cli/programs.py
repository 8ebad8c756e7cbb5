"""`scanflow token`: which programs may call the API."""

from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, group_of_commands, settings_of_archive
from scanflow.cli.noting import note_look, os_user
from scanflow.cli.output import print_json, print_table, say, stdout
from scanflow.clock import now
from scanflow.model import DEFAULT_AGENCY, Scope

if TYPE_CHECKING:
    from scanflow.archive.api_tokens import ApiToken
    from scanflow.archive.catalog import Catalog

token_app = group_of_commands("Tokens of programs that call the API (docs/api.md).")

NameArgument = Annotated[str, typer.Argument(help="The token's name, as the log has it.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    token_app.command("add")(add_token)
    token_app.command("list")(list_tokens)
    token_app.command("revoke")(revoke_token)
    app.add_typer(token_app, name="token")


def add_token(
    name: NameArgument,
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it may be used for; may be repeated.")],
    agency: Annotated[
        str, typer.Option("--agency", help="The agency whose papers it sees and sends.")
    ] = DEFAULT_AGENCY,
    days: Annotated[int, typer.Option("--days", min=1, help="Days until it expires.")] = 365,
    rate: Annotated[int, typer.Option("--rate", min=1, help="Calls that it may make a minute.")] = 600,
) -> None:
    """Make a token and print it, this once."""
    from scanflow.archive import api_tokens

    with _catalog() as catalog:
        token = api_tokens.make_token(
            catalog, name, frozenset(scope), agency=agency, days=days, rate=rate, actor=os_user()
        )
    stdout.print(token, markup=False)
    say(
        "give this token to the program now (docs/api.md): it is kept nowhere",
        "Hãy nhập mã này vào phần mềm ngay: hệ thống không lưu mã.",
    )


def list_tokens(json: JsonOption = False) -> None:
    """List tokens, also ended ones, with their scopes and last use."""
    from scanflow.archive import api_tokens
    from scanflow.archive.logbook import LISTED

    with _catalog() as catalog:
        found = api_tokens.all_tokens(catalog)
        note_look(catalog, LISTED, "tokens")
    if json:
        print_json([_shown(each) for each in found])
        return
    rows = [
        (
            each.name,
            each.agency,
            " ".join(sorted(each.scopes)),
            str(each.rate),
            f"{each.expires_at:%Y-%m-%d}",
            _state(each),
            f"{each.seen_at:%Y-%m-%d %H:%M}" if each.seen_at else "",
        )
        for each in found
    ]
    print_table("tokens", ("token", "agency", "scopes", "rate", "until", "state", "last used"), rows)


def revoke_token(name: NameArgument) -> None:
    """End a token at once; what was done with it stays in the log."""
    from scanflow.archive import api_tokens

    with _catalog() as catalog:
        api_tokens.revoke_token(catalog, name, actor=os_user())


def _shown(token: "ApiToken") -> dict[str, object]:
    times = {name: getattr(token, name) for name in ("created_at", "expires_at", "revoked_at", "seen_at")}
    return {
        "name": token.name,
        "agency": token.agency,
        "scopes": sorted(token.scopes),
        "rate": token.rate,
        "state": _state(token),
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def _state(token: "ApiToken") -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at <= now() else "valid"


def _catalog() -> "Catalog":
    from scanflow.archive.catalog import open_catalog

    return open_catalog(settings_of_archive())
