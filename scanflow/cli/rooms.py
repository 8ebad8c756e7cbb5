"""Which module has a command, so that one command doesn't load and build all the others."""

import importlib
from collections.abc import Sequence

import typer

from scanflow.cli.early import command_of

ROOMS = {
    "convert": ("read", "pdf"),
    "papers": ("fields",),
    "classify": ("classify",),
    "intake": ("ingest", "watch", "batches", "assign", "retry", "hand-over", "release", "worker"),
    "scan": ("scanners", "scan"),
    "station": ("station",),
    "web": ("web",),
    "searching": ("search",),
    "archive": ("show", "export", "verify", "rebuild", "repair"),
    "backup": ("backup", "restore"),
    "reocr": ("reocr",),
    "rework": ("rework",),
    "log": ("log",),
    "figures": ("figures",),
    "accounts": ("agency", "user", "counter"),
    "programs": ("token", "webhook"),
    "procedures": ("profiles", "procedures"),
    "init": ("init",),
    "nightly": ("nightly",),
    "checks": ("doctor", "health"),
}
"""The commands of each module, in the order in which --help lists the modules."""


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The application with the commands that these arguments need: those of one module, or all."""
    from scanflow.cli.app import app

    wanted = command_of(arguments)
    room = next((room for room, names in ROOMS.items() if wanted in names), None)
    if room is None:
        return with_all_commands()
    importlib.import_module(f"scanflow.cli.{room}").register(app)
    return app


def with_all_commands() -> typer.Typer:
    """The application with every command."""
    from scanflow.cli.commands import app

    return app
