"""Writes docs/cli.md from the commands' own --help; a test checks that the file is what this prints.

Run as `python -m scanflow.cli.reference > docs/cli.md` (or `make docs`).
"""

import sys
from collections.abc import Iterator

import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner

from scanflow import errors
from scanflow.cli import app

_WIDTH = 100
_HEAD = """# Command line

Made from `--help` by `make docs`; do not edit. Results go to stdout, progress and complaints to stderr.

"""


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all commands, in the order in which --help lists them."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def reference() -> str:
    """The whole reference as Markdown."""
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the application has no commands")
    paths: list[tuple[str, ...]] = [(), *commands(group)]
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


if __name__ == "__main__":
    sys.stdout.write(reference())
