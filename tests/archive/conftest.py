"""Both real databases and both real stores for the archive's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.s3 import S3Store
from scanflow.settings import Settings
from tests.archive.copies import Copied, copying
from tests.conftest import NewSettings


@pytest.fixture
def settings(new_settings: NewSettings) -> Settings:
    return new_settings("home")


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    with open_catalog(settings) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each of the two stores, empty."""
    opened: ObjectStore
    if request.param == "s3":
        opened = S3Store(request.getfixturevalue("s3_settings"))
        opened.check()
    else:
        opened = request.getfixturevalue("folder")
    return opened


@pytest.fixture(params=["folder", pytest.param("shared", marks=[pytest.mark.s3, pytest.mark.postgresql])])
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    """An archive whose catalog can be copied and restored, on both pairs of backends."""
    with copying(request, tmp_path) as made:
        yield made
