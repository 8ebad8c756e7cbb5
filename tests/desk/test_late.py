"""Pages that come after their stack was submitted or given up; submitting before the counter has ended."""

from collections.abc import Iterator
from hashlib import sha256
from threading import current_thread
from typing import Any

import pytest
from sqlalchemy import select

from scanflow.archive.database.tables import files
from scanflow.archive.database.tables import orders as orders_table
from scanflow.counter_messages import OrderReport
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.desk.stack_view import pictures
from scanflow.desk.stack_view.verdicts import ON_THEIR_WAY, SILENT
from scanflow.desk.stack_view.view import view
from scanflow.errors import NotFoundError, NotReadyError, StackGoneError
from scanflow.model import StoredObject
from scanflow.model.order_states import OrderState
from scanflow.pipeline.batch_outcome import load_outcome
from tests.desk.conftest import CLERK, COUNTER, OTHER, Counter, opened
from tests.desk.patience import wait_for
from tests.desk.sheets import upper_halves
from tests.postgresql import Cluster

BIRTH = upper_halves("H13.42-260804-0017")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shared_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk on each of the two databases."""
    variables = {}
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql_cluster")
        name = cluster.new_database(request.getfixturevalue("postgresql_template"))
        variables["SCANFLOW_CATALOG__URL"] = cluster.url(name)
    with opened(tmp_path_factory.mktemp("late"), **variables) as desk:
        yield desk


def begun(counter: Counter, *pages: bytes, given: bool = True) -> int:
    """A stack of which these pages have come, for an order that is still under way."""
    counter.begin(counter.number)
    order = orders.scan(counter.desk, counter.stack, CLERK, device="test:0", profile="papers")
    if given:
        assert orders.next_order(counter.desk, COUNTER)
        orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.RUNNING, len(pages)))
    for no, page in enumerate(pages, start=1):
        counter.deliver(order, no, page)
    counter.read()
    return order


def send(counter: Counter, order: int, no: int, page: bytes) -> orders.TakenPage:
    digest = sha256(page).hexdigest()
    return orders.take_page(counter.desk, COUNTER, order, no, page, "image/jpeg", digest)


def stops(counter: Counter) -> list[str]:
    return [problem.code for problem in counter.seen.problems if problem.severity == "stop"]


def submit(counter: Counter, *, leave_behind: bool = False) -> None:
    revision = counter.seen.revision
    stacks.submit(counter.desk, counter.stack, CLERK, revision, leave_behind=leave_behind)


def late_batch(desk: Desk, order: int) -> str:
    """The one batch of an order's late pages."""
    (found,) = [
        each
        for each in stacks.unclaimed(desk, CLERK)
        if each.late and order in orders_of(desk, each.batch_id)
    ]
    return found.batch_id


def orders_of(desk: Desk, batch_id: str) -> set[int]:
    with desk.services.catalog.reading() as connection:
        return set(connection.scalars(select(files.c.order_id).where(files.c.batch_id == batch_id)))


def test_filing_is_stopped_while_pages_are_on_their_way(counter: Counter) -> None:
    order = begun(counter, BIRTH[0])
    orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.DONE, 2))
    assert stops(counter) == [ON_THEIR_WAY] and counter.seen.can_leave_behind
    with pytest.raises(NotReadyError, match="1 scanned pages"):
        submit(counter)
    counter.deliver(order, 2, BIRTH[2])
    assert counter.read().can_file and not counter.seen.can_leave_behind
    assert counter.file().state == "closed"


def test_filing_is_stopped_while_the_counter_is_silent(counter: Counter) -> None:
    """The clerk stopped an order while its agent is away: what it has scanned is unknown."""
    order = begun(counter, BIRTH[0])
    with counter.desk.services.catalog.transaction() as connection:
        connection.execute(orders_table.update().where(orders_table.c.id == order).values(state="stopped"))
    assert stops(counter) == [SILENT] and counter.seen.can_leave_behind
    with pytest.raises(NotReadyError):
        submit(counter)
    # Its last word comes late, with a page more.
    assert orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.STOPPED, 2)) == 1
    assert stops(counter) == [ON_THEIR_WAY]
    counter.deliver(order, 2, BIRTH[2])
    assert counter.read().can_file


def test_an_order_that_no_agent_was_told_of_keeps_nobody_waiting(counter: Counter) -> None:
    begun(counter, given=False)
    assert stops(counter)
    orders.stop(counter.desk, counter.stack, CLERK)
    assert "counter-silent" not in stops(counter) and counter.seen.feeding is not None
    assert orders.next_order(counter.desk, COUNTER) is None


def test_a_clerk_files_without_the_rest_and_the_rest_becomes_a_stack(counter: Counter) -> None:
    desk = counter.desk
    order = begun(counter, BIRTH[0])
    submit(counter, leave_behind=True)
    first = counter.stack
    outcome = wait_for(lambda: load_outcome(desk.services, first), lambda found: found.state == "closed")
    assert outcome.count.filed == 1
    (entry,) = [e for e in desk.services.catalog.log_entries(f"batches/{first}") if e.action == "handed in"]
    assert [each["order_id"] for each in entry.after["without"]] == [order]
    with pytest.raises(StackGoneError):  # which stops the scanner
        orders.report_order(desk, COUNTER, order, OrderReport(OrderState.RUNNING, 2))
    page = BIRTH[2]
    for _ in range(3):
        assert send(counter, order, 2, page) == orders.TakenPage(sha256(page).hexdigest(), late=True)
    assert send(counter, order, 1, BIRTH[0]) == orders.TakenPage(sha256(BIRTH[0]).hexdigest(), late=False)
    assert orders.report_order(desk, COUNTER, order, OrderReport(OrderState.STOPPED, 2)) == 2
    batch_id = late_batch(desk, order)
    (summary,) = [each for each in stacks.unclaimed(desk, CLERK) if each.batch_id == batch_id]
    assert (summary.pages, summary.counter, summary.number) == (1, COUNTER, None)
    assert summary.late == stacks.LateStack(first, counter.number, (1,))
    assert pictures.late_picture(desk, batch_id, CLERK, 1, 160).startswith(b"\xff\xd8")
    assert "after their stack" in load_outcome(desk.services, batch_id).reason
    with pytest.raises(NotFoundError):
        pictures.late_picture(desk, first, CLERK, 1, 160)
    stacks.claim(desk, batch_id, OTHER, COUNTER)
    with pytest.raises(NotFoundError):  # from now on it is a clerk's own
        pictures.late_picture(desk, batch_id, CLERK, 1, 160)
    stacks.describe(desk, batch_id, OTHER, counter.number, None)
    counter.stack = batch_id
    wait_for(lambda: view(desk, batch_id, OTHER), lambda seen: seen.can_file)
    assert counter.file(OTHER).state == "closed"
    # Sent once more by an agent that was started again: still the same page.
    assert send(counter, order, 2, page).late
    assert not [
        each
        for each in stacks.unclaimed(desk, CLERK)
        if each.late and order in orders_of(desk, each.batch_id)
    ]
    dossier = desk.services.catalog.dossier(counter.number)
    assert dossier is not None and len(dossier.documents) == 2


def test_pages_of_a_stack_that_was_given_up_and_of_unknown_orders_are_kept(counter: Counter) -> None:
    desk = counter.desk
    order = begun(counter, BIRTH[0])
    orders.report_order(desk, COUNTER, order, OrderReport(OrderState.DONE, 2))
    stacks.give_up(desk, counter.stack, CLERK)
    assert send(counter, order, 2, BIRTH[2]).late
    late_batch(desk, order)
    for unknown in (17, 18):  # a catalog made anew knows no orders
        with pytest.raises(StackGoneError):
            orders.report_order(desk, COUNTER, unknown, OrderReport(OrderState.RUNNING, 1))
        for no, page in enumerate(BIRTH[:3], start=1):
            assert send(counter, unknown, no, page).late
        assert orders.report_order(desk, COUNTER, unknown, OrderReport(OrderState.DONE, 3)) == 3
        batch_id = late_batch(desk, unknown)
        (summary,) = [each for each in stacks.unclaimed(desk, CLERK) if each.batch_id == batch_id]
        assert summary.late == stacks.LateStack("", None, (1, 2, 3))


def test_other_bytes_under_a_number_are_kept_beside_the_first(counter: Counter) -> None:
    order = begun(counter, BIRTH[0])
    assert send(counter, order, 1, BIRTH[2]).late
    assert send(counter, order, 1, BIRTH[0]) == orders.TakenPage(sha256(BIRTH[0]).hexdigest(), late=False)
    assert late_batch(counter.desk, order)


def test_a_late_page_survives_a_kill_before_it_was_stored(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, store = counter.desk, type(counter.desk.services.store)
    put, here = store.put, current_thread()

    def killed(*arguments: Any, **named: Any) -> StoredObject:
        if current_thread() is here:  # the desk's other threads store things too
            raise KeyboardInterrupt
        return put(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(store, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            send(counter, 19, 1, BIRTH[0])
    assert orders.report_order(desk, COUNTER, 19, OrderReport(OrderState.DONE, 1)) == 0
    assert send(counter, 19, 1, BIRTH[0]).late
    assert orders.report_order(desk, COUNTER, 19, OrderReport(OrderState.DONE, 1)) == 1
    assert len(orders_of(desk, late_batch(desk, 19))) == 1
