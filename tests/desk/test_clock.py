"""The wall clock is set forward and back: agents stay present or absent, and orders' numbers are unique."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanflow.archive.database.tables import files
from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.counter_messages import Hello
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.arriving.presence import SILENT, Presence
from scanflow.desk.context import Desk
from scanflow.settings import Settings
from tests.web.serving import opened_desk

COUNTER = "Quầy 1"
NOON = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)


class Clocks:
    """Both clocks of a process; `wall` may be set."""

    def __init__(self) -> None:
        self.steady = 1000.0
        self.wall = NOON

    def pass_by(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds)

    def presence(self) -> Presence:
        return Presence(lambda: self.steady, lambda: self.wall)


@pytest.mark.parametrize("step", [timedelta(hours=-3), timedelta(0), timedelta(hours=3)], ids=str)
def test_a_clock_that_is_set_makes_no_agent_come_or_go(step: timedelta) -> None:
    clocks = Clocks()
    presence = clocks.presence()
    assert presence.is_here(COUNTER, 5, NOON)
    clocks.wall += step
    assert presence.is_here(COUNTER, 5, NOON)
    clocks.pass_by(SILENT / 2)
    assert presence.is_here(COUNTER, 5, NOON)
    clocks.pass_by(SILENT)
    assert not presence.is_here(COUNTER, 5, NOON)
    assert presence.is_here(COUNTER, 6, clocks.wall)


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(hours=3)], ids=str)
def test_the_clock_of_another_host_that_serves_agents_counts_for_nothing(wrong_by: timedelta) -> None:
    clocks = Clocks()
    presence = clocks.presence()
    for beats in range(1, 6):
        seen_at = clocks.wall + wrong_by
        here = presence.is_here(COUNTER, beats, seen_at)
        assert here or beats == 1  # before the second look only the written time is known
        clocks.pass_by(20)
    clocks.pass_by(SILENT)
    assert not presence.is_here(COUNTER, 5, seen_at)


def test_what_this_process_heard_itself_needs_no_written_time() -> None:
    clocks = Clocks()
    presence = clocks.presence()
    presence.heard(COUNTER, 7)
    assert presence.is_here(COUNTER, 7, NOON - timedelta(hours=9))
    assert not presence.is_here(COUNTER, 7, None)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(Settings(home=tmp_path)) as opened:
        make_counter(opened.services.catalog, COUNTER)
        yield opened


def order(desk: Desk) -> int:
    with desk.services.catalog.transaction() as connection:
        connection.execute(orders_table.update().values(state="done"))
    batch_id = stacks.open_stack(desk, clerk="an", counter=COUNTER, number=None, procedure=None)
    return orders.scan(desk, batch_id, "an", device="", profile="papers")


def test_numbers_of_orders_grow_whatever_the_clock_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [order(desk)]
    for seconds in (1.8e9, 0.0, 1.7e9, 9e9, 1.8e9, 1.8e9):  # 9e9 is in 2255
        monkeypatch.setattr(time, "time_ns", lambda seconds=seconds: int(seconds * 1e9))
        given.append(order(desk))
    assert given == sorted(set(given))
    assert max(given) < 2**62


def test_a_catalog_made_anew_gives_no_number_that_may_lie_somewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its orders are lost and its clock is at 0, while pages and agents know higher numbers."""
    before = order(desk)
    orders.note_hello(desk, COUNTER, Hello(highest_order=before + 10**12))
    orders.note_hello(desk, COUNTER, Hello(highest_order=2**62))  # no such order: not believed
    orders.note_hello(desk, COUNTER, Hello(highest_order=before + 10**12))
    with desk.services.catalog.transaction() as connection:
        connection.execute(orders_table.delete())
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    after = order(desk)
    assert after > before + 10**12
    with desk.services.catalog.transaction() as connection:
        connection.execute(orders_table.delete())
        values = {"no": 1, "name": "a", "sha256": "", "size": 1, "state": "taken", "order_id": after + 10**12}
        batch_id = stacks.my_stacks(desk, "an")[0].batch_id
        connection.execute(files.insert().values(batch_id=batch_id, **values))
    assert order(desk) > after + 10**12
    monkeypatch.undo()
    with desk.services.catalog.transaction() as connection:
        connection.execute(orders_table.delete())
    assert len({order(desk) for _ in range(50)}) == 50
