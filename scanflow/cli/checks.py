"""`scanflow doctor` and `health`: checks of the installation and of the running services."""

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.language import word
from scanflow.cli.output import print_json, print_table, stdout
from scanflow.errors import MissingToolError


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(doctor)
    app.command()(health)


def doctor(json: JsonOption = False) -> None:
    """Show what is installed, what is missing and how to get it."""
    from scanflow.cli.doctor import examine

    findings = list(examine(settings_from()))
    if json:
        print_json(findings)
    else:
        marks = {"ok": "ok", "missing": "MISSING", "optional": "optional, missing"}
        rows = [(f.what, word(marks[f.verdict]), f.detail, f.remedy) for f in findings]
        print_table("scanflow doctor", ("what", "state", "detail", "how to get it"), rows)
    if any(finding.verdict == "missing" for finding in findings):
        raise typer.Exit(MissingToolError.exit_code)


def health() -> None:
    """Check whether object store and database answer and belong together; cheap enough for every minute."""
    from scanflow.archive.identity import open_archive

    settings = settings_from()
    with open_archive(settings) as archive:
        stdout.print(f"ok: {settings.store.kind} store, {archive.catalog.describe()}", markup=False)
