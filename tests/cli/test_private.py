"""Files that commands write are for their own user only, whatever the shell's umask is."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.capture.inbox import Inbox
from scanflow.capture.inbox_files import release
from scanflow.settings import InboxSettings
from tests import commands
from tests.capture.samples import jpeg
from tests.patience import PATIENCE
from tests.pipeline.live_archive import NUMBER, ROOT, page

OPEN = 0o022
"""The umask of most systems: everybody may read."""


def open_to_others(*roots: Path) -> list[str]:
    """What other users may read, write or look into."""
    found = []
    for root in roots:
        for path in (root, *root.rglob("*")):
            if not path.is_symlink() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                found.append(f"{stat.filemode(path.stat().st_mode)} {path.relative_to(root.parent)}")
    return found


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "SCANFLOW_HOME": str(tmp_path / "home"), "SCANFLOW_JOBS": "1"}


def run(environment: dict[str, str], *arguments: str | Path) -> None:
    done = commands.run(*arguments, env=environment, umask=OPEN, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def test_ingest_and_export_leave_nothing_open(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.png").write_bytes(page("A"))
    run(environment, "ingest", "-d", NUMBER, tmp_path / "a.png")
    run(environment, "export", NUMBER, tmp_path / "out")
    run(environment, "backup", tmp_path / "out")
    run(
        environment,
        "pdf",
        "--fast",
        tmp_path / "a.png",
        tmp_path / "out" / "a.pdf",
        "--sidecar",
        tmp_path / "out" / "a.txt",
    )
    assert list((tmp_path / "out").glob("*.pdf"))
    assert open_to_others(tmp_path / "home", tmp_path / "out") == []


@pytest.mark.parametrize("command", ["web", "station"])
def test_servers_leave_nothing_open(tmp_path: Path, environment: dict[str, str], command: str) -> None:
    own = {
        "SCANFLOW_WEB__PORT": "0",
        "SCANFLOW_STATION__SERVER": "http://127.0.0.1:9",
        "SCANFLOW_STATION__TOKEN": "x",
    }
    call = [sys.executable, "-m", "scanflow.cli", command]
    with _running(call, {**environment, **own}):
        until = time.monotonic() + PATIENCE
        while not list((tmp_path / "home").rglob("*")) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(0.5)  # whatever it makes at once
    assert list((tmp_path / "home").rglob("*"))
    assert open_to_others(tmp_path / "home") == []


class _running:  # noqa: N801  a context manager, used as a function
    def __init__(self, call: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            call, env=environment, cwd=ROOT, umask=OPEN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)


@pytest.fixture
def private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_released_files_are_as_open_as_their_inbox(tmp_path: Path, private_umask: None) -> None:
    """The person who put files there may look for them."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(jpeg())
    tmp_path.chmod(0o2770)
    settings = InboxSettings(settle=0, batch_gap=0)
    inbox = Inbox(tmp_path, settings)
    (group,) = inbox.poll()
    assert release(inbox, group.files, settings) == []
    (done,) = (tmp_path / "done").rglob("1.jpg")
    folders = [folder for folder in done.parents if folder.is_relative_to(tmp_path)]
    assert [oct(stat.S_IMODE(folder.stat().st_mode)) for folder in folders] == [oct(0o2770)] * 4
