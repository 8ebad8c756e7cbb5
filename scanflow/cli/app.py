"""The typer application and the options that many commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow import __version__
from scanflow.disk import keep_private

if TYPE_CHECKING:
    from scanflow.settings import Settings

_BETTER_THAN_ANY = 2.0
"""A text layer's quality is at most 1: with this as the least that we accept, every page is read again."""

app = typer.Typer(
    name="scanflow",
    help="From paper at a one-stop counter to filed, searchable PDF/A under the dossier's number.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Pages worked on at once; default: all cores.")
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--language", "-l", help="Tesseract's model; default: scanflow_vie, our own."),
]
DeskewOption = Annotated[
    bool | None, typer.Option("--deskew/--no-deskew", help="Take the skew out (default: yes).")
]
RotateOption = Annotated[
    bool | None,
    typer.Option("--rotate-pages/--no-rotate-pages", help="Turn pages upright (default: yes)."),
]


@dataclass
class Invocation:
    """Values of the options that stand before the command's name."""

    home: Path | None = None
    quiet: bool = False


invocation = Invocation()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scanflow {__version__}")
        raise typer.Exit


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Where the embedded archive lives; default: $SCANFLOW_HOME."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command's name."""
    keep_private()
    invocation.home = home
    invocation.quiet = quiet


def settings_from(
    *,
    jobs: int | None = None,
    language: str | None = None,
    deskew: bool | None = None,
    rotate_pages: bool | None = None,
    force_ocr: bool = False,
    fast: bool = False,
) -> "Settings":
    """The settings, changed by the options of the command line. Raises SettingsError."""
    # Here, because settings and logs are half of what `--help` would load.
    from scanflow.logs import configure_logs
    from scanflow.settings import load_settings

    settings = load_settings(invocation.home)
    configure_logs(settings.log_level)
    changes: dict[str, Any] = {}
    if jobs:
        changes["jobs"] = jobs
    reader: dict[str, Any] = {"language": language} if language else {}
    if fast:
        reader["fast"] = True
    if force_ocr:
        reader["min_layer_quality"] = _BETTER_THAN_ANY
    if reader:
        changes["ocr"] = settings.ocr.model_copy(update=reader)
    turns = {"deskew": deskew, "rotate_pages": rotate_pages}
    stated = {name: value for name, value in turns.items() if value is not None}
    if stated:
        changes["imaging"] = settings.imaging.model_copy(update=stated)
    return settings.model_copy(update=changes)
