"""A counter for each test: virtual scanner, PC and server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.counter import Centre, Counter, opened_centre
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration, find_airscan
from tests.tools import missing

PAGE_SECONDS = 0.3


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """The server of a module's counters."""
    with opened_centre(tmp_path_factory.mktemp("central")) as opened:
        yield opened


@pytest.fixture
def counter(centre: Centre, tmp_path: Path) -> Iterator[Counter]:
    """The server is up, the agent isn't started yet."""
    if shutil.which("scanimage") is None or find_airscan() is None:
        missing("no SANE here: apt-get install sane-utils sane-airscan")
    sane = SaneConfiguration(tmp_path / "sane.d")
    with sane.in_force(), VirtualScanner(PAGE_SECONDS) as virtual:
        device = sane.add_escl("Quầy 1", virtual.url)
        with centre.counter(tmp_path, virtual, device, sane) as made:
            yield made
