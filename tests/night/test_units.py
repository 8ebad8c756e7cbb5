"""The systemd units of the nightly jobs call existing commands, and each timer has its service."""

import shlex
from configparser import RawConfigParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanflow.cli.commands import app
from scanflow.night.runs.window import parse_window

UNITS = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(UNITS.glob("*.service"))


def unit(path: Path) -> RawConfigParser:
    found = RawConfigParser(strict=False, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    found.read_string(path.read_text())
    return found


def command_of(path: Path) -> list[str]:
    program, *arguments = shlex.split(unit(path)["Service"]["ExecStart"])
    assert program.endswith("/scanflow")
    return arguments


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_calls_a_command_with_options_that_it_has(path: Path) -> None:
    called = CliRunner().invoke(app, [*command_of(path), "--help"])
    assert called.exit_code == 0, called.output
    unknown = CliRunner().invoke(app, [*command_of(path), "--no-such-option", "--help"])
    assert unknown.exit_code != 0


def test_timers_start_the_nightly_jobs_in_their_window_at_low_priority() -> None:
    timers = {path.stem for path in UNITS.glob("*.timer")}
    assert {"scanflow-reocr", "scanflow-nightly", "scanflow-backup"} == timers
    assert timers <= {path.stem for path in SERVICES}
    command = command_of(UNITS / "scanflow-reocr.service")
    opens, closes = (command[command.index(option) + 1] for option in ("--from", "--until"))
    window = parse_window(opens, closes)
    assert window is not None
    begins = unit(UNITS / "scanflow-reocr.timer")["Timer"]["OnCalendar"]
    assert begins == f"*-*-* {opens}:00 Asia/Ho_Chi_Minh"
    assert int(unit(UNITS / "scanflow-reocr.service")["Service"]["Nice"]) > 0
