"""Whole runs through the real command line, on the committed fixtures."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanflow.capture.inbox import natural_key
from tests import commands

ROOT = Path(__file__).parents[2]
DOSSIERS = ROOT / "fixtures" / "dossiers"
TRUTH = ROOT / "fixtures" / "truth"

Run = Callable[..., subprocess.CompletedProcess[str]]


def scanflow(
    home: Path, *arguments: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would; never raises for its exit code."""
    return commands.run("--home", home, *arguments, env={**os.environ, **(env or {})})


def truth(batch: str) -> dict[str, Any]:
    """What a batch of the fixtures holds."""
    content: dict[str, Any] = json.loads((TRUTH / f"{batch}.json").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Archive:
    """An archive that the fixtures were digitized into, and what `ingest` said of each batch."""

    home: Path
    outcomes: dict[str, dict[str, Any]]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return scanflow(self.home, *arguments)

    def json(self, *arguments: str | Path) -> Any:
        result = self.run(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The committed fixtures, digitized once for all tests of a module."""
    home = tmp_path_factory.mktemp("archive")
    result = scanflow(home, "ingest", DOSSIERS, "--json")
    assert result.returncode == 5, result.stderr  # one batch holds broken files on purpose
    outcomes = json.loads(result.stdout)
    names = [folder.name for folder in sorted(DOSSIERS.iterdir(), key=natural_key)]
    assert len(outcomes) == len(names)
    return Archive(home, dict(zip(names, outcomes, strict=True)))
