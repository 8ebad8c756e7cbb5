"""Batches that are not closed say why, in `scanflow batches` and wherever else they are shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.pipeline import heartbeat, turns
from scanflow.pipeline.intake import take
from scanflow.pipeline.ledger import Intake
from scanflow.pipeline.report import batch_ids, report
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings
from tests.pipeline.lab import page, take_batch


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path, jobs=1)) as opened:
        yield opened


def test_taken_but_nobody_works(services: Services) -> None:
    batch_id = take_batch(services, [page("1")])
    assert "no worker is running" in report(services, batch_id).reason
    with services.catalog.transaction() as connection:
        heartbeat.announce(connection, heartbeat.this_worker())
    assert "in the queue" in report(services, batch_id).reason


def test_not_wholly_taken(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(page("1"))
    reads = iter([path.read_bytes()])

    def read(_path: Path) -> bytes:
        try:
            return next(reads)
        except StopIteration:
            raise OSError("the share went away") from None

    with pytest.raises(OSError, match="share"):
        take(services, [path], read, Intake("inbox"))
    with services.catalog.reading() as connection:
        (batch_id,) = batch_ids(connection, only_open=True)
    outcome = report(services, batch_id)
    assert outcome.state == "taking"
    assert "not all of its files" in outcome.reason
    assert "Chưa lấy đủ tệp" in outcome.reason_vi


def test_failed(services: Services) -> None:
    batch_id = take_batch(services, [page("1")])
    with services.catalog.transaction() as connection:
        turns.fail(connection, batch_id, "ValueError after several tries; see the log")
    outcome = report(services, batch_id)
    assert "ValueError after several tries" in outcome.reason
    assert "người quản trị" in outcome.reason_vi
