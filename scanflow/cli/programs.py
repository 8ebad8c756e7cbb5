"""`scanflow token` and `webhook`: programs that may call the API, and programs that get events."""

from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, group_of_commands, settings_of_archive
from scanflow.cli.noting import note_look, os_user
from scanflow.cli.output import print_json, print_notice, print_table, stdout
from scanflow.clock import now
from scanflow.membership import DEFAULT_AGENCY, Scope

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog
    from scanflow.archive.programs.api_tokens import ApiToken

webhook_app = group_of_commands("Addresses that get events (docs/api.md).")
token_app = group_of_commands("Tokens of programs that call the API (docs/api.md).")

NameArgument = Annotated[str, typer.Argument(help="The token's name, as the log has it.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    token_app.command("add")(add_token)
    token_app.command("list")(list_tokens)
    token_app.command("revoke")(revoke_token)
    webhook_app.command("add")(add_webhook)
    webhook_app.command("list")(list_webhooks)
    webhook_app.command("replay")(replay_webhook)
    webhook_app.command("remove")(remove_webhook)
    app.add_typer(token_app, name="token")
    app.add_typer(webhook_app, name="webhook")


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
    from scanflow.archive.programs import api_tokens

    with _catalog() as catalog:
        token = api_tokens.make_token(
            catalog, name, frozenset(scope), agency=agency, days=days, rate=rate, actor=os_user()
        )
    stdout.print(token, markup=False)
    print_notice(
        "give this token to the program now (docs/api.md): it is kept nowhere",
        "Hãy nhập mã này vào phần mềm ngay: hệ thống không lưu mã.",
    )


def list_tokens(json: JsonOption = False) -> None:
    """List tokens, also ended ones, with their scopes and last use."""
    from scanflow.archive.logbook import LISTED
    from scanflow.archive.programs import api_tokens

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
    from scanflow.archive.programs import api_tokens

    with _catalog() as catalog:
        api_tokens.revoke_token(catalog, name, actor=os_user())


WebhookArgument = Annotated[str, typer.Argument(help="The webhook's name.", show_default=False)]


def add_webhook(
    name: WebhookArgument,
    url: Annotated[str, typer.Argument(help="Where events are sent to.", show_default=False)],
    agency: Annotated[str, typer.Option("--agency", help="The agency whose events.")] = DEFAULT_AGENCY,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="A kind of event, such as document.filed; may be repeated; default: all."
        ),
    ] = None,
) -> None:
    """Send an agency's events to an address from now on; print the secret of the signatures, only
    this once.
    """
    from scanflow.archive.programs import webhooks
    from scanflow.archive.programs.events import make_events

    with _catalog() as catalog:
        make_events(catalog)
        secret = webhooks.make_webhook(
            catalog, name, url, agency=agency, kinds=tuple(kind or ()), actor=os_user()
        )
    stdout.print(secret, markup=False)
    print_notice(
        "give this secret to the receiving program now (docs/api.md)",
        "Hãy nhập khóa bí mật này vào phần mềm nhận ngay.",
    )


def list_webhooks(json: JsonOption = False) -> None:
    """List webhooks: the last confirmed event of each, and the error of the last try."""
    from scanflow.archive.logbook import LISTED
    from scanflow.archive.programs import webhooks

    with _catalog() as catalog:
        found = webhooks.all_webhooks(catalog)
        note_look(catalog, LISTED, "webhooks")
    if json:
        shown = ("name", "agency", "url", "kinds", "position", "failures", "problem")
        print_json([{name: getattr(each, name) for name in shown} for each in found])
        return
    rows = [
        (each.name, each.agency, each.url, str(each.position), str(each.failures or ""), each.problem or "")
        for each in found
    ]
    print_table("webhooks", ("webhook", "agency", "address", "told up to", "failures", "problem"), rows)


def replay_webhook(
    name: WebhookArgument,
    after: Annotated[
        int, typer.Option("--after", min=0, help="The number of the last event that is not sent again.")
    ],
) -> None:
    """Send all events after a number again, beginning at once."""
    from scanflow.archive.programs import webhooks

    with _catalog() as catalog:
        webhooks.replay(catalog, name, after, actor=os_user())


def remove_webhook(name: WebhookArgument) -> None:
    """Remove a webhook."""
    from scanflow.archive.programs import webhooks

    with _catalog() as catalog:
        webhooks.remove_webhook(catalog, name, actor=os_user())


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
