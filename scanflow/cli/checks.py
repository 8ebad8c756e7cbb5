"""`scanflow doctor`, `health` and `profiles check`: is all there, does it answer, is the data right?"""

from pathlib import Path
from typing import Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.output import print_json, print_table, stdout
from scanflow.cli.procedures import profiles_app
from scanflow.errors import MissingToolError, SettingsError


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(doctor)
    app.command()(health)
    profiles_app.command()(check)


def doctor(json: JsonOption = False) -> None:
    """Say what is there, what is missing and how to get it."""
    from scanflow.cli.doctor import examine

    findings = list(examine(settings_from()))
    if json:
        print_json(findings)
    else:
        marks = {"ok": "ok", "missing": "MISSING", "optional": "optional, missing"}
        rows = [(f.what, marks[f.verdict], f.detail, f.remedy) for f in findings]
        print_table("scanflow doctor", ("what", "state", "detail", "how to get it"), rows)
    if any(finding.verdict == "missing" for finding in findings):
        raise typer.Exit(MissingToolError.exit_code)


def health() -> None:
    """Say whether object store and database answer and belong together; cheap enough for every minute."""
    from scanflow.archive.identity import open_archive

    settings = settings_from()
    with open_archive(settings) as archive:
        stdout.print(f"ok: {settings.store.kind} store, {archive.catalog.describe()}", markup=False)


def check(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of profiles, laid over the built-in ones; default: the configured ones."
        ),
    ] = None,
) -> None:
    """Check profiles against their schema and each other; print every problem."""
    from scanflow.classify.profile_files import check_profiles, layers_of, load_profiles
    from scanflow.classify.profile_yaml import SHIPPED

    settings = settings_from()
    layers = (SHIPPED, *folders) if folders else layers_of(settings.classify, settings.home)
    problems = check_profiles(layers)
    for problem in problems:
        stdout.print(problem, markup=False)
    if problems:
        raise typer.Exit(SettingsError.exit_code)
    profiles = load_profiles(layers, settings.home)
    stdout.print(f"ok: {len(profiles.procedures)} procedures, {len(profiles.types)} document types")
