"""Commands work on their own batches without the queue; where one is killed, another process goes on."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from scanflow.archive.database.tables import workers
from scanflow.errors import OvertakenError
from scanflow.ledger.batches import batch_ids
from scanflow.ledger.lease import Lease, holding
from scanflow.ledger.scheduling import claim
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.queue.direct import short_lived_worker
from scanflow.pipeline.queue.jobs import open_submitter
from scanflow.pipeline.queue.worker import wait_for
from scanflow.pipeline.services import Services
from tests.patience import PATIENCE, wait_until
from tests.pipeline.kept_readings import MARK, kept_readings, mark_kept_readings
from tests.pipeline.live_archive import (
    MISBEHAVING,
    NUMBER,
    LiveArchive,
    batch,
    begun_pages,
    comes_to,
    kill_group,
    page,
    take_batch,
)


def entered_workers(services: Services) -> list[str]:
    with services.catalog.reading() as connection:
        return list(connection.scalars(select(workers.c.id)))


def claimed(services: Services) -> list[str]:
    """The batches that a command has claimed."""
    with services.catalog.reading() as connection:
        found = batch_ids(connection, only_open=False)
    return [each for each in found if (batch(services, each).job or "").startswith("direct/")]


def files(folder: Path, pages: list[bytes]) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"scan{no:02}.png" for no in range(len(pages))]
    for path, data in zip(paths, pages, strict=True):
        path.write_bytes(data)
    return paths


def test_command_alone_starts_no_queue(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        with short_lived_worker(services) as submitter:
            batch_id = take_batch(services, [page("1")])
            submitter.submit(batch_id)
            submitter.submit(batch_id)
            assert len(entered_workers(services)) == 1
            assert wait_for(services, batch_id).state == "closed"
        assert load_outcome(services, batch_id).count.filed == 1
        assert entered_workers(services) == []
        assert not (live_archive.home / "jobs.db").exists()


def test_command_beside_a_worker_or_leftovers_uses_the_queue(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        left = take_batch(services, [page("1")])
        with short_lived_worker(services):  # it works on what another left, too
            assert comes_to(services, left, "closed")
        assert (live_archive.home / "jobs.db").exists()
        with services.catalog.transaction() as connection:
            heartbeat.announce(connection, heartbeat.this_worker())
        with short_lived_worker(services) as submitter:
            batch_id = take_batch(services, [page("2")])
            submitter.submit(batch_id)
            assert comes_to(services, batch_id, "closed")
            assert claimed(services) == []


def test_batch_that_the_command_sent_on_is_no_leftover(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")])
        with short_lived_worker(services, own=batch_id) as submitter:
            submitter.submit(batch_id)
            assert wait_for(services, batch_id).state == "closed"
        assert claimed(services) == [batch_id]


@pytest.mark.parametrize("successor", ["ingest", "worker"])
def test_killed_command_is_followed_by_one_that_reads_no_page_twice(
    live_archive: LiveArchive, tmp_path: Path, successor: str
) -> None:
    with live_archive.services() as services:
        # Without a number, so that the readings are still there to be looked at in the end.
        first = live_archive.start("ingest", *files(tmp_path / "in", begun_pages(3)), module=MISBEHAVING)
        assert wait_until(lambda: claimed(services))
        (batch_id,) = claimed(services)
        assert wait_until(lambda: len(kept_readings(services, batch_id)) == 3)
        kill_group(first)
        turn, before = batch(services, batch_id).turn, kept_readings(services, batch_id)
        mark_kept_readings(services, batch_id)
        assert len(entered_workers(services)) == 1
        if successor == "worker":
            with live_archive.worker():
                assert comes_to(services, batch_id, "unassigned")
        else:
            (other,) = files(tmp_path / "more", [page("other", lines=3)])
            code, said = live_archive.run("ingest", other, "-d", NUMBER, SCANFLOW_WORK__GRACE="60")
            assert code == 0, said
            assert comes_to(services, batch_id, "unassigned")
        assert batch(services, batch_id).turn > turn
        after = kept_readings(services, batch_id)
        assert len(after) == 6
        assert {no for no, count in after.items() if count == MARK} == set(before)


def test_claim_takes_the_batch_from_a_job_that_a_sweep_enqueued(live_archive: LiveArchive) -> None:
    """Another worker's sweep may find the batch between its taking and the claim."""
    with live_archive.services() as services, short_lived_worker(services) as direct:
        batch_id = take_batch(services, [page("1")])
        swept = batch(services, batch_id)
        direct.submit(batch_id)
        with (
            pytest.raises(OvertakenError),
            holding(services.catalog, Lease(batch_id, swept.state, swept.turn)),
        ):
            pass
        assert wait_for(services, batch_id).state == "closed"


def test_claim_leaves_a_batch_that_has_a_job(live_archive: LiveArchive) -> None:
    with live_archive.services() as services, short_lived_worker(services) as direct:
        batch_id = take_batch(services, [page("1")])
        with open_submitter(services.settings, services.catalog) as submitter:
            submitter.submit(batch_id)
        before = batch(services, batch_id)
        direct.submit(batch_id)
        assert batch(services, batch_id) == before


def test_command_that_is_interrupted_at_its_claim_stays_entered(
    live_archive: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise no other worker would take the batch over."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")])
        with pytest.raises(KeyboardInterrupt), short_lived_worker(services, own=batch_id) as direct:
            monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupt)
            direct.submit(batch_id)
        monkeypatch.undo()
        assert claimed(services) == [batch_id]
        assert len(entered_workers(services)) == 1


def test_claim_of_a_worker_that_is_not_entered_is_taken_over(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")])
        with services.catalog.transaction() as connection:
            assert claim(connection, batch_id, heartbeat.this_worker().id) is not None
        with live_archive.worker():
            assert comes_to(services, batch_id, "closed", 60)


def test_interrupted_command_hands_its_batch_on(live_archive: LiveArchive, tmp_path: Path) -> None:
    with live_archive.services() as services:
        paths = files(tmp_path / "in", begun_pages(1))
        process = live_archive.start(
            "ingest", *paths, "-d", NUMBER, module=MISBEHAVING, SCANFLOW_WORK__GRACE="0"
        )
        assert wait_until(lambda: claimed(services))
        (batch_id,) = claimed(services)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert batch(services, batch_id).state == "taken"
        assert batch(services, batch_id).attempts == 0
        with live_archive.worker():
            assert comes_to(services, batch_id, "closed")
