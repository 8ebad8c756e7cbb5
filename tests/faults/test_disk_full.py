"""A full disk under the archive: no source is released, and work goes on when there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.store.base import open_store
from scanflow.errors import CatalogError, ScanflowError, StoreError
from scanflow.pipeline.services import open_services
from scanflow.settings import Settings, StoreSettings
from tests.faults.archives import require_filed_once, require_whole_objects, take_paper, write_paper
from tests.pipeline.live_archive import process

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("no right to mount here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return ballast


@pytest.mark.parametrize("what", ["store", "database"])
def test_full_disk(what: str, small_disk: Path, tmp_path: Path) -> None:
    home = tmp_path / "home" if what == "store" else small_disk / "home"
    objects = small_disk / "objects" if what == "store" else tmp_path / "objects"
    path = write_paper(tmp_path / "inbox")
    settings = Settings(home=home, jobs=1, store=StoreSettings(folder=objects))
    with open_services(settings) as services:
        ballast = fill(small_disk)
        with pytest.raises(StoreError if what == "store" else CatalogError) as caught:
            take_paper(services, path)
        assert any(word in caught.value.message for word in ("No space", "full"))
        assert path.exists()
        ballast.unlink()
        (batch_id,) = take_paper(services, path).batches
        ballast = fill(small_disk)
        with pytest.raises(ScanflowError):
            process(services, batch_id)
        ballast.unlink()
        require_filed_once(services, process(services, batch_id))
        require_whole_objects(services, open_store(settings))
