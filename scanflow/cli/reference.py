"""Writes docs/cli.md from the commands' --help and docs/settings.md from the settings' own descriptions.

Run as `python -m scanflow.cli.reference` (or `make docs`); a test checks that the files are what this makes.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

import typer.main
from msgspec import NODEFAULT, structs
from msgspec.structs import FieldInfo
from typer.core import TyperGroup
from typer.testing import CliRunner

from scanflow import errors
from scanflow.cli.commands import app
from scanflow.sections import SecretStr, Section, is_section, meaning, plain_type
from scanflow.settings import Settings

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
            if command.invoke_without_command:
                yield (*path, name)
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
    fields = structs.fields(Settings)
    top = [field for field in fields if not is_section(field.type)]
    tables = [_settings_table("", "SCANFLOW_", "At the top of the file.", top)]
    for field in fields:
        section = field.type
        if is_section(section):
            of_section = structs.fields(section)
            prefix = f"SCANFLOW_{field.name.upper()}__"
            title = f"[{field.name}]"
            tables.append(_settings_table(title, prefix, (section.__doc__ or "").strip(), of_section))
            tables.extend(_tables_of_named(field.name, of_section))
    return _SETTINGS_HEAD + "\n".join(tables)


def _tables_of_named(section: str, fields: Sequence[FieldInfo]) -> Iterator[str]:
    """Tables of a section's named entries (`[scanner.profiles.NAME]`)."""
    for field in fields:
        entry = (get_args(plain_type(field.type)) or (None,))[-1]
        if is_section(entry):
            prefix = f"SCANFLOW_{section.upper()}__{field.name.upper()}__NAME__"
            title = f"[{section}.{field.name}.NAME]"
            yield _settings_table(title, prefix, (entry.__doc__ or "").strip(), structs.fields(entry))


def _settings_table(title: str, prefix: str, what: str, fields: Sequence[FieldInfo]) -> str:
    rows = [
        f"| `{field.name}` | `{prefix}{field.name.upper()}` | {_default(field)} | {meaning(field.type)} |"
        for field in fields
    ]
    return f"## {title or 'General'}\n\n{what}\n\n{_TABLE_HEAD}" + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default_factory is NODEFAULT:
        default = field.default
    elif plain_type(field.type) is int:
        return "all cores"
    else:
        default = field.default_factory()
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
