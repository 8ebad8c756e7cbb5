"""The spool keeps what was scanned, also when the scanning program is killed."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from scanflow.capture.scanner import open_backend
from scanflow.capture.scanner.spool import OpenStack, Spool, StackRecord, fill
from scanflow.errors import NotFoundError, PaperJamError, ScannerBusyError, SettingsError
from scanflow.settings import ScannerSettings, ScanProfile
from tests.scanner.conftest import VirtualCounter, pages_arrived
from tests.scanner.escl import Fault
from tests.scanner.sheets import marked_page, marked_pages, number_on

DUPLEX = ScanProfile(resolution=150, duplex=True)
NEVER = threading.Event()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "home" / "scans")


def record(*, duplex: bool = False) -> StackRecord:
    return StackRecord(
        "H13.42-260804-0017", None, "test:0", "papers", duplex, "clerk", "2026-08-04T08:00:00+07:00"
    )


def put(held: OpenStack, *numbers: int) -> None:
    for number in numbers:
        (held.folder / f"{number:04}.jpg").write_bytes(marked_page(number))


def test_a_stack_without_a_page_leaves_nothing(spool: Spool) -> None:
    with spool.new(record()):
        assert [stack.in_use for stack in spool.stacks()] == [True]
    assert spool.stacks() == []


def test_a_stack_whose_process_went_away_is_interrupted_and_keeps_its_pages(spool: Spool) -> None:
    with spool.new(record()) as held:
        put(held, 1, 2)
        held.mark("scanning")
        (held.folder / ".0003.jpg.part").write_bytes(b"half")
        assert not spool.stacks()[0].interrupted
    (stack,) = spool.stacks()
    assert stack.interrupted
    assert [page.name for page in stack.pages] == ["0001.jpg", "0002.jpg"]
    with spool.hold(stack.id) as held:
        assert held.next_no == 3


def test_a_stack_that_somebody_works_on_is_not_handed_out(spool: Spool) -> None:
    with spool.new(record()) as held:
        put(held, 1)
        with pytest.raises(ScannerBusyError), spool.hold(held.now.id):
            pass


@pytest.mark.parametrize("stack_id", ["nothing", "../scans", "", "."])
def test_an_unknown_stack_is_refused(spool: Spool, stack_id: str) -> None:
    with pytest.raises(NotFoundError):
        spool.stack(stack_id)


def test_what_is_discarded_is_moved_and_never_deleted(spool: Spool) -> None:
    with spool.new(record()) as held:
        put(held, 1)
    with spool.hold(held.folder.name) as held:
        where = held.discard()
    assert spool.stacks() == []
    assert number_on(where / "0001.jpg") == 1


def test_only_its_owner_may_look_into_the_spool(spool: Spool) -> None:
    with spool.new(record()) as held:
        assert [path.stat().st_mode & 0o777 for path in (spool.root, held.folder)] == [0o700, 0o700]


def test_a_spool_that_cannot_be_written_to_is_reported(tmp_path: Path) -> None:
    (tmp_path / "scans").write_text("a file")
    with pytest.raises(SettingsError), Spool(tmp_path / "scans").new(record()):
        pass


def test_a_front_whose_back_never_came_is_scanned_again_and_the_old_one_kept(
    spool: Spool, counter: VirtualCounter, settings: ScannerSettings
) -> None:
    scanner = open_backend(settings).open(counter.device)
    pages = marked_pages(6)
    counter.virtual.load(pages)
    counter.virtual.fail_after(3, Fault.JAM, pages_arrived(spool.root, 3))
    with spool.new(record(duplex=True)) as held, pytest.raises(PaperJamError):
        list(fill(held, scanner, DUPLEX, NEVER))
    (stack,) = spool.stacks()
    assert (stack.record.state, stack.record.stopped) == ("interrupted", "paper-jam")
    assert [number_on(page) for page in stack.pages] == [1, 2, 3]
    counter.virtual.clear()
    counter.virtual.unload()
    counter.virtual.load(pages[2:])  # the clerk feeds the whole sheet again
    with spool.hold(stack.id) as held:
        again = list(fill(held, scanner, DUPLEX.model_copy(update={"format": "png"}), NEVER))
        assert [(page.no, page.side) for page in again] == [
            (3, "front"),
            (4, "back"),
            (5, "front"),
            (6, "back"),
        ]
        assert [number_on(page) for page in held.now.pages] == [1, 2, 3, 4, 5, 6]
        held.release()
    (kept,) = spool.root.glob("discarded/*/*")
    assert number_on(kept) == 3
    assert spool.stacks() == []


def test_an_ordered_stack_stays_without_a_page_until_its_end_was_told(spool: Spool) -> None:
    with spool.new(replace(record(), order=7)):
        pass
    (stack,) = spool.stacks()
    assert (stack.record.order, stack.pages) == (7, ())
    with spool.hold(stack.id) as held:
        held.release()
    assert spool.stacks() == []


def test_records_of_earlier_releases_are_still_read(spool: Spool) -> None:
    with spool.new(record()) as held:
        put(held, 1)
        path = held.folder / "stack.json"
        known = json.loads(path.read_text())
        path.write_text(
            json.dumps({k: v for k, v in known.items() if k not in ("order", "reason", "reason_vi")})
        )
    (stack,) = spool.stacks()
    assert stack.record == record()


def test_looking_at_stacks_blocks_no_work_on_them(spool: Spool) -> None:
    """Looking whether a lock is taken takes it for a moment."""
    with spool.new(record()) as held:
        put(held, 1)
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            spool.stacks()

    looking = [threading.Thread(target=look) for _ in range(3)]
    for thread in looking:
        thread.start()
    try:
        for _ in range(200):
            with spool.hold(held.folder.name):
                pass
    finally:
        over.set()
        for thread in looking:
            thread.join()


@pytest.mark.parametrize(("duplex", "sides"), [(False, [1]), (True, [1, 2])])
def test_a_single_sheet_is_all_that_is_scanned(
    counter: VirtualCounter, settings: ScannerSettings, spool: Spool, duplex: bool, sides: list[int]
) -> None:
    counter.virtual.load(marked_pages(4))
    profile = ScanProfile(resolution=150, duplex=duplex)
    scanner = open_backend(settings).open(counter.device)
    with spool.new(record(duplex=duplex)) as held:
        given = list(fill(held, scanner, profile, NEVER, single=True))
    assert [number_on(page.path) for page in given] == sides


def test_the_reason_of_an_interruption_is_kept(
    counter: VirtualCounter, settings: ScannerSettings, spool: Spool
) -> None:
    counter.virtual.load(marked_pages(2))
    counter.virtual.fail_after(1, Fault.JAM, pages_arrived(spool.root, 1))
    with spool.new(record()) as held, pytest.raises(PaperJamError):
        list(fill(held, open_backend(settings).open(counter.device), DUPLEX, NEVER))
    (stack,) = spool.stacks()
    assert (stack.record.stopped, stack.record.reason_vi) == (PaperJamError.code, PaperJamError.default_vi)
