"""Commands that tests fork behave as started ones, and each command also starts in a new interpreter."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanflow.cli import command_modules
from tests import commands
from tests.commands import ROOT
from tests.patience import wait_until
from tests.pipeline import procs

FROM_NOTHING = {
    "read": ["nosuch"],
    "pdf": ["nosuch", "out.pdf"],
    "fields": ["nosuch"],
    "classify": ["nosuch"],
    "ingest": ["nosuch"],
    "batches": [],
    "assign": ["b", "H13.42-260804-0017"],
    "retry": ["b"],
    "hand-over": ["b", "--to", "lan"],
    "release": ["b"],
    "scanners": [],
    "scan": [],
    "search": ["khai sinh"],
    "show": ["X"],
    "export": ["X", "out"],
    "verify": [],
    "rebuild": [],
    "repair": [],
    "backup": ["out"],
    "restore": ["nosuch"],
    "log": [],
    "figures": [],
    "init": [],
    "doctor": [],
    "health": [],
    "reocr": [],
    "rework": ["--profiles"],
    "agency": ["list"],
    "user": ["list"],
    "counter": ["list"],
    "token": ["list"],
    "webhook": ["list"],
    "procedures": ["search", "khai sinh"],
    "profiles": ["check"],
    "nightly": ["list"],
}
"""A call of each command that ends by itself."""
UNTIL_TOLD = {"watch", "worker", "web", "station"}
"""test_signals.py starts these in a new interpreter."""


def test_each_command_is_started_in_a_new_interpreter_by_a_test() -> None:
    commands_of_all = {name for names in command_modules.COMMANDS.values() for name in names}
    assert FROM_NOTHING.keys() | UNTIL_TOLD == commands_of_all


@pytest.mark.parametrize("command", FROM_NOTHING)
def test_a_command_starts_in_a_new_interpreter(command: str, tmp_path: Path) -> None:
    """A missing import would not be noticed in forked processes, where all modules are loaded."""
    variables = {**os.environ, "SCANFLOW_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-m", "scanflow.cli", command, *FROM_NOTHING[command]]
    done = subprocess.run(
        call, capture_output=True, text=True, check=False, env=variables, cwd=tmp_path, timeout=120
    )
    assert "Traceback" not in done.stderr
    assert "Usage:" not in done.stderr, "it has not begun"
    assert done.returncode < 20, done.stderr


def test_a_forked_command_answers_as_a_started_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    variables = {**os.environ, "SCANFLOW_HOME": str(tmp_path / "home")}
    for arguments in (
        ["nosuch"],
        ["show", "X"],
        ["counter", "list", "--json"],
        ["--version"],
        ["pdf", "a", "b"],
    ):
        forked = commands.run(*arguments, env=variables, cwd=folder)
        started = subprocess.run(
            [sys.executable, "-m", "scanflow.cli", *arguments],
            capture_output=True, text=True, check=False, env=variables, cwd=folder,
        )  # fmt: skip
        assert (forked.returncode, forked.stdout, forked.stderr) == (
            started.returncode, started.stdout, started.stderr
        )  # fmt: skip


def test_a_forked_command_is_a_child_of_its_own(tmp_path: Path) -> None:
    variables = {**os.environ, "SCANFLOW_HOME": str(tmp_path), "LC_SCANFLOW_TEST": str(tmp_path)}
    process = commands.start("worker", env=variables, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert os.getsid(process.pid) == process.pid
        assert procs.command(process.pid).split() == [sys.executable, "-m", "scanflow.cli", "worker"]
        assert process.pid in procs.with_variable("LC_SCANFLOW_TEST", str(tmp_path))
        assert wait_until(lambda: _has_fork_server(process.pid))
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert wait_until(lambda: not procs.with_variable("LC_SCANFLOW_TEST", str(tmp_path)))
    finally:
        process.kill()


def test_a_server_that_waits_for_its_store_has_its_fork_server_already(tmp_path: Path) -> None:
    """Both load at the same time."""
    variables = {
        **os.environ,
        "SCANFLOW_HOME": str(tmp_path),
        "SCANFLOW_STORE__KIND": "s3",
        "SCANFLOW_STORE__ENDPOINT": "127.0.0.1:1",
        "SCANFLOW_STORE__ACCESS_KEY": "key",
        "SCANFLOW_STORE__SECRET_KEY": "secret",
        "SCANFLOW_STORE__SECURE": "false",
    }
    process = commands.start("web", "--port", "0", env=variables, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: _has_fork_server(process.pid) or process.poll() is not None)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def _has_fork_server(pid: int) -> bool:
    return any("forkserver" in procs.command(each) for each in procs.descendants(pid))


def test_a_variable_that_is_read_at_the_start_takes_effect(tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONWARNINGS": "nosuch", "SCANFLOW_HOME": str(tmp_path)}
    assert "nosuch" in commands.run("--version", env=variables).stderr


def test_input_streams_and_time(tmp_path: Path) -> None:
    variables = {**os.environ, "SCANFLOW_HOME": str(tmp_path)}
    added = commands.run("user", "add", "lan", env=variables, input="mat khau rat dai\n")
    assert added.returncode == 0, added.stderr
    assert "lan" in commands.run("user", "list", env=variables).stdout
    with pytest.raises(subprocess.TimeoutExpired):
        commands.run("worker", env=variables, timeout=1)
