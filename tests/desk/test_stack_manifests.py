"""A stack at the desk comes back as one, from the bucket alone; it is never filed because of a rebuild."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import batches
from scanflow.archive.people.accounts import add_user
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.store.keys import intake_prefix
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.desk.stack_manifests import ManifestWriter, writing_manifests
from scanflow.settings import Settings
from tests.web.serving import opened_desk

NUMBER = "H13.42-260804-0017"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "home").mkdir()
    with opened_desk(Settings(home=tmp_path / "home")) as opened:
        add_user(opened.services.catalog, "lan", "Lan", "mat-khau-thu-nghiem")
        make_counter(opened.services.catalog, "Quầy 1")
        yield opened


def begin(desk: Desk) -> str:
    return stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)


def manifests(desk: Desk, batch_id: str) -> int:
    return len(list(desk.services.store.list(intake_prefix(batch_id))))


def test_a_stack_that_stands_still_is_written_once(desk: Desk) -> None:
    batch_id = begin(desk)
    writer = ManifestWriter(desk)
    writer.check()
    assert manifests(desk, batch_id) == 0
    for _ in range(3):
        writer.check()
    assert manifests(desk, batch_id) == 1
    stacks.describe(desk, batch_id, "lan", NUMBER, None)
    writer.check()
    writer.check()
    assert manifests(desk, batch_id) == 2
    assert not writer.failing


def test_a_stack_that_changes_all_the_time_is_written_now_and_then(desk: Desk) -> None:
    batch_id = begin(desk)
    writer = ManifestWriter(desk)
    for no in range(20):
        stacks.describe(desk, batch_id, "lan", f"H13.42-260804-{no:04}", None)
        writer.check()
    assert 2 <= manifests(desk, batch_id) <= 4


def test_a_stack_comes_back_to_its_clerk(desk: Desk, tmp_path: Path) -> None:
    with writing_manifests(desk):
        batch_id = begin(desk)
        stacks.describe(desk, batch_id, "lan", NUMBER, None)
    (tmp_path / "anew").mkdir()
    with open_catalog(Settings(home=tmp_path / "anew")) as anew:
        assert rebuild(desk.services.store, anew).problems == []
        with anew.reading() as connection, desk.services.catalog.reading() as lost:
            found = connection.execute(select(batches)).one()
            assert found == lost.execute(select(batches)).one()
    assert (found.id, found.state, found.operator, found.counter) == (batch_id, "desk", "lan", "Quầy 1")
    assert found.clerk_number == NUMBER
