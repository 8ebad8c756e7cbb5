"""Stacks, waiting batches and hints stay within the clerk's agency, on both databases."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import insert

from scanflow.archive.database.tables import batches, documents, pages
from scanflow.archive.people import accounts, agencies, counter_accounts
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.changing import changes
from scanflow.desk.context import Desk
from scanflow.desk.stack_view import pictures
from scanflow.desk.stack_view.already_held import find_held
from scanflow.desk.stack_view.view import view
from scanflow.errors import NotFoundError, ScanflowError
from scanflow.ledger.batches import Intake, begin_batch, get_batch, set_batch
from scanflow.ledger.lease import lock
from scanflow.membership import Membership
from scanflow.model import BatchState, Evidence, Paper
from tests.archive.filing import add_version
from tests.conftest import NewSettings
from tests.ledger.forcing import force_state
from tests.web.serving import opened_desk

PASSWORD = "một mật khẩu dài"
NORTH, SOUTH = "H57.132", "H57.133"
LAN, MINH = "lan", "minh"
COUNTERS = {LAN: "Quầy 1", MINH: "Quầy 2"}


@pytest.fixture
def desk(new_settings: NewSettings) -> Iterator[Desk]:
    """Two agencies: Lan's in the north, Minh's in the south, a counter each."""
    with opened_desk(new_settings("home")) as opened:
        catalog = opened.services.catalog
        for code, clerk in ((NORTH, LAN), (SOUTH, MINH)):
            agencies.add_agency(catalog, code, code)
            counter_accounts.make_counter(catalog, COUNTERS[clerk], agency=code)
            accounts.add_user(catalog, clerk, clerk.title(), PASSWORD, member=Membership(code))
        yield opened


def begin(desk: Desk, clerk: str) -> str:
    return stacks.open_stack(desk, clerk=clerk, counter=COUNTERS[clerk], number=None, procedure=None)


def waiting(desk: Desk, agency: str, mark: str) -> str:
    """A batch that came without a number."""
    with desk.services.catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("inbox", agency=agency), BatchState.UNASSIGNED)
        set_batch(lock(connection, batch_id), reason="no-number")
    return batch_id


def refusal(act: Callable[[str], object], batch_id: str) -> tuple[type[ScanflowError], str, str]:
    with pytest.raises(ScanflowError) as refused:
        act(batch_id)
    error = refused.value
    return type(error), error.message.replace(batch_id, "?"), error.message_vi.replace(batch_id, "?")


EVERYTHING: dict[str, Callable[[Desk, str], object]] = {
    "view": lambda desk, batch: view(desk, batch, LAN),
    "picture": lambda desk, batch: pictures.picture(desk, batch, LAN, 1, 160),
    "claim": lambda desk, batch: stacks.claim(desk, batch, LAN, COUNTERS[LAN]),
    "describe": lambda desk, batch: stacks.describe(desk, batch, LAN, None, None),
    "submit": lambda desk, batch: stacks.submit(desk, batch, LAN, 0),
    "give up": lambda desk, batch: stacks.give_up(desk, batch, LAN),
    "scan": lambda desk, batch: orders.scan(desk, batch, LAN, device="", profile="papers"),
    "stop": lambda desk, batch: orders.stop(desk, batch, LAN),
    "turn": lambda desk, batch: changes.rotate(desk, batch, LAN, 1, 90),
    "remove": lambda desk, batch: changes.remove(desk, batch, LAN, 1),
    "restore": lambda desk, batch: changes.restore(desk, batch, LAN, 1),
    "arrange": lambda desk, batch: changes.arrange(desk, batch, LAN, [[1]]),
    "split": lambda desk, batch: changes.split(desk, batch, LAN, 1),
    "join": lambda desk, batch: changes.join(desk, batch, LAN, 1),
    "type": lambda desk, batch: changes.choose_type(desk, batch, LAN, 1, None),
    "attest": lambda desk, batch: changes.attest(desk, batch, LAN, 1, on=True),
}


@pytest.mark.parametrize("what", EVERYTHING)
def test_another_agencys_batch_is_refused_as_one_that_nobody_has(desk: Desk, what: str) -> None:
    def act(batch_id: str) -> object:
        return EVERYTHING[what](desk, batch_id)

    unknown = refusal(act, "20261127-080000-00000000")
    assert unknown[0] is NotFoundError
    foreign = begin(desk, MINH)
    assert refusal(act, foreign) == unknown
    assert refusal(act, waiting(desk, SOUTH, "south")) == unknown
    with desk.services.catalog.transaction() as connection:
        force_state(connection, foreign, BatchState.CLOSED)
    assert refusal(act, foreign) == unknown


def test_lists_name_the_own_agencys_only(desk: Desk) -> None:
    north, south = waiting(desk, NORTH, "north"), waiting(desk, SOUTH, "south")
    assert [each.batch_id for each in stacks.unclaimed(desk, LAN)] == [north]
    assert [each.batch_id for each in stacks.unclaimed(desk, MINH)] == [south]
    assert stacks.unclaimed(desk, "root") == []  # who has no account is of the default agency
    stacks.claim(desk, north, LAN, COUNTERS[LAN])
    assert [each.batch_id for each in stacks.my_stacks(desk, LAN)] == [north]


def test_a_clerk_who_moves_leaves_the_stacks_behind(desk: Desk) -> None:
    stack = begin(desk, LAN)
    accounts.set_membership(desk.services.catalog, LAN, Membership(SOUTH))
    assert stacks.my_stacks(desk, LAN) == []
    with pytest.raises(NotFoundError):
        view(desk, stack, LAN)


def test_a_stack_is_begun_at_a_counter_of_the_own_agency(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        stacks.open_stack(desk, clerk=LAN, counter=COUNTERS[MINH], number=None, procedure=None)
    stack = begin(desk, LAN)
    with desk.services.catalog.reading() as connection:
        assert get_batch(connection, stack).agency == NORTH
    batch_id = waiting(desk, NORTH, "north")
    with pytest.raises(NotFoundError):
        stacks.claim(desk, batch_id, LAN, COUNTERS[MINH])


def test_hints_say_nothing_of_other_agencies(desk: Desk) -> None:
    """Both agencies hold a page with the same bytes, the same number and the same fingerprint."""
    catalog = desk.services.catalog
    paper = Paper((0,), "giay-chung-sinh", 0.9, (Evidence("title", "x", 0.9, 0),), "x", {"so": "12/2026"})
    for number, agency in (("N1", NORTH), ("N2", SOUTH)):
        batch_id = waiting(desk, agency, agency)
        catalog.ensure_dossier(number, agency=agency)
        ref = catalog.allocate_document(number, paper, batch_id, 1)
        add_version(desk.services.store, catalog, ref, ["x"], number=number, type=paper.type)
        row = {"batch_id": batch_id, "no": 1, "sha256": "a" * 64, "media_type": "image/jpeg"}
        with catalog.transaction() as connection:
            more = {"state": "filed", "fingerprint": "0" * 16, "document_id": ref.id}
            connection.execute(insert(pages).values(row | more))
            same = documents.c.id == ref.id
            connection.execute(documents.update().where(same).values(paper_number="12/2026"))

    def held(agency: str, sums: list[str], number: str) -> list[str]:
        with catalog.reading() as connection:
            looks = {"checksums": sums, "fingerprints": ["0" * 16]}
            return find_held(desk.services.store, connection, agency, paper, number=number, **looks)

    for agency, own, foreign in ((NORTH, "N1", "N2"), (SOUTH, "N2", "N1")):
        for sums in (["a" * 64], ["b" * 64]):
            assert held(agency, sums, own) == [f"{own}.01"], sums
            # Also where the very number was typed that another agency's dossier has.
            assert f"{foreign}.01" not in held(agency, sums, foreign)
    assert held("default", ["a" * 64], "N1") == []


def test_batches_of_a_site_without_agencies_are_the_default_ones(desk: Desk) -> None:
    with desk.services.catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("inbox"), BatchState.UNASSIGNED)
        assert connection.scalar(batches.select().with_only_columns(batches.c.agency)) == "default"
    assert [each.batch_id for each in stacks.unclaimed(desk, "root")] == [batch_id]
