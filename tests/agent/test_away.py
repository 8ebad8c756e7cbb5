"""Network, server or PC fail in the middle of a stack: nothing is lost, nothing comes twice."""

import pytest
from sqlalchemy import update

from scanflow.archive.database.tables import orders
from scanflow.desk import stacks
from scanflow.errors import ScanInterruptedError
from scanflow.ledger.batches import set_batch_state
from scanflow.ledger.lease import lock
from scanflow.model import BatchState
from tests.agent.counter import Counter
from tests.faults.proxy import Fault, failing_proxy
from tests.patience import wait_for
from tests.scanner.sheets import marked_pages

COUNT = 8


def begin(counter: Counter, pages: int = COUNT) -> tuple[str, int]:
    """A stack whose first page has arrived; the others come when the scanner goes on."""
    counter.virtual.load(marked_pages(pages))
    counter.virtual.hold_after(1)
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.wait_for_pages(batch_id, 1)
    return batch_id, order_id


def require_whole(counter: Counter, batch_id: str, order_id: int) -> None:
    """The stack has each sheet once, and the PC's spool is empty."""
    row = counter.ended(order_id)
    assert (row.state, row.pages) == ("done", COUNT)
    assert counter.pages(batch_id) == list(range(1, COUNT + 1))
    assert counter.virtual.fetched == COUNT
    counter.wait_for_empty_spool()


@pytest.mark.parametrize(
    "fault", ["refuse", "hang", "error-503", "cut-upload", "cut-answer", "damage-upload"]
)
def test_a_network_that_fails_in_the_middle_of_a_stack_and_comes_back(counter: Counter, fault: Fault) -> None:
    with failing_proxy(counter.central.address.removeprefix("http://")) as proxy:
        counter.agent.start(SCANFLOW_STATION__SERVER=f"http://{proxy.endpoint}")
        batch_id, order_id = begin(counter)
        proxy.fault = fault
        counter.virtual.go_on()
        wait_for(lambda: counter.virtual.fetched == COUNT)  # the feeder goes on all the same
        wait_for(lambda: proxy.hits)
        assert counter.state(order_id).state == "running"
        proxy.fault = None
        require_whole(counter, batch_id, order_id)


def test_a_page_that_was_damaged_on_its_way_is_sent_again_before_the_next(counter: Counter) -> None:
    with failing_proxy(counter.central.address.removeprefix("http://")) as proxy:
        counter.agent.start(SCANFLOW_STATION__SERVER=f"http://{proxy.endpoint}")
        batch_id, order_id = begin(counter)
        proxy.fault = "refuse"
        counter.virtual.go_on()
        counter.wait_for_spooled(COUNT)
        proxy.hits, proxy.fault = 0, "damage-upload"
        wait_for(lambda: proxy.hits)
        proxy.fault = None
        require_whole(counter, batch_id, order_id)
        assert "damaged in transmission" in counter.agent.said


def test_a_server_that_is_killed_in_the_middle_of_a_stack_and_comes_back(counter: Counter) -> None:
    counter.agent.start()
    batch_id, order_id = begin(counter)
    counter.central.kill()
    counter.virtual.go_on()
    counter.wait_for_spooled(COUNT)
    here = len(counter.names(batch_id))
    assert here < COUNT
    counter.central.start()
    require_whole(counter, batch_id, order_id)


def test_a_server_that_is_down_at_the_start_is_waited_for(counter: Counter) -> None:
    counter.central.kill()
    counter.agent.start()
    counter.virtual.load(marked_pages(COUNT))
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    wait_for(lambda: "waiting" in counter.agent.said)
    counter.central.start()
    require_whole(counter, batch_id, order_id)


def test_a_pc_that_goes_off_in_the_middle_of_a_stack_sends_what_it_has_and_scans_nothing_again(
    counter: Counter,
) -> None:
    counter.agent.start()
    batch_id, order_id = begin(counter, pages=30)
    counter.virtual.go_on()
    counter.agent.kill()
    spooled = [len(stack.pages) for stack in counter.agent.spool.stacks()]
    counter.agent.start()
    row = counter.ended(order_id)
    assert (row.state, row.reason_code) == ("failed", ScanInterruptedError.code)
    assert row.reason_vi == ScanInterruptedError.default_vi
    kept = counter.pages(batch_id)
    assert kept == list(range(1, len(kept) + 1))
    assert [row.pages] == [len(kept)]
    assert spooled[0] <= len(kept)
    counter.wait_for_empty_spool()
    fetched = counter.virtual.fetched
    left = counter.virtual.unload()
    assert fetched + len(left) == 30  # and those in between passed before the scanner's driver had ended
    counter.virtual.load(marked_pages(2))
    again = counter.order(batch_id)
    assert counter.ended(again).state == "done"
    assert counter.pages(batch_id) == [*kept, 1, 2]


def test_a_pc_that_goes_off_while_the_server_is_away_loses_nothing(counter: Counter) -> None:
    counter.agent.start()
    batch_id, order_id = begin(counter)
    counter.central.kill()
    counter.virtual.go_on()
    counter.wait_for_spooled(COUNT)
    wait_for(lambda: counter.agent.spool.stacks()[0].record.state == "complete")
    counter.agent.kill()
    counter.agent.start()
    counter.central.start()
    require_whole(counter, batch_id, order_id)


def test_a_pc_that_goes_off_before_its_first_page_reports_it(counter: Counter) -> None:
    counter.agent.start()
    counter.virtual.page_seconds = 30.0
    counter.virtual.load(marked_pages(2))
    counter.virtual.handed_out()  # the first takes as long as the others
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    wait_for(lambda: counter.state(order_id).state == "running")
    counter.agent.kill()
    counter.agent.start()
    row = counter.ended(order_id)
    assert (row.state, row.pages, row.reason_code) == ("failed", 0, ScanInterruptedError.code)
    counter.wait_for_empty_spool()


def test_an_order_that_ended_before_its_first_report_is_stopped(counter: Counter) -> None:
    """Its pages are there all the same."""
    counter.agent.start()
    batch_id, order_id = begin(counter, pages=30)
    with counter.desk.services.catalog.transaction() as connection:
        connection.execute(update(orders).where(orders.c.id == order_id).values(state="stopped"))
    counter.virtual.go_on()
    counter.wait_for_empty_spool()
    kept = counter.pages(batch_id)
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) < 30
    assert counter.virtual.unload()


def test_pages_of_a_stack_that_was_filed_meanwhile_come_as_a_stack_of_their_own(counter: Counter) -> None:
    counter.agent.start()
    batch_id, order_id = begin(counter, pages=30)
    with counter.desk.services.catalog.transaction() as connection:
        set_batch_state(lock(connection, batch_id), BatchState.TAKEN)
    counter.virtual.go_on()
    assert counter.ended(order_id).state in ("stopped", "failed")
    counter.wait_for_empty_spool()
    here = counter.pages(batch_id)
    (late,) = stacks.unclaimed(counter.desk, "an")
    assert late.late is not None and late.late.origin == batch_id
    assert here + counter.pages(late.batch_id) == list(range(1, len(here) + late.pages + 1))
    assert len(here) + late.pages < 30  # the feeder was stopped, too
    assert not (counter.agent.spool.root / "discarded").exists()
