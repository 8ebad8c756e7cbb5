"""Calling a command in this process."""

from pathlib import Path

from typer.testing import CliRunner, Result

from scanflow.cli.commands import app


def call(home: Path, *arguments: str, typed: str = "") -> Result:
    """Call `scanflow`; `typed` is its standard input."""
    return CliRunner().invoke(app, ["--home", str(home), *arguments], input=typed)
