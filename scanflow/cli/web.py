"""`scanflow web`: the pages for people and the interface of the counters' agents."""

from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, settings_from
from scanflow.cli.output import print_note, print_notice
from scanflow.cli.stopping import stopped_by_signals
from scanflow.errors import UsageError

if TYPE_CHECKING:
    import socket

    from scanflow.settings import Settings
    from scanflow.web_settings import WebSettings


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(web)


def web(
    host: Annotated[
        str | None, typer.Option("--host", help="The address to listen at; default: [web] host, 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="The port; default: [web] port, 8080; 0: any free one."
        ),
    ] = None,
    jobs: JobsOption = None,
) -> None:
    """Serve the web pages and the counters' agents, and read and file what clerks submit.

    Waits for store and database as `worker` does. Ctrl-C or SIGTERM ends it gracefully.
    """
    from scanflow.desk.opening import open_desk
    from scanflow.pipeline.services import open_when_there
    from scanflow.web.exposure import exposures
    from scanflow.web.serving import serve

    settings = _with(settings_from(jobs=jobs), host, port)
    for warning, warning_vi in exposures(settings.web):
        print_notice(f"warning: {warning}", warning_vi)
    with (
        stopped_by_signals() as stop,
        _listening(settings.web) as bound,
        open_when_there(settings, stop) as opened,
    ):
        if opened is None:
            return
        with open_desk(opened) as desk:
            name, number = bound.getsockname()[:2]
            print_note(f"serving http://{f'[{name}]' if ':' in name else name}:{number}")
            serve(desk, bound, stop)


def _with(settings: "Settings", host: str | None, port: int | None) -> "Settings":
    stated = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"web": settings.web.model_copy(update=stated)})


def _listening(settings: "WebSettings") -> "socket.socket":
    """Listen before anything else is opened, so that a port in use is reported at once. Raises UsageError."""
    import socket

    try:
        return socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=2048,
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen at {settings.host}:{settings.port}: {error.strerror or error}",
            f"Không mở được cổng {settings.port}. Có thể chương trình khác đang dùng cổng này.",
        ) from None
