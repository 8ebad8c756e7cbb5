"""Batches that are not closed say why, in `scanflow batches` and wherever else they are shown."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from scanflow.archive.database.tables import batches
from scanflow.archive.repair.verify import verify
from scanflow.clock import now
from scanflow.ledger import scheduling
from scanflow.ledger.batches import Intake, batch_ids
from scanflow.ledger.lease import lock
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.queue.jobs import open_submitter
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings
from tests.pipeline.live_archive import NUMBER, LiveArchive, page, process, take_batch


@pytest.fixture
def services(new_settings: Callable[[str], Settings]) -> Iterator[Services]:
    with open_services(new_settings("home")) as opened:
        yield opened


def test_a_taken_batch_without_a_worker_says_so(services: Services) -> None:
    batch_id = take_batch(services, [page("1")])
    assert "no worker is running" in load_outcome(services, batch_id).reason
    with services.catalog.transaction() as connection:
        heartbeat.announce(connection, heartbeat.this_worker())
    assert "in the queue" in load_outcome(services, batch_id).reason


@pytest.fixture
def scans(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"scan{no}.png" for no in (1, 2)]
    for path in paths:
        path.write_bytes(page(path.stem))
    return paths


def interrupted(services: Services, scans: list[Path]) -> str:
    """Take files, and be stopped before the second; the batch."""
    reads = Counter[str]()

    def read(path: Path) -> bytes:
        reads[path.name] += 1
        if reads["scan2.png"] == 2:
            raise OSError("the share went away")
        return path.read_bytes()

    with pytest.raises(OSError, match="share"):
        take(services, scans, read, Intake("inbox", clerk_number=NUMBER))
    with services.catalog.reading() as connection:
        (batch_id,) = batch_ids(connection, only_open=True)
    return batch_id


def test_a_partly_taken_batch_says_so(services: Services, scans: list[Path]) -> None:
    outcome = load_outcome(services, interrupted(services, scans))
    assert outcome.state == "taking"
    assert "not all of its files" in outcome.reason
    assert "Chưa lấy đủ tệp" in outcome.reason_vi


def test_goes_on_in_the_end_without_files_that_never_came(services: Services, scans: list[Path]) -> None:
    batch_id = interrupted(services, scans)
    with open_submitter(services.settings, services.catalog) as submitter:
        submitter.sweep()
        assert load_outcome(services, batch_id).state == "taking"  # its taker may be at it yet
        days_ago = now() - timedelta(days=2)
        with services.catalog.transaction() as connection:
            connection.execute(update(batches).values(updated_at=days_ago))
        submitter.sweep()
    outcome = process(services, batch_id)
    assert (outcome.state, outcome.count.captured, outcome.count.filed) == ("closed", 1, 1)
    # The process that took them is alive after all, or the files come again.
    taken = take(services, scans, Path.read_bytes, Intake("inbox", clerk_number=NUMBER))
    assert len(taken.batches) == 2
    later = process(services, taken.batches[1])
    assert (later.count.captured, later.count.filed) == (1, 1)
    assert verify(services.store, services.catalog).ok


def test_a_failed_batch_says_why(services: Services) -> None:
    batch_id = take_batch(services, [page("1")])
    with services.catalog.transaction() as connection:
        scheduling.fail(lock(connection, batch_id), "ValueError after several tries; see the log")
    outcome = load_outcome(services, batch_id)
    assert "ValueError after several tries" in outcome.reason
    assert "người quản trị" in outcome.reason_vi


def test_only_the_newest_are_shown(live_archive: LiveArchive) -> None:
    with live_archive.services() as opened:
        batch_ids = [take_batch(opened, [page(str(no))]) for no in range(3)]
    code, said = live_archive.run("batches", "--limit", "2")
    assert code == 0
    assert [batch_id for batch_id in batch_ids if batch_id in said] == batch_ids[1:]
    assert "1 older ones are not shown" in said
