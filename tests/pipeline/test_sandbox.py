"""A child process under an attacker's control finds no secret and reaches nothing; ordinary work goes on."""

import json
import multiprocessing.util
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError
from scanflow.pipeline.sandbox.confinement import ALL
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.settings import OcrSettings, Settings
from tests.capture.samples import text_pdf
from tests.patience import PATIENCE
from tests.pipeline.live_archive import ROOT, page

SECRET = "hunter2hunter2"
REFUSED = (
    "read the parent's environment",
    "read the fork server's environment",
    "list the home",
    "read the home's settings",
    "write to the home",
    "list everybody's temporary files",
    "read the machine's passwords",
    "change this program",
    "connect by TCP",
    "send by UDP",
    "ask the fork server",
    "signal the parent",
    "look into the parent",
    "be root elsewhere",
    "read keys",
    "run a program of one's own",
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    home = tmp_path_factory.mktemp("home")
    (home / "scanflow.toml").write_text(f'[store]\nsecret_key = "{SECRET}"\n', encoding="utf-8")
    environment = {
        **os.environ,
        "SCANFLOW_CATALOG__URL": f"postgresql://u:{SECRET}@db/x",
        "SCANFLOW_JOBS": "1",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        call = [sys.executable, "-m", "tests.pipeline.intruding", str(home), str(listener.getsockname()[1])]
        done = subprocess.run(
            call, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=PATIENCE, check=False
        )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)


def test_every_layer_of_the_sandbox_is_in_force_here(said: dict[str, Any]) -> None:
    assert tuple(said["confinement"]) == ALL


@pytest.mark.parametrize("attempt", REFUSED)
def test_what_an_attacker_would_try_is_refused(said: dict[str, Any], attempt: str) -> None:
    assert said["attempts"][attempt] == "PermissionError"


def test_a_child_sees_no_secret_and_has_its_own_folder(said: dict[str, Any]) -> None:
    attempts = said["attempts"]
    assert SECRET not in json.dumps(said)
    assert "SCANFLOW" not in attempts["environment"].replace("LC_SCANFLOW", "")
    assert attempts["temporary"].startswith("done")


def test_an_answer_as_a_pickle_fails_its_task_only(said: dict[str, Any]) -> None:
    assert not said["exploded"]
    assert "its process gave an invalid answer" in said["bomb"]
    assert said["works"]


@pytest.mark.parametrize("engine", ["tesserocr", "pytesseract"])
def test_programs_and_models_work_within(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poppler for a PDF, Tesseract as a library and as a program; nothing is left in the temporary folder."""
    settings = Settings(home=tmp_path, jobs=1, ocr=OcrSettings(engine=engine, min_layer_quality=2))
    # A folder of its own, since other tests' children have theirs in the usual one. Not for multiprocessing,
    # which keeps its folder until this process ends.
    multiprocessing.util.get_temp_dir()
    with tempfile.TemporaryDirectory(prefix="sf-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        with ChildProcesses(settings) as children:
            for data in (text_pdf(["TRANG MOT"]), page("A")):
                unpacked = outcome(children.unpack(data, "x"), "x")
                assert isinstance(unpacked, Unpacked), unpacked
                (captured,) = unpacked.pages
                reading = outcome(children.read(captured), "x")
                assert not isinstance(reading, InputError), reading
                assert reading.words
        assert not list(Path(folder).glob("scanflow-child-*"))
