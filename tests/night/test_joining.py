"""Machines with one reader read together in a run; an older release is refused with the reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.errors import StateError
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NewItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.ledger.workers import enter_worker
from scanflow.night.runs.beginning import is_stopped
from scanflow.night.runs.joining import is_overtaken, join_reading
from scanflow.recognition.reader import Reader
from scanflow.settings import Settings

OURS, OTHER = Reader("tesseract 5.5.0 scanflow_vie", "1.aa"), Reader("tesseract 5.5.0 vie", "1.aa")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(Settings(home=tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def run(catalog: Catalog) -> NightRun:
    with catalog.transaction() as connection:
        begun = night_runs.begin_run(connection, "reocr", {}, by="thu")
        night_items.add_items(connection, begun.id, [NewItem("a/01")])
    return begun


def overtaken(catalog: Catalog, run: NightRun, program: str) -> bool:
    return is_stopped(catalog, run.id, lambda now: is_overtaken(now, OURS, program))


def test_an_older_release_is_refused_and_a_newer_one_takes_over(catalog: Catalog, run: NightRun) -> None:
    join_reading(catalog, run.id, OURS, "scanflow 0.9.0")
    join_reading(catalog, run.id, OURS, "scanflow 0.9.0")  # another machine of the same kind
    assert not overtaken(catalog, run, "scanflow 0.9.0")
    with pytest.raises(
        StateError, match=r"of scanflow 0\.9\.0, this machine with .* of scanflow 0\.8\.12: update"
    ):
        join_reading(catalog, run.id, OTHER, "scanflow 0.8.12")
    join_reading(catalog, run.id, OTHER, "scanflow 0.10.0")
    assert overtaken(catalog, run, "scanflow 0.9.0")
    with pytest.raises(StateError):
        join_reading(catalog, run.id, OURS, "scanflow 0.9.0")


def test_another_reader_of_the_same_release_waits_until_nobody_reads(catalog: Catalog, run: NightRun) -> None:
    join_reading(catalog, run.id, OURS, "scanflow 0.9.0")
    with catalog.transaction() as connection:
        enter_worker(connection, "night-one", host="h", pid=1, born="1", place="p")
        item = night_items.claim_item(connection, run.id, "night-one")
    assert item is not None
    with pytest.raises(StateError, match="install what it lacks"):
        join_reading(catalog, run.id, OTHER, "scanflow 0.9.0")
    with catalog.transaction() as connection:
        night_items.give_back(connection, item)
    join_reading(catalog, run.id, OTHER, "scanflow 0.9.0")
    assert overtaken(catalog, run, "scanflow 0.9.0")
