"""Writes docs/cli.md from the commands' --help and docs/settings.md from the settings' own descriptions.

Run as `python -m scanflow.cli.reference` (or `make docs`); a test checks that the files are what this makes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperGroup
from typer.testing import CliRunner

from scanflow import errors
from scanflow.cli.commands import app
from scanflow.settings import Section, Settings

_WIDTH = 100
_SETTINGS_HEAD = """# Settings

Made from the program by `make docs`; do not edit. Nothing needs to be set. Values come from `scanflow.toml`
in the archive's home (`--home`, else `$SCANFLOW_HOME`; or the file that `$SCANFLOW_CONFIG` names), and
variables win over the file. A misspelt name is an error. Procedures and document types are data: see
`profiles/`.

"""
_TABLE_HEAD = "| setting | variable | default | meaning |\n|---|---|---|---|\n"
_HEAD = """# Command line

Made from `--help` by `make docs`; do not edit. Results go to stdout, progress and error messages to stderr.

"""


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all commands, in the order in which --help lists them."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def typer_group() -> TyperGroup:
    """The application as the group of its commands."""
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the application has no commands")
    return group


def reference() -> str:
    """The whole reference as Markdown."""
    paths: list[tuple[str, ...]] = [(), *commands(typer_group())]
    sections = [f"## {' '.join(('scanflow', *path))}\n\n```\n{_help(path)}```\n" for path in paths]
    return _HEAD + exit_codes() + "\n" + "\n".join(sections)


def exit_codes() -> str:
    """The tree of errors with its exit codes, as `scanflow.errors` draws it."""
    lines = (errors.__doc__ or "").splitlines()
    tree = [line[4:] for line in lines if line.startswith("    ")]
    return (
        "## Exit codes\n\n0 when all went well, 130 after Ctrl-C, otherwise:\n\n```\n"
        + "\n".join(tree)
        + "\n```\n"
    )


def _help(path: tuple[str, ...]) -> str:
    """A command's --help, the same on every terminal."""
    result = CliRunner().invoke(
        app,
        [*path, "--help"],
        env={"COLUMNS": str(_WIDTH), "TERMINAL_WIDTH": str(_WIDTH), "NO_COLOR": "1"},
        prog_name="scanflow",
        terminal_width=_WIDTH,
    )
    return "\n".join(line.rstrip() for line in result.output.splitlines()).strip() + "\n"


def settings_reference() -> str:
    """All settings as Markdown: place in scanflow.toml, variable, default, meaning."""
    top = {name: field for name, field in Settings.model_fields.items() if not _is_section(field)}
    tables = [_settings_table("", "SCANFLOW_", "At the top of the file.", top)]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            meaning = (section.__doc__ or "").strip()
            prefix = f"SCANFLOW_{name.upper()}__"
            tables.append(_settings_table(f"[{name}]", prefix, meaning, section.model_fields))
            tables.extend(_tables_of_named(name, section.model_fields))
    return _SETTINGS_HEAD + "\n".join(tables)


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def _tables_of_named(section: str, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """Tables of a section's named entries (`[scanner.profiles.NAME]`)."""
    for name, field in fields.items():
        entry = get_args(field.annotation)[-1] if get_args(field.annotation) else None
        if isinstance(entry, type) and issubclass(entry, Section):
            prefix = f"SCANFLOW_{section.upper()}__{name.upper()}__NAME__"
            meaning = (entry.__doc__ or "").strip()
            yield _settings_table(f"[{section}.{name}.NAME]", prefix, meaning, entry.model_fields)


def _settings_table(title: str, prefix: str, meaning: str, fields: Mapping[str, FieldInfo]) -> str:
    rows = [
        f"| `{name}` | `{prefix}{name.upper()}` | {_default(field)} | {field.description or ''} |"
        for name, field in fields.items()
    ]
    return f"## {title or 'General'}\n\n{meaning}\n\n{_TABLE_HEAD}" + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "all cores"
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, Path):
        return "`~/.local/share/scanflow`"
    if default in (None, "", (), {}):
        return ""
    if isinstance(default, Mapping) and all(isinstance(value, Section) for value in default.values()):
        default = tuple(default)
    text = ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
    return f"`{text}`".replace("|", "\\|")


def main() -> None:
    """Write both files into docs/."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    (docs / "cli.md").write_text(reference(), encoding="utf-8")
    (docs / "settings.md").write_text(settings_reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
