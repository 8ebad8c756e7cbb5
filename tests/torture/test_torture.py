"""A short torture of each kind of site; `make torture` is the long one."""

import shutil
from pathlib import Path

from tests.postgresql import find_postgresql
from tests.scanner.sane import find_airscan
from tests.servers import find_weed
from tests.tools import needs
from tests.torture.run import torture

SEED = 20261124


def test_embedded_site_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("embedded", SEED, 15, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 15
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0


@needs(find_weed() and find_postgresql(), "PostgreSQL and SeaweedFS")
def test_shared_site_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("shared", SEED, 8, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 8
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0


@needs(shutil.which("scanimage") and find_airscan(), "SANE and its AirScan driver")
def test_station_loses_and_doubles_nothing(tmp_path: Path) -> None:
    result = torture("station", SEED, 6, tmp_path / "site")
    assert result.account.problems == []
    assert result.happened >= 6
    assert (result.account.lost, result.account.doubled) == (0, 0)
    assert result.account.filed > 0
