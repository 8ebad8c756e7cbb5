"""A scanner adapter of another package runs in the supervised child process, as ours do."""

from pathlib import Path

import pytest

from scanflow.capture.scanner import open_backend
from scanflow.errors import FeederEmptyError, NoScannerError, ScannerRefusedError, SettingsError
from scanflow.settings import ScannerSettings, ScanProfile
from tests.patience import PATIENCE
from tests.scanner.conftest import PROFILE
from tests.scanner.sheets import marked_page, number_on


@pytest.fixture
def feeder(tmp_path: Path) -> Path:
    folder = tmp_path / "feeder"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(feeder: Path, plugin: None) -> ScannerSettings:
    options = {"feeder": str(feeder)}
    return ScannerSettings(
        backend="example", backend_options=options, page_seconds=PATIENCE, find_seconds=PATIENCE
    )


def load(feeder: Path, count: int) -> None:
    for number in range(1, count + 1):
        (feeder / f"{number}.jpg").write_bytes(marked_page(number))


def test_its_device_is_found_and_asked(settings: ScannerSettings) -> None:
    backend = open_backend(settings)
    assert [(device.name, device.vendor) for device in backend.devices()] == [("example:0", "Example")]
    can = backend.open().capabilities()
    assert (can.sources, can.duplex, can.resolutions) == (("feeder",), False, (150,))


def test_a_stack_comes_page_by_page(settings: ScannerSettings, feeder: Path, spooled: Path) -> None:
    load(feeder, 3)
    pages = list(open_backend(settings).open("example:0").scan(PROFILE, spooled))
    assert [(page.no, page.dpi, number_on(page.path)) for page in pages] == [
        (no, 150.0, no) for no in (1, 2, 3)
    ]
    assert sorted(spooled.iterdir()) == [page.path for page in pages]
    assert list(feeder.iterdir()) == []


def test_what_it_says_and_what_it_cannot_do_comes_as_an_error(
    settings: ScannerSettings, spooled: Path
) -> None:
    backend = open_backend(settings)
    with pytest.raises(FeederEmptyError, match="the feeder is empty"):
        list(backend.open().scan(PROFILE, spooled))
    with pytest.raises(NoScannerError, match="no scanner example:9"):
        list(backend.open("example:9").scan(PROFILE, spooled))
    with pytest.raises(ScannerRefusedError):
        list(backend.open().scan(ScanProfile(resolution=600), spooled))


def test_a_missing_option_is_refused(settings: ScannerSettings) -> None:
    without = settings.model_copy(update={"backend_options": {}})
    with pytest.raises(SettingsError, match=r"\[scanner\.backend_options\] feeder"):
        open_backend(without).devices()


def test_an_unknown_backend_is_refused_with_the_known_ones(settings: ScannerSettings) -> None:
    misspelt = settings.model_copy(update={"backend": "scanimag"})
    known = r"\[scanner\] backend: no 'scanimag'; there are scanimage, pyinsane2, naps2, example"
    with pytest.raises(SettingsError, match=known):
        open_backend(misspelt)
