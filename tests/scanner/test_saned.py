"""A scanner at another machine's `saned`, over loopback: found, used, gone in the middle, back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.capture.scanner import open_backend
from scanflow.errors import ScannerError, ScannerLostError, ScannerTimeoutError
from scanflow.settings import ScannerSettings, ScanProfile
from tests.scanner.sane import SaneConfiguration, Saned, find_saned, own_address, processes_under
from tests.tools import missing

SPIN_SECONDS = 4.0  # until a driver in an endless loop is given up
QUICK = ScanProfile(resolution=75)
# A pause after each buffer: a page takes about a third of a second.
LEISURELY = ScanProfile(
    resolution=75, colour="grey", options={"read-delay": "yes", "read-delay-duration": "20000"}
)


@pytest.fixture
def saned(tmp_path: Path) -> Iterator[Saned]:
    if find_saned() is None:
        missing("no saned here: apt-get install sane-utils")
    server = Saned(tmp_path / "saned.d", own_address())
    server.start()
    yield server
    server.stop()


def test_a_network_scanner_goes_and_comes_back(
    saned: Saned, sane: SaneConfiguration, settings: ScannerSettings, tmp_path: Path
) -> None:
    device = sane.add_saned(saned.address)
    backend = open_backend(settings)
    assert device in [found.name for found in backend.devices()]
    scanner = backend.open(device)
    first = tmp_path / "first"
    first.mkdir()
    assert len(list(scanner.scan(QUICK, first))) == 10
    saned.stop()
    assert backend.devices() == ()
    with pytest.raises(ScannerLostError):
        list(scanner.scan(QUICK, tmp_path))
    saned.start()
    second = tmp_path / "second"
    second.mkdir()
    assert len(list(scanner.scan(QUICK, second))) == 10


def test_a_stack_goes_on_after_the_server_died_between_pages(
    saned: Saned, sane: SaneConfiguration, settings: ScannerSettings, tmp_path: Path
) -> None:
    quick = settings.model_copy(update={"page_seconds": SPIN_SECONDS})
    scanner = open_backend(quick).open(sane.add_saned(saned.address))
    folder = tmp_path / "stack"
    folder.mkdir()
    pages = []
    with pytest.raises(ScannerError) as raised:
        for page in scanner.scan(LEISURELY, folder):
            pages.append(page.path)
            saned.stop()
    # SANE's network backend loops without end where it can't read on; then the watchdog ends it.
    assert type(raised.value) in (ScannerLostError, ScannerTimeoutError)
    assert 0 < len(pages) < 10
    assert sorted(folder.iterdir()) == pages
    assert processes_under(sane) == []
