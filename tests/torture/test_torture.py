"""A short torture of each kind of site; `make torture` is the long one."""

import shutil
from pathlib import Path

import pytest

from tests.postgresql import find_postgresql
from tests.scanner.sane import find_airscan
from tests.servers import find_weed
from tests.torture.run import torture

SEED = 20261124


def test_embedded_site_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("embedded", SEED, 15, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 15
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0


@pytest.mark.skipif(find_weed() is None or find_postgresql() is None, reason="needs PostgreSQL and SeaweedFS")
def test_shared_site_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("shared", SEED, 8, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 8
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0


@pytest.mark.skipif(
    shutil.which("scanimage") is None or find_airscan() is None, reason="needs SANE and its AirScan driver"
)
def test_station_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("station", SEED, 6, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 6
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0
