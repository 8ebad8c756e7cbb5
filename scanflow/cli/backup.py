"""`scanflow backup` and `restore`: what isn't in the bucket."""

from pathlib import Path
from typing import Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from, settings_of_archive
from scanflow.cli.noting import note_look
from scanflow.cli.output import print_json, print_note, stdout
from scanflow.errors import IntegrityError


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    target: Annotated[
        Path,
        typer.Argument(
            help="The folder; or the file, if its name has an ending (a.backup).", show_default=False
        ),
    ],
) -> None:
    """Write a backup of what isn't in the bucket: accounts, counters, orders. Only its owner can read it.

    It holds names of people, hashes of their passwords and of counters' tokens: keep it as secret as the
    bucket's keys.
    """
    from scanflow.archive.identity import open_archive
    from scanflow.archive.repair import backup as keeping
    from scanflow.pipeline.log_anchoring import anchor

    settings = settings_of_archive()
    with open_archive(settings) as archive:
        path = keeping.write_backup(archive.catalog, target)
        note_look(archive.catalog, "backed up", "archive")
        anchor(settings, archive.store, archive.catalog)  # so that bucket and backup are of one moment
    stdout.print(str(path), markup=False)


def restore(
    source: Annotated[
        Path, typer.Argument(help="The backup, or a folder for its newest.", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Put a backup back into a catalog that has no accounts yet; after `scanflow rebuild`."""
    from scanflow.archive.identity import open_archive
    from scanflow.archive.repair import backup as keeping
    from scanflow.archive.repair.backup_check import newest_backup
    from scanflow.pipeline.log_anchoring import anchor

    settings = settings_from()
    if source.is_dir():
        source = newest_backup(source)
        print_note(f"from {source}")
    with open_archive(settings) as archive:
        result = keeping.restore_backup(archive.catalog, source)
        note_look(archive.catalog, "restored", "archive", after=result.rows)
        anchor(settings, archive.store, archive.catalog)
    if json:
        print_json(result)
    else:
        for name, count in result.rows.items():
            stdout.print(f"{name}: {count}", markup=False)
    for problem in result.problems:
        print_note(problem)
    if result.problems:
        raise IntegrityError("not everything could be restored")
