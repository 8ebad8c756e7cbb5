"""Commands that run until SIGTERM end with exit code 0, also where it comes while they start."""

import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from scanflow.cli.early import command_of
from tests.patience import PATIENCE, wait_until
from tests.pipeline import procs
from tests.pipeline.live_archive import ROOT, LiveArchive

COMMANDS = {
    "worker": (),
    "watch": (),
    "web": ("--port", "0"),
    "station": ("--server", "http://127.0.0.1:9"),
}
# Seconds after the process can be told: while libraries load, when it opens its home, and when it works.
MOMENTS = (0, 0.1, 0.4, 1.2, 4)


def start(home: Path, command: str) -> "subprocess.Popen[str]":
    home.mkdir()
    (home / "inbox").mkdir()
    arguments = [*COMMANDS[command], *([str(home / "inbox")] if command == "watch" else [])]
    live_archive = LiveArchive(home, {"SCANFLOW_STATION__TOKEN": "a-token-of-nobody"})
    # A module of its own: the process has loaded nothing before.
    return live_archive.start(command, *arguments, module="scanflow.cli.__main__")


@pytest.mark.parametrize("command", COMMANDS)
def test_sigterm_at_any_moment_ends_a_command_with_code_0(command: str, tmp_path: Path) -> None:
    running = []
    for no, moment in enumerate(MOMENTS):
        process = start(tmp_path / str(no), command)
        assert wait_until(partial(procs.handles, process.pid, signal.SIGTERM))
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        running.append(process)
    ends = []
    for process in running:
        said, _ = process.communicate(timeout=PATIENCE)
        ends.append((process.returncode, said if process.returncode else ""))
    assert ends == [(0, "")] * len(MOMENTS)


_TOLD_BEFORE_IT_SERVES = """
import os, signal, sys
from contextlib import contextmanager
from scanflow.desk import opening
open_desk = opening.open_desk
@contextmanager
def told(services):
    with open_desk(services) as desk:
        os.kill(os.getpid(), signal.SIGTERM)
        yield desk
opening.open_desk = told
from scanflow.cli import main
sys.argv = ["scanflow", "web", "--port", "0"]
main()
"""


def test_sigterm_before_the_server_handles_signals_ends_it_with_code_0(tmp_path: Path) -> None:
    process = LiveArchive(tmp_path).start(program=_TOLD_BEFORE_IT_SERVES)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said


def test_sigterm_right_after_sigcont_ends_a_command_with_code_0(tmp_path: Path) -> None:
    """The kernel may deliver the signal to another thread, while the main thread keeps waiting."""
    running = [start(tmp_path / str(no), "worker") for no in range(6)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGSTOP)
    for process in running:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
    assert [process.wait(PATIENCE) for process in running] == [0] * len(running)


def test_other_commands_end_by_the_signal(tmp_path: Path) -> None:
    """Their exit code reports the result of their work, so it must not be 0."""
    process = LiveArchive(tmp_path).start("ingest", ROOT / "fixtures")
    assert wait_until(lambda: "ingest" in procs.command(process.pid))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("worker",), "worker"),
        (("--home", "web", "ingest", "worker"), "ingest"),
        (("-q", "--home=x", "watch", "folder"), "watch"),
        (("--home",), None),
        ((), None),
    ],
)
def test_which_command_it_is(arguments: tuple[str, ...], command: str | None) -> None:
    assert command_of(arguments) == command


_TOLD_WHEN_LOADING = """
import builtins, os, signal, sys
load, library = builtins.__import__, sys.argv[1]
def loading(name, *arguments, **options):
    if name == library:
        os.kill(os.getpid(), signal.SIGTERM)
    return load(name, *arguments, **options)
from scanflow.cli import main
builtins.__import__ = loading
sys.argv[1:] = ["worker"]
main()
"""


@pytest.mark.parametrize("library", ["typer", "msgspec", "sqlalchemy", "dbos"])
def test_sigterm_while_a_library_loads_ends_a_command_with_code_0(library: str, tmp_path: Path) -> None:
    process = LiveArchive(tmp_path).start(library, program=_TOLD_WHEN_LOADING)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
