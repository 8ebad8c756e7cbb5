"""The database is away, restarted, locked or read-only while the pipeline works: it waits, and nothing is
half done.
"""

import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanflow.archive.catalog import Catalog
from scanflow.archive.store.base import open_store
from scanflow.errors import CatalogError, CatalogUnavailableError
from scanflow.ledger.batches import batch_ids
from scanflow.pipeline.batch_outcome import outcome_of
from scanflow.pipeline.services import open_services
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.faults.archives import (
    NUMBER,
    require_filed_once,
    require_whole_objects,
    take_paper,
    write_paper,
)
from tests.patience import PATIENCE, wait_until
from tests.pipeline.live_archive import (
    LiveArchive,
    batch,
    comes_to,
    kill_group,
    process,
    slow_pages,
    take_batch,
)
from tests.postgresql import Cluster, postgresql

_QUICK = {
    "SCANFLOW_INBOX__SETTLE": "0.1",
    "SCANFLOW_INBOX__BATCH_GAP": "0.2",
    "SCANFLOW_INBOX__RESCAN": "0.5",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of this module's own, since it is stopped."""
    with postgresql() as started:
        yield started


@pytest.fixture
def shared(cluster: Cluster, tmp_path: Path) -> Iterator[LiveArchive]:
    name = cluster.new_database()
    made = LiveArchive(tmp_path / "home", {**_QUICK, "SCANFLOW_CATALOG__URL": cluster.url(name)})
    yield made
    if cluster.process is None:
        cluster.start()
    made.end()
    cluster.drop_database(name)


@pytest.mark.postgresql
@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "crashed"])
def test_database_restarted_while_a_batch_is_worked_on(
    shared: LiveArchive, cluster: Cluster, *, crash: bool
) -> None:
    with shared.services() as services:
        batch_id = take_batch(services, slow_pages(6))
        with shared.worker() as worker:
            for _ in range(2):
                assert wait_until(lambda: read_pages(services.catalog, batch_id))
                before = read_pages(services.catalog, batch_id)
                cluster.stop(signal.SIGQUIT if crash else signal.SIGINT)
                time.sleep(0.3)
                cluster.start()
                if not comes_to(services, batch_id, "closed", 3):
                    assert read_pages(services.catalog, batch_id) >= before
            assert comes_to(services, batch_id, "closed")
            assert worker.poll() is None
        with services.catalog.reading() as connection:
            outcome = outcome_of(connection, batch_id)
        assert (outcome.count.captured, outcome.count.filed) == (6, 6)
        assert sum(filed.pages for filed in outcome.filed) == 6
        require_whole_objects(services, services.store)


def read_pages(catalog: Catalog, batch_id: str) -> int:
    """How many of a batch's pages are read, or have come further."""
    with catalog.reading() as connection:
        count = outcome_of(connection, batch_id).count
    return count.captured - count.unread


@pytest.mark.postgresql
def test_database_away_the_watcher_takes_nothing_and_says_so(
    shared: LiveArchive, cluster: Cluster, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    write_paper(inbox / NUMBER)
    cluster.stop()
    watcher = shared.start("watch", inbox)  # started before its database: it waits
    try:
        assert "check that PostgreSQL runs" in heard(watcher, "waiting")
        assert not (inbox / "done").exists()
        cluster.start()
        assert wait_until(lambda: list((inbox / "done").rglob("*.jpg")))
        cluster.stop()
        second = write_paper(inbox / NUMBER, "giấy 2.jpg")
        assert "check that PostgreSQL runs" in heard(watcher, "not-taken")
        assert second.exists()
        cluster.start()
        assert wait_until(lambda: not second.exists())
    finally:
        kill_group(watcher)


def heard(process: "subprocess.Popen[str]", word: str) -> str:
    """The next line of a process's output with this word in it; empty if it ends, or prints nothing for too
    long.
    """
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        return next((line for line in process.stdout if word in line), "")
    finally:
        patience.cancel()


@pytest.mark.postgresql
def test_lasting_failure_is_not_waited_for_without_end(
    tmp_path: Path, new_postgresql: Callable[[bool], CatalogSettings]
) -> None:
    """A missing table does not come back by waiting: the batch counts as failed and is not tried for ever."""
    with open_services(Settings(home=tmp_path, jobs=1, catalog=new_postgresql(False))) as services:
        (batch_id,) = take_paper(services, write_paper(tmp_path / "inbox")).batches
        with services.catalog.transaction() as connection:
            connection.exec_driver_sql("ALTER TABLE readings RENAME TO gone")
        with pytest.raises(CatalogError) as caught:
            process(services, batch_id)
        assert not isinstance(caught.value, CatalogUnavailableError)
        with services.catalog.transaction() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO readings")
        require_filed_once(services, process(services, batch_id))


def test_locked_file_is_waited_for(tmp_path: Path) -> None:
    """Another program, such as a backup, holds SQLite's lock for a while."""
    path = write_paper(tmp_path / "inbox")
    with open_services(Settings(home=tmp_path / "home", jobs=1)) as services:
        other = sqlite3.connect(
            tmp_path / "home" / "catalog.db", isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(1, other.rollback).start()
        (batch_id,) = take_paper(services, path).batches
        require_filed_once(services, process(services, batch_id))
        other.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", place], check=False).returncode:
        pytest.skip("no right to mount here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", disk], check=True)


def test_file_system_that_turns_read_only(disk: Path, tmp_path: Path) -> None:
    """As Linux does with a disk that has errors."""
    path = write_paper(tmp_path / "inbox")
    settings = Settings(home=disk / "home", jobs=1, store=StoreSettings(folder=tmp_path / "objects"))
    with open_services(settings) as services:
        (batch_id,) = take_paper(services, path).batches
        services.catalog.engine.dispose()  # a file system with files open for writing can't be made read-only
        remount(disk, "ro")
        with pytest.raises(CatalogUnavailableError, match=r"read-?only|unable to open"):
            process(services, batch_id)
        remount(disk, "rw")
        require_filed_once(services, process(services, batch_id))
        require_whole_objects(services, open_store(settings))
    with open_services(settings) as services, services.catalog.reading() as connection:
        assert batch_ids(connection, only_open=True) == []
        assert batch(services, batch_id).state == "closed"
