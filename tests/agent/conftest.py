"""A counter for each test: virtual scanner, PC and server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.counter import Counter, counter_at
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration, find_airscan
from tests.tools import missing

PAGE_SECONDS = 0.3


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """The server is up, the agent isn't started yet."""
    if shutil.which("scanimage") is None or find_airscan() is None:
        missing("no SANE here: apt-get install sane-utils sane-airscan")
    sane = SaneConfiguration(tmp_path / "sane.d")
    with sane.in_force(), VirtualScanner(PAGE_SECONDS) as virtual:
        device = sane.add_escl("Quầy 1", virtual.url)
        with counter_at(tmp_path, virtual, device, sane) as made:
            yield made
