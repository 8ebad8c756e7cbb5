"""Fixtures that all fault tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.logs import configure_logs
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.settings import Settings
from tests.archive.copies import Copied, copying


@pytest.fixture(autouse=True)
def logs_as_in_production() -> None:
    """Configure logs as the program does: structlog's default prints all local variables of an error, which
    takes half a minute with page images.
    """
    configure_logs("warning")


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildProcesses]:
    """Children take a second to start: one for all tests of a module."""
    with ChildProcesses(Settings(home=tmp_path_factory.mktemp("workers"), jobs=1)) as started:
        yield started


@pytest.fixture(params=["folder", pytest.param("shared", marks=[pytest.mark.s3, pytest.mark.postgresql])])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    """An archive whose catalog can be copied and restored, on both pairs of backends."""
    with copying(request, tmp_path) as made:
        yield made
