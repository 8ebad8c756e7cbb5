"""The stack of an absent clerk is handed to another, or back to the waiting ones; on both databases."""

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from scanflow.archive.logbook import batch_subject
from scanflow.archive.people import accounts, agencies, counter_accounts
from scanflow.clock import now
from scanflow.counter_messages import OrderReport
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.changing import handover
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view import view
from scanflow.errors import (
    ChangedError,
    DeniedError,
    NotFoundError,
    NotYoursError,
    StackGoneError,
    UsageError,
)
from scanflow.ledger.batches import get_batch
from scanflow.ledger.files import batch_files
from scanflow.membership import Membership, Role
from scanflow.model import BatchState
from scanflow.model.order_states import OrderState
from tests.conftest import NewSettings
from tests.ledger.forcing import force_state
from tests.scanner.sheets import marked_page
from tests.web.serving import opened_desk

PASSWORD = "một mật khẩu dài"
NORTH, SOUTH = "H57.132", "H57.133"
COUNTER = "Quầy 1"
LAN, MINH, HOA, NAM, ADMIN = "lan", "minh", "hoa", "nam", "admin"
PEOPLE = {
    LAN: Membership(NORTH),
    MINH: Membership(NORTH),
    HOA: Membership(NORTH, Role.SUPERVISOR),
    NAM: Membership(SOUTH, Role.SUPERVISOR),
    ADMIN: Membership(SOUTH, Role.OPERATOR),
}


@pytest.fixture
def desk(new_settings: NewSettings) -> Iterator[Desk]:
    with opened_desk(new_settings("home")) as opened:
        catalog = opened.services.catalog
        for code in (NORTH, SOUTH):
            agencies.add_agency(catalog, code, code)
        for name, member in PEOPLE.items():
            accounts.add_user(catalog, name, name.title(), PASSWORD, member=member)
        counter_accounts.make_counter(catalog, COUNTER, agency=NORTH)
        yield opened


@pytest.fixture
def stack(desk: Desk) -> str:
    """A stack of Lan, who is absent."""
    return stacks.open_stack(desk, clerk=LAN, counter=COUNTER, number=None, procedure=None)


def ids(found: list[stacks.StackSummary]) -> list[str]:
    return [each.batch_id for each in found]


def test_a_supervisor_hands_a_stack_over_and_the_former_clerk_is_informed(desk: Desk, stack: str) -> None:
    (shown,) = handover.others_stacks(desk, HOA)
    assert (shown.batch_id, shown.clerk) == (stack, LAN) and shown.since <= now()
    handover.hand_over(desk, stack, HOA, holder=LAN, to=MINH)
    assert ids(stacks.my_stacks(desk, LAN)) == [] and ids(stacks.my_stacks(desk, MINH)) == [stack]
    assert view(desk, stack, MINH).clerk == MINH
    (away,) = handover.handed_away(desk, LAN)
    assert (away.batch_id, away.clerk, away.handed_by) == (stack, MINH, HOA)
    with pytest.raises(NotYoursError, match="handed over at"):
        view(desk, stack, LAN)
    entry = desk.services.catalog.log_entries(batch_subject(stack))[-1]
    assert (entry.actor, entry.action) == (HOA, "handed over")
    assert (entry.before, entry.after) == ({"clerk": LAN}, {"clerk": MINH})


def test_a_supervisor_takes_a_stack_over(desk: Desk, stack: str) -> None:
    handover.hand_over(desk, stack, HOA, holder=LAN, to=HOA)
    assert ids(stacks.my_stacks(desk, HOA)) == [stack]
    assert handover.others_stacks(desk, HOA) == []


def test_the_former_clerk_can_change_nothing_any_more(desk: Desk, stack: str) -> None:
    """Nor can a job from before: the turn is another."""
    with desk.services.catalog.reading() as connection:
        before = get_batch(connection, stack)
    handover.hand_over(desk, stack, HOA, holder=LAN, to=MINH)
    with desk.services.catalog.reading() as connection:
        after = get_batch(connection, stack)
    assert after.turn > before.turn and after.revision > before.revision
    attempts: list[Callable[[], object]] = [
        lambda: stacks.describe(desk, stack, LAN, None, None),
        lambda: stacks.submit(desk, stack, LAN, after.revision),
        lambda: stacks.give_up(desk, stack, LAN),
        lambda: stacks.claim(desk, stack, LAN, COUNTER),
    ]
    for attempt in attempts:
        with pytest.raises(NotYoursError):
            attempt()


def test_a_released_stack_waits_for_any_clerk_of_the_agency(desk: Desk, stack: str) -> None:
    handover.release(desk, stack, HOA, holder=LAN)
    (waits,) = stacks.unclaimed(desk, MINH)
    assert waits.batch_id == stack and waits.reason_vi
    assert stacks.unclaimed(desk, NAM) == []
    assert handover.others_stacks(desk, HOA) == []
    assert ids(handover.handed_away(desk, LAN)) == [stack]
    stacks.claim(desk, stack, MINH, COUNTER)
    assert stacks.unclaimed(desk, MINH) == [] and ids(stacks.my_stacks(desk, MINH)) == [stack]
    with pytest.raises(NotYoursError):
        stacks.claim(desk, stack, LAN, COUNTER)
    entry = desk.services.catalog.log_entries(batch_subject(stack))[-2]
    assert (entry.action, entry.before, entry.after) == ("released", {"clerk": LAN}, {"clerk": None})


@pytest.mark.parametrize("released", [True, False], ids=["released", "handed over"])
def test_pages_that_are_still_arriving_come_into_the_stack(desk: Desk, stack: str, released: bool) -> None:
    order = orders.scan(desk, stack, LAN, device="", profile="papers")

    def deliver(no: int) -> None:
        page = marked_page(no)
        orders.take_page(desk, COUNTER, order, no, page, "image/jpeg", sha256(page).hexdigest())

    deliver(1)
    if released:
        handover.release(desk, stack, HOA, holder=LAN)
    else:
        handover.hand_over(desk, stack, HOA, holder=LAN, to=MINH)
    deliver(2)
    orders.report_order(desk, COUNTER, order, OrderReport(OrderState.DONE, 2))
    if released:
        stacks.claim(desk, stack, MINH, COUNTER)
    deliver(3)  # over a network that was away
    with desk.services.catalog.reading() as connection:
        assert [row.state for row in batch_files(connection, stack)] == ["taken"] * 3
    feeding = view(desk, stack, MINH).feeding
    assert feeding is not None and feeding.id == order


def test_only_a_supervisor_of_the_agency_may_hand_over(desk: Desk, stack: str) -> None:
    refusals = []
    for batch_id in (stack, "20261127-080000-00000000"):
        with pytest.raises(NotFoundError) as refused:
            handover.hand_over(desk, batch_id, NAM, holder=LAN, to=NAM)
        refusals.append(refused.value.message.replace(batch_id, "?"))
        with pytest.raises(DeniedError):
            handover.release(desk, batch_id, MINH, holder=LAN)
        with pytest.raises(DeniedError):
            handover.supervised(desk, batch_id, LAN)
    assert refusals[0] == refusals[1]
    assert handover.others_stacks(desk, NAM) == []
    with pytest.raises(DeniedError):
        handover.others_stacks(desk, MINH)
    assert ids(stacks.my_stacks(desk, LAN)) == [stack]


def test_an_operator_may_hand_over_in_every_agency(desk: Desk, stack: str) -> None:
    assert ids(handover.others_stacks(desk, ADMIN)) == [stack]
    with pytest.raises(NotFoundError):  # a stack stays in its agency
        handover.hand_over(desk, stack, ADMIN, holder=LAN, to=ADMIN)
    handover.hand_over(desk, stack, ADMIN, holder=LAN, to=MINH)
    assert ids(stacks.my_stacks(desk, MINH)) == [stack]


def test_what_changed_meanwhile_is_looked_at_again(desk: Desk, stack: str) -> None:
    handover.hand_over(desk, stack, HOA, holder=LAN, to=MINH)
    with pytest.raises(ChangedError):
        handover.hand_over(desk, stack, HOA, holder=LAN, to=HOA)
    with pytest.raises(ChangedError):
        handover.release(desk, stack, HOA, holder=LAN)
    with pytest.raises(UsageError):
        handover.hand_over(desk, stack, HOA, holder=MINH, to=MINH)


@pytest.mark.parametrize("to", [NAM, "nobody", ""])
def test_a_stack_is_given_only_to_a_clerk_who_can_work_on_it(desk: Desk, stack: str, to: str) -> None:
    with pytest.raises(NotFoundError):
        handover.hand_over(desk, stack, HOA, holder=LAN, to=to)
    accounts.disable_user(desk.services.catalog, MINH)
    with pytest.raises(NotFoundError):
        handover.hand_over(desk, stack, HOA, holder=LAN, to=MINH)


def test_a_stack_is_handed_over_by_command(desk: Desk, stack: str) -> None:
    catalog = desk.services.catalog
    handover.hand_over_by_command(catalog, stack, MINH, actor="root")
    assert ids(stacks.my_stacks(desk, MINH)) == [stack]
    handover.release_by_command(catalog, stack, actor="root")
    with pytest.raises(UsageError):
        handover.release_by_command(catalog, stack, actor="root")
    handover.hand_over_by_command(catalog, stack, LAN, actor="root")
    assert ids(stacks.my_stacks(desk, LAN)) == [stack]
    assert [(entry.actor, entry.action) for entry in catalog.log_entries(batch_subject(stack))[1:]] == [
        ("root", "handed over"),
        ("root", "released"),
        ("root", "handed over"),
    ]
    with pytest.raises(NotFoundError):
        handover.hand_over_by_command(catalog, stack, NAM, actor="root")
    with pytest.raises(NotFoundError):
        handover.release_by_command(catalog, "nothing", actor="root")
    with catalog.transaction() as connection:
        force_state(connection, stack, BatchState.CLOSED)
    with pytest.raises(StackGoneError):
        handover.hand_over_by_command(catalog, stack, MINH, actor="root")
