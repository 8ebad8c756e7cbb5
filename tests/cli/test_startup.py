"""What a command does not import at its start: imports decide how long that takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from scanflow.cli import command_modules, commands

LISTED = "; import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after a statement."""
    command = [sys.executable, "-c", statement + LISTED]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(said.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import scanflow.cli.early", {"typer", "pydantic", "multiprocessing", "subprocess"}),
        ("import scanflow.pipeline.sandbox.fork_server", {"pydantic", "msgspec", "numpy", "typer"}),
        ("import scanflow.cli.commands", {"pydantic", "structlog", "rich", "numpy", "sqlalchemy", "socket"}),
        ("import scanflow.cli.commands", {"msgspec", "tempfile"}),
        (
            "import scanflow.pipeline.sandbox.tasks",
            {"pydantic", "structlog", "sqlalchemy", "img2pdf", "typer"},
        ),
        ("import scanflow.night.rework, scanflow.night.undo", {"cv2", "PIL", "numpy", "pikepdf", "dbos"}),
        (
            "import scanflow.pipeline.standalone.read_files",
            {"cv2", "PIL", "sqlalchemy"},
        ),
    ],
)
def test_modules_load_no_library_that_they_do_not_need(statement: str, absent: set[str]) -> None:
    assert loaded_by(statement).isdisjoint(absent)


def test_an_embedded_catalog_loads_no_dialect_of_postgresql() -> None:
    program = (
        "import sys, scanflow.archive.catalog, scanflow.archive.database.tables\n"
        "assert 'sqlalchemy.dialects.sqlite' in sys.modules\n"
        "assert 'sqlalchemy.dialects.postgresql' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_each_command_is_found_in_its_module() -> None:
    found = {}
    for module in commands.MODULES:
        app = typer.Typer()
        module.register(app)
        group = typer.main.get_group(app)
        found[module.__name__.rpartition(".")[2]] = set(group.commands)
    assert found == {module: set(names) for module, names in command_modules.COMMANDS.items()}


@pytest.mark.parametrize("arguments", [["nosuch"], ["--help"], [], ["--home", "read", "--version"]])
def test_a_call_without_a_command_loads_all_commands(arguments: list[str]) -> None:
    group = typer.main.get_group(command_modules.app_for(arguments))
    assert {name for names in command_modules.COMMANDS.values() for name in names} <= set(group.commands)


def test_help_without_a_command_builds_no_options_and_says_the_same() -> None:
    whole = CliRunner().invoke(command_modules.with_all_commands(), ["--help"])
    listed = command_modules.app_for(["--help"])
    assert CliRunner().invoke(listed, ["--help"]).output == whole.output
    assert "search" in whole.output
    assert [each.params for each in typer.main.get_group(listed).commands.values()].count([]) > 20
    # And the application of the other commands is as it was.
    assert typer.main.get_group(command_modules.with_all_commands()).commands["search"].params


def test_a_shell_completes_options() -> None:
    environment = os.environ | {
        "_SCANFLOW_COMPLETE": "complete_bash",
        "COMP_WORDS": "scanflow search --lim",
        "COMP_CWORD": "2",
    }
    command = [str(Path(sys.executable).with_name("scanflow"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "--limit" in done.stdout, done.stderr


def test_pdf_loads_none_of_the_libraries_that_check_values(tmp_path: Path) -> None:
    program = (
        "import sys; from scanflow.cli import main\n"
        f"sys.argv = ['scanflow', '-q', 'pdf', {str(tmp_path / 'in')!r}, {str(tmp_path / 'out')!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 2\n"
        "pass"
    )
    command = [sys.executable, "-c", program + "\n" + LISTED.removeprefix("; ")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(said.stdout.split()).isdisjoint({"pydantic", "asyncio", "sqlalchemy", "numpy"})
    assert "in: no such file" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["pdf", "-j", "0", "a", "b"], 2, "greater than or equal to 1"),
        (["pdf", "--output-type", "x", "a", "b"], 2, "'pdfa', 'pdf'"),
        (["pdf", "-j", "2", "a", "b"], 2, "a: no such file"),
        (["search", "a", "--limit", "x"], 2, "integer"),
    ],
)
def test_values_of_options_are_checked(arguments: list[str], code: int, said: str) -> None:
    command = [sys.executable, "-m", "scanflow.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_summaries_in_help_are_whole() -> None:
    command = [sys.executable, "-m", "scanflow.cli"]
    for group in ([], ["user"], ["profiles"]):
        done = subprocess.run([*command, *group, "--help"], capture_output=True, text=True, check=True)
        summaries = done.stdout.partition("Commands:")[2]
        assert "..." not in summaries
        assert summaries.strip().endswith(".")
