"""What each scanner adapter must do, on a real driver that talks to a virtual scanner."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from scanflow.capture.scanner import ScannedPage, Scanner, open_backend
from scanflow.errors import (
    CoverOpenError,
    FeederEmptyError,
    NoScannerError,
    PaperJamError,
    ScanCancelledError,
    ScannerBusyError,
    ScannerError,
    ScannerLostError,
    ScannerRefusedError,
    ScannerTimeoutError,
)
from scanflow.settings import ScannerSettings, ScanProfile
from tests.scanner.conftest import PROFILE, VirtualCounter, pages_arrived
from tests.scanner.escl import Fault
from tests.scanner.sane import SaneConfiguration, processes_under
from tests.scanner.sheets import DPI, marked_page, marked_pages, number_on

HANG_SECONDS = 10.0  # as short as the pages before a fault allow: tests wait for it


def scanned(scanner: Scanner, folder: Path, profile: ScanProfile = PROFILE) -> list[ScannedPage]:
    return list(scanner.scan(profile, folder))


def fails(
    scanner: Scanner, folder: Path, error: type[ScannerError], after: int, profile: ScanProfile = PROFILE
) -> None:
    """Scanning gives `after` good pages, then this error; and the pages stay."""
    pages = []
    with pytest.raises(error) as raised:
        for page in scanner.scan(profile, folder):
            pages.append(page)
    assert type(raised.value) is error
    assert raised.value.message_vi != raised.value.message
    # sane-airscan fetches ahead, and where the connection breaks it drops pages that were not asked for yet.
    assert len(pages) == after or (error is ScannerLostError and len(pages) < after)
    assert [number_on(page.path) for page in pages] == list(range(1, len(pages) + 1))
    assert sorted(folder.iterdir()) == [page.path for page in pages]


def test_devices_are_listed(counter: VirtualCounter, settings: ScannerSettings) -> None:
    counter.configuration.add_test_devices()
    found = {device.name: device for device in open_backend(settings).devices()}
    assert set(found) == {counter.device, "test:0", "test:1"}
    assert found[counter.device].vendor == "eSCL"


def test_without_a_scanner_there_is_none(sane: object, settings: ScannerSettings) -> None:
    backend = open_backend(settings)
    assert list(backend.devices()) == []
    with pytest.raises(NoScannerError):
        backend.open()


def test_the_only_device_needs_no_name_and_one_of_several_does(
    counter: VirtualCounter, settings: ScannerSettings
) -> None:
    assert open_backend(settings).open().name == counter.device
    counter.configuration.add_test_devices()
    with pytest.raises(NoScannerError, match="test:1"):
        open_backend(settings).open()


def test_the_capabilities_of_a_scanner_are_read(scanner: Scanner) -> None:
    can = scanner.capabilities()
    assert set(can.sources) == {"feeder", "flatbed"}
    assert can.duplex
    assert set(can.colours) == {"colour", "grey"}
    assert (can.resolutions, can.any_between) == ((150, 200, 300, 600), False)
    assert can.size is not None
    assert tuple(map(round, can.size)) == (297, 420)


def test_a_stack_comes_page_by_page_with_its_resolution(
    scanner: Scanner, counter: VirtualCounter, spooled: Path
) -> None:
    counter.virtual.load(marked_pages(4))
    pages = scanned(scanner, spooled)
    assert [(page.no, page.side, number_on(page.path)) for page in pages] == [
        (no, "front", no) for no in (1, 2, 3, 4)
    ]
    for page in pages:
        with Image.open(page.path) as image:
            assert image.format == "JPEG"
            assert image.mode == "RGB"
            assert image.size == (page.width, page.height)
            assert tuple(map(round, image.info["dpi"])) == (DPI, DPI)
            assert abs(image.width / DPI * 25.4 - 210) < 1
            assert abs(image.height / DPI * 25.4 - 297) < 1


def test_in_duplex_the_sides_alternate(scanner: Scanner, counter: VirtualCounter, spooled: Path) -> None:
    counter.virtual.load(marked_pages(4))
    pages = scanned(scanner, spooled, ScanProfile(resolution=150, duplex=True))
    assert [(page.side, number_on(page.path)) for page in pages] == [
        ("front", 1), ("back", 2), ("front", 3), ("back", 4)
    ]  # fmt: skip


def test_the_glass_gives_one_page_of_the_profile_that_was_asked_for(
    scanner: Scanner, counter: VirtualCounter, spooled: Path
) -> None:
    counter.virtual.lay_on_glass(marked_page(3))
    profile = ScanProfile(resolution=200, source="flatbed", colour="grey", format="png", paper="A3")
    (page,) = scanner.scan(profile, spooled, first=7)
    assert (page.no, page.path.name, number_on(page.path)) == (7, "0007.png", 3)
    with Image.open(page.path) as image:
        assert (image.mode, round(image.info["dpi"][0])) == ("L", 200)
        assert abs(image.height / 200 * 25.4 - 420) < 1


@pytest.mark.parametrize(
    "profile",
    [
        ScanProfile(resolution=1200),
        ScanProfile(colour="lineart"),
        ScanProfile(paper="A3"),
        ScanProfile(source="flatbed", duplex=True),
    ],
    ids=["1200 dpi", "black and white", "A3 through an A4 feeder", "both sides of the glass"],
)
def test_what_the_device_cannot_do_is_refused_before_a_sheet_moves(
    scanner: Scanner, counter: VirtualCounter, spooled: Path, profile: ScanProfile
) -> None:
    counter.virtual.load(marked_pages(1))
    fails(scanner, spooled, ScannerRefusedError, 0, profile)
    assert len(counter.virtual.unload()) == 1


def test_a_resolution_that_it_lacks_becomes_the_next_above(
    scanner: Scanner, counter: VirtualCounter, spooled: Path
) -> None:
    counter.virtual.load(marked_pages(1))
    (page,) = scanned(scanner, spooled, ScanProfile(resolution=175, paper="A5"))
    assert page.dpi == 200


def test_an_empty_feeder_is_an_error(scanner: Scanner, spooled: Path) -> None:
    fails(scanner, spooled, FeederEmptyError, 0)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.JAM, PaperJamError),
        (Fault.COVER, CoverOpenError),
        (Fault.UNPLUG, ScannerLostError),
        (Fault.HANG, ScannerTimeoutError),
    ],
)
def test_pages_before_a_fault_are_given_and_afterwards_it_scans_on(
    settings: ScannerSettings,
    counter: VirtualCounter,
    spooled: Path,
    fault: Fault,
    error: type[ScannerError],
) -> None:
    counter.virtual.load(marked_pages(3))
    counter.virtual.fail_after(2, fault, pages_arrived(spooled, 2))
    changes = {"page_seconds": HANG_SECONDS} if fault is Fault.HANG else {}
    scanner = open_backend(settings.model_copy(update=changes)).open(counter.device)
    fails(scanner, spooled, error, 2)
    assert processes_under(counter.configuration) == []
    if fault is Fault.UNPLUG:
        with pytest.raises(ScannerLostError):
            scanned(scanner, spooled)
        counter.virtual.plug_in()
    counter.virtual.clear()
    counter.virtual.unload()
    counter.virtual.load([marked_page(3)])
    (page,) = scanner.scan(PROFILE, spooled, first=3)
    assert (page.no, number_on(page.path)) == (3, 3)


def test_a_page_is_there_while_the_next_one_is_still_awaited(
    scanner: Scanner, counter: VirtualCounter, spooled: Path
) -> None:
    counter.virtual.load(marked_pages(2))
    counter.virtual.fail_after(1, Fault.HANG)  # the second never comes, and has not failed yet
    pages = scanner.scan(PROFILE, spooled)
    first = next(pages)
    assert number_on(first.path) == 1
    pages.close()  # type: ignore[attr-defined]  # it is a generator
    assert processes_under(counter.configuration) == []


def test_a_cancelled_stack_keeps_its_whole_pages(
    scanner: Scanner, counter: VirtualCounter, spooled: Path
) -> None:
    counter.virtual.load(marked_pages(3))
    counter.virtual.fail_after(2, Fault.HANG)
    cancel = threading.Event()
    pages = []
    with pytest.raises(ScanCancelledError):
        for page in scanner.scan(PROFILE, spooled, cancel=cancel):
            pages.append(page)
            if page.no == 2:
                cancel.set()
    assert sorted(spooled.iterdir()) == [page.path for page in pages]
    assert [number_on(page.path) for page in pages] == [1, 2]
    assert processes_under(counter.configuration) == []


def test_an_unknown_device_is_refused(
    sane: SaneConfiguration, settings: ScannerSettings, spooled: Path
) -> None:
    sane.add_test_devices()
    fails(open_backend(settings).open("test:9"), spooled, NoScannerError, 0)


# SANE's `test` backend answers every read with the status that it was told, and has a feeder of ten sheets.

STATUSES = {
    "JAMMED": PaperJamError,
    "NO_DOCS": FeederEmptyError,
    "COVER_OPEN": CoverOpenError,
    "IO_ERROR": ScannerLostError,
    "DEVICE_BUSY": ScannerBusyError,
    "CANCELLED": ScanCancelledError,
}


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_each_status_is_an_error_of_its_own(
    sane: SaneConfiguration, settings: ScannerSettings, spooled: Path, status: str, error: type[ScannerError]
) -> None:
    sane.add_test_devices()
    profile = ScanProfile(options={"read-return-value": f"SANE_STATUS_{status}"})
    # Stopped at its very first read, SANE's test backend itself hangs, once in fifty times, on its way out:
    # whoever drives it. What we make of that is a time-out, which is right, but not what is looked at here.
    impatient = settings.model_copy(update={"page_seconds": 15.0})
    for _ in range(3):
        try:
            fails(open_backend(impatient).open("test:0"), spooled, error, 0, profile)
            return
        except ScannerTimeoutError:
            continue
    pytest.fail("it hung three times")


@pytest.mark.parametrize("colour", ["colour", "grey"])
def test_ten_sheets_of_the_test_device(
    sane: SaneConfiguration, settings: ScannerSettings, spooled: Path, colour: str
) -> None:
    sane.add_test_devices()
    profile = ScanProfile.model_validate(
        {"resolution": 75, "colour": colour, "options": {"test-picture": "Color pattern"}}
    )
    pages = scanned(open_backend(settings).open("test:0"), spooled, profile)
    assert [page.no for page in pages] == list(range(1, 11))
    with Image.open(pages[9].path) as image:
        assert image.mode == {"colour": "RGB", "grey": "L"}[colour]
        assert len(image.getcolors(image.width * image.height) or []) > 50  # not the black of a lost page
