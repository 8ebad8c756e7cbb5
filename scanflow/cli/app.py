"""The typer application and the options that many commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from scanflow import PROGRAM
from scanflow.disk import keep_private

if TYPE_CHECKING:
    from scanflow.settings import Settings

ENGLISH, VIETNAMESE = "en", "vi"
"""The languages of results."""

_UNLIMITED = 10_000


class WholeSummaries(TyperGroup):
    """A group of commands whose --help gives the first sentence of each whole, on several lines."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, c.get_short_help_str(_UNLIMITED)) for name, c in commands if c])


app = typer.Typer(
    name="scanflow",
    cls=WholeSummaries,
    help="From paper at a one-stop counter to filed, searchable PDF/A under the dossier's number.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def group_of_commands(what: str | None = None) -> typer.Typer:
    """An application of commands below one name, such as `scanflow user`.

    `what` is its help; None where the group is a command itself, whose docstring is the help.
    """
    if what is None:
        return typer.Typer(cls=WholeSummaries, no_args_is_help=True)
    return typer.Typer(help=what, cls=WholeSummaries, no_args_is_help=True)


JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Pages worked on at once; default: all cores.")
]
FastOption = Annotated[
    bool,
    typer.Option("--fast", help="Do not read uncertain lines a second time: faster, a few more wrong words."),
]


@dataclass
class Invocation:
    """Values of the options that stand before the command's name."""

    home: Path | None = None
    quiet: bool = False
    lang: str | None = None


invocation = Invocation()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(PROGRAM)
        raise typer.Exit


def _known_language(lang: str | None) -> str | None:
    # Not by a choice of typer's: that loads pydantic.
    if lang not in (None, ENGLISH, VIETNAMESE):
        raise typer.BadParameter(f"{lang!r} is neither {ENGLISH} nor {VIETNAMESE}")
    return lang


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="The folder of the embedded archive; default: $SCANFLOW_HOME."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            metavar="en|vi",
            callback=_known_language,
            help="Language of results and help; default: the locale's (LC_ALL, LC_MESSAGES, LANG).",
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command's name."""
    keep_private()
    invocation.home = home
    invocation.quiet = quiet
    invocation.lang = lang


def settings_from(*, jobs: int | None = None) -> "Settings":
    """The settings, changed by the options of the command line. Raises SettingsError."""
    # Here, because settings and logs are half of what `--help` would load.
    from scanflow.logs import configure_logs
    from scanflow.settings import load_settings

    settings = load_settings(invocation.home)
    configure_logs(settings.log_level)
    return settings.model_copy(update={"jobs": jobs}) if jobs else settings


def settings_of_archive(*, jobs: int | None = None) -> "Settings":
    """The settings of a command that needs an archive to be there. Raises SettingsError, NotFoundError."""
    from scanflow.archive.presence import require_archive

    settings = settings_from(jobs=jobs)
    require_archive(settings)
    return settings
