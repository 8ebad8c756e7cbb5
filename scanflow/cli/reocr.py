"""`scanflow reocr`: what was read before is read again."""

from pathlib import Path
from typing import Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(reocr)


def reocr(
    files: Annotated[
        Path,
        typer.Option("--files", help="Read all PDFs and images in this folder; nothing in it is changed."),
    ],
    to: Annotated[
        Path, typer.Option("--to", help="Write them here under the same names, as searchable PDF/A.")
    ],
    opens: Annotated[
        str | None, typer.Option("--from", help="Begin at this time of day in Vietnam, such as 22:00.")
    ] = None,
    closes: Annotated[
        str | None,
        typer.Option("--until", help="End at this time of day; the same command goes on from there."),
    ] = None,
    skip_text: Annotated[
        bool, typer.Option("--skip-text", "-s", help="Leave pages that have any text as they are.")
    ] = False,
    fast: Annotated[
        bool, typer.Option("--fast", help="No second look at doubtful lines: quicker, a few words worse.")
    ] = False,
    no_copies: Annotated[
        bool,
        typer.Option("--no-copies", help="Only list what can't be read or is neither PDF nor image."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what another version or other options have read.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is to be done.")] = False,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Make an archive of PDFs and images in folders searchable: reads each again, keeps names and tree.

    May be killed and run again: a file that is finished is not read twice unless it changed. Signed files,
    attachments and what can't be read are copied byte for byte and named in the report (`TO/.scanflow`).
    """
    from scanflow.cli.reocr_files import FilesOptions, reocr_files

    reocr_files(
        FilesOptions(
            files=files,
            to=to,
            opens=opens,
            closes=closes,
            jobs=jobs,
            skip_text=skip_text,
            fast=fast,
            copies=not no_copies,
            again=again,
            dry_run=dry_run,
            json=json,
        )
    )
