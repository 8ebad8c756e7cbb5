"""`scanflow station`: the agent on a counter's PC."""

from typing import Annotated

import typer

from scanflow.cli.app import settings_from
from scanflow.cli.output import print_note
from scanflow.cli.stopping import stopped_by_signals


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(station)


def station(
    server: Annotated[
        str | None, typer.Option("--server", help="Address of `scanflow web`; default: [station] server.")
    ] = None,
) -> None:
    """Scan at this counter what clerks order on the web pages, and send the pages on.

    Pages stay in station/ in the home until the server has them, however long that takes. Ctrl-C or SIGTERM
    ends it: a scan under way is stopped, whole pages are kept and sent after the next start.
    """
    from scanflow.agent.agent import run_agent

    settings = settings_from()
    if server:
        changed = settings.station.model_copy(update={"server": server})
        settings = settings.model_copy(update={"station": changed})
    with stopped_by_signals() as stop:
        print_note(f"serving this counter for {settings.station.server or 'no server'}")
        run_agent(settings, stop)
