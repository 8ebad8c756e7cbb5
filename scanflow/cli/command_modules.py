"""Which module has a command, so that one command doesn't load and build all the others."""

import copy
import importlib
import os
from collections.abc import Callable, Sequence
from typing import Any

import typer

from scanflow.cli.early import command_of

COMMANDS = {
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

_COMPLETION = "_SCANFLOW_COMPLETE"
"""Set by a shell that asks, without arguments, how a command line may go on."""


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The application with the commands that these arguments need: those of one module, or all.

    Without a command only help can be printed: then the commands have names and texts only.
    """
    from scanflow.cli.app import app

    wanted = command_of(arguments)
    if wanted is None and _COMPLETION not in os.environ:
        return _listed(with_all_commands())
    module = next((module for module, names in COMMANDS.items() if wanted in names), None)
    if module is None:
        return with_all_commands()
    importlib.import_module(f"scanflow.cli.{module}").register(app)
    return app


def with_all_commands() -> typer.Typer:
    """The application with every command."""
    from scanflow.cli.commands import app

    return app


def _listed(app: typer.Typer) -> typer.Typer:
    """An application with the names and texts of this one's commands: options take long to build."""
    listed = copy.copy(app)
    listed.registered_commands = [copy.copy(each) for each in app.registered_commands]
    for command in listed.registered_commands:
        if command.callback is not None:
            command.callback = _without_options(command.callback)
    listed.registered_groups = [copy.copy(each) for each in app.registered_groups]
    for group in listed.registered_groups:
        group.typer_instance = copy.copy(group.typer_instance)
        if group.typer_instance is not None:
            group.typer_instance.registered_commands = []
    return listed


def _without_options(callback: Callable[..., Any]) -> Callable[..., Any]:
    def listed() -> None:
        raise AssertionError("a command without options is only listed")

    listed.__name__, listed.__doc__ = callback.__name__, callback.__doc__
    return listed
