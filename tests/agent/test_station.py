"""The agent sends stacks to the server, and reports faults to the clerk in Vietnamese."""

from pathlib import Path

import pytest

from scanflow.desk.arriving import orders
from scanflow.errors import (
    CoverOpenError,
    DeniedError,
    FeederEmptyError,
    NoScannerError,
    OversizedInputError,
    PaperJamError,
    ScanCancelledError,
    ScanInterruptedError,
    ScannerError,
)
from tests.agent.counter import Counter
from tests.agent.tls import make_certificate, tls_before
from tests.patience import wait_for
from tests.scanner.escl import Fault
from tests.scanner.sane import TEST_DEVICE, processes_under
from tests.scanner.sheets import marked_page, marked_pages


def require_told(counter: Counter, order_id: int, state: str, error: type[ScannerError], pages: int) -> None:
    """The order ended like this, and the clerk can read why."""
    row = counter.ended(order_id)
    assert (row.state, row.reason_code, row.pages) == (state, error.code, pages)
    assert row.reason_vi.startswith(error.default_vi)
    assert row.reason


def test_a_stack_of_both_sides_comes_to_the_server_whole_and_in_order(counter: Counter) -> None:
    counter.agent.start()
    counter.virtual.load(marked_pages(6))
    batch_id = counter.stack()
    order_id = counter.order(batch_id, profile="duplex")
    row = counter.ended(order_id)
    assert (row.state, row.pages, row.reason_code) == ("done", 6, None)
    assert counter.pages(batch_id) == [1, 2, 3, 4, 5, 6]
    assert counter.names(batch_id) == [f"{order_id}-{no:04}.jpg" for no in range(1, 7)]
    counter.wait_for_empty_spool()
    assert counter.virtual.fetched == 6


def test_pages_come_while_the_next_sheet_feeds(counter: Counter) -> None:
    counter.agent.start()
    counter.virtual.load(marked_pages(4))
    counter.virtual.fail_after(2, Fault.HANG)  # the third never ends
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.wait_for_pages(batch_id, 1)
    wait_for(lambda: counter.state(order_id).pages)
    assert counter.state(order_id).state == "running"


def test_one_order_after_another(counter: Counter) -> None:
    counter.agent.start()
    batch_id = counter.stack()
    for number in (1, 2, 3):
        counter.virtual.load([marked_page(number)])
        assert counter.ended(counter.order(batch_id)).state == "done"
    assert counter.pages(batch_id) == [1, 2, 3]


def test_sanes_own_test_device_is_scanned(counter: Counter) -> None:
    """Ten sheets of a pattern, from a local driver."""
    counter.sane.add_test_devices()
    counter.agent.start()
    batch_id = counter.stack()
    row = counter.ended(counter.order(batch_id, device=TEST_DEVICE))
    assert (row.state, row.pages) == ("done", 10)
    assert len(counter.pages(batch_id)) == 10


@pytest.mark.parametrize(("profile", "sides"), [("papers", [1]), ("duplex", [1, 2])])
def test_in_the_place_of_a_page_only_one_sheet_is_scanned(
    counter: Counter, profile: str, sides: list[int]
) -> None:
    counter.agent.start()
    batch_id = counter.stack()
    counter.virtual.load([marked_page(9)])
    counter.ended(counter.order(batch_id))
    wait_for(lambda: counter.names(batch_id))
    counter.virtual.load(marked_pages(4))
    order_id = counter.order(batch_id, profile=profile, replaces=1)
    row = counter.ended(order_id)
    assert (row.state, row.pages) == ("done", len(sides))
    assert counter.pages(batch_id) == [9, *sides]


@pytest.mark.parametrize(("fault", "error"), [(Fault.JAM, PaperJamError), (Fault.COVER, CoverOpenError)])
def test_faults_of_the_feeder_are_reported_in_vietnamese_and_whole_pages_are_kept(
    counter: Counter, fault: Fault, error: type[ScannerError]
) -> None:
    counter.agent.start()
    counter.virtual.load(marked_pages(4))
    batch_id = counter.stack()
    counter.virtual.fail_after(2, fault, lambda: len(counter.names(batch_id)) >= 2)
    require_told(counter, counter.order(batch_id), "failed", error, 2)
    assert counter.pages(batch_id) == [1, 2]
    counter.virtual.clear()
    order_id = counter.order(batch_id)
    assert counter.ended(order_id).state == "done"
    assert counter.pages(batch_id) == [1, 2, 3, 4]


def test_an_empty_feeder_is_reported(counter: Counter) -> None:
    counter.agent.start()
    batch_id = counter.stack()
    require_told(counter, counter.order(batch_id), "failed", FeederEmptyError, 0)
    counter.wait_for_empty_spool()
    counter.virtual.load([marked_page(1)])
    assert counter.ended(counter.order(batch_id)).state == "done"


def test_a_missing_scanner_is_reported(counter: Counter) -> None:
    counter.agent.start()
    require_told(
        counter, counter.order(counter.stack(), device="airscan:e9:đâu"), "failed", NoScannerError, 0
    )


def test_a_scan_profile_that_this_pc_lacks_is_reported(counter: Counter) -> None:
    counter.agent.start()
    row = counter.ended(counter.order(counter.stack(), profile="lạ"))
    assert (row.state, row.reason_code) == ("failed", "scanner-refused")
    assert "lạ" in row.reason_vi


def test_a_clerk_stops_the_feeder_and_keeps_whole_pages(counter: Counter) -> None:
    counter.agent.start()
    counter.virtual.load(marked_pages(30))
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.wait_for_pages(batch_id, 2)
    orders.stop(counter.desk, batch_id, "an")
    row = counter.ended(order_id)
    assert (row.state, row.reason_code) == ("stopped", ScanCancelledError.code)
    kept = counter.pages(batch_id)
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) == row.pages < 30
    assert len(counter.virtual.unload()) > 0
    counter.wait_for_empty_spool()


def test_scanners_are_reported_at_the_start_and_when_a_clerk_asks(counter: Counter) -> None:
    counter.agent.start()

    def known() -> list[str]:
        return [scanner.name for scanner in orders.counter_state(counter.desk, counter.name).scanners]

    wait_for(lambda: known() == [counter.device])
    assert "duplex" in orders.counter_state(counter.desk, counter.name).profiles
    counter.sane.add_test_devices()
    orders.look_for_scanners(counter.desk, counter.name)
    wait_for(lambda: TEST_DEVICE in known())
    assert counter.device in known()


def test_a_wrong_token_ends_the_agent_with_a_clear_message(counter: Counter) -> None:
    counter.agent.start(SCANFLOW_STATION__TOKEN="not-the-token")
    assert counter.agent.ended() == DeniedError.exit_code
    assert "no counter has this token" in counter.agent.said
    assert "Mã truy cập của quầy này không đúng" in counter.agent.said
    assert "not-the-token" not in counter.agent.said
    assert "Traceback" not in counter.agent.said


def test_a_page_that_the_server_refuses_stays_at_the_pc_and_is_reported(counter: Counter) -> None:
    counter.central.kill()
    counter.central.variables["SCANFLOW_LIMITS__FILE_BYTES"] = "1000"
    counter.central.start()
    counter.agent.start()
    counter.virtual.load(marked_pages(2))
    batch_id = counter.stack()
    row = counter.ended(counter.order(batch_id))
    assert (row.state, row.reason_code) == ("failed", OversizedInputError.code)
    assert row.reason_vi == OversizedInputError.default_vi
    (kept,) = counter.agent.spool.stacks()
    assert len(kept.pages) == 2
    assert counter.pages(batch_id) == []


def test_an_agent_ended_while_it_scans_keeps_whole_pages_and_reports_it(counter: Counter) -> None:
    counter.agent.start()
    counter.virtual.load(marked_pages(30))
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.wait_for_pages(batch_id, 1)
    assert counter.agent.terminate() == 0
    assert "Traceback" not in counter.agent.said
    assert not [command for command in processes_under(counter.sane) if "scanner.child" in command]
    counter.agent.start()
    row = counter.ended(order_id)
    assert (row.state, row.reason_code) == ("failed", ScanInterruptedError.code)
    kept = counter.pages(batch_id)
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) == row.pages < 30


def test_the_agent_trusts_the_sites_own_ca_and_no_other(counter: Counter, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    with tls_before(counter.central.port, certificate, key) as address:
        counter.agent.start(SCANFLOW_STATION__SERVER=address)
        wait_for(lambda: "certificate" in counter.agent.said.lower())
        assert not orders.counter_state(counter.desk, counter.name).agent_here
        counter.agent.kill()
        counter.agent.start(SCANFLOW_STATION__SERVER=address, SCANFLOW_STATION__CA=str(certificate))
        counter.virtual.load(marked_pages(2))
        batch_id = counter.stack()
        assert counter.ended(counter.order(batch_id)).state == "done"
        assert counter.pages(batch_id) == [1, 2]
