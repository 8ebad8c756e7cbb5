"""Virtual scanners for the tests, reached through Debian's real SANE."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanflow.capture.scanner import Scanner, open_backend
from scanflow.settings import ScannerSettings, ScanProfile
from tests.patience import PATIENCE
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration, find_airscan
from tests.tools import missing

PAGE_SECONDS = 0.15
_PAGE = re.compile(r"^\d{4}\.(?:jpg|png)$")


@dataclass(frozen=True)
class VirtualCounter:
    """A virtual driverless scanner and the SANE configuration that reaches it; `device` is its SANE name."""

    virtual: VirtualScanner
    device: str
    configuration: SaneConfiguration


def pages_arrived(folder: Path, pages: int) -> Callable[[], bool]:
    """Whether so many pages are complete somewhere below a folder; for `VirtualScanner.fail_after`."""
    return lambda: sum(_PAGE.match(file.name) is not None for file in folder.rglob("*")) >= pages


@pytest.fixture
def sane(tmp_path: Path) -> Iterator[SaneConfiguration]:
    """A SANE configuration of this test's own, in force."""
    if shutil.which("scanimage") is None:
        missing("no SANE here: apt-get install sane-utils")
    configuration = SaneConfiguration(tmp_path / "sane.d")
    with configuration.in_force():
        yield configuration


@pytest.fixture
def counter(sane: SaneConfiguration) -> Iterator[VirtualCounter]:
    if find_airscan() is None:
        missing("no driver for AirScan here: apt-get install sane-airscan")
    with VirtualScanner(PAGE_SECONDS) as virtual:
        yield VirtualCounter(virtual, sane.add_escl("Quầy 1", virtual.url), sane)


@pytest.fixture(params=["scanimage", "pyinsane2"])
def settings(request: pytest.FixtureRequest) -> ScannerSettings:
    """Settings for each of the two adapters."""
    if request.param == "pyinsane2":
        try:
            import pyinsane2.util  # noqa: F401, PLC0415 - whether it is there, and loads
        except ImportError:
            missing("no pyinsane2 here: pip install 'scanflow[scanner]'")
    return ScannerSettings(backend=request.param, page_seconds=PATIENCE, grace=0.5)


@pytest.fixture
def scanner(counter: VirtualCounter, settings: ScannerSettings) -> Scanner:
    """The virtual scanner, through each adapter."""
    return open_backend(settings).open(counter.device)


@pytest.fixture
def spooled(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    folder.mkdir()
    return folder


PROFILE = ScanProfile(resolution=150)
