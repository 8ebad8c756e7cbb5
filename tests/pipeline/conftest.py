"""An archive with real workers for each test that asks for one; archives that the tests of a module share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.pipeline.services import Services
from tests.pipeline.archives import Archive, open_archive
from tests.pipeline.live_archive import LiveArchive


@pytest.fixture
def live_archive(tmp_path: Path) -> Iterator[LiveArchive]:
    made = LiveArchive(tmp_path / "home")
    yield made
    made.end()


@pytest.fixture(
    scope="module", params=["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])]
)
def shared_services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """An archive on folder and SQLite, one on S3 and PostgreSQL."""
    with open_archive(tmp_path_factory.mktemp("home"), request, request.param) as services:
        yield services


@pytest.fixture
def archive(shared_services: Services, tmp_path: Path) -> Archive:
    return Archive(shared_services, tmp_path)
