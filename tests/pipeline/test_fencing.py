"""A stopped worker that continues after another has taken over its batch changes nothing of it.

Real workers, on both databases: one is stopped by SIGSTOP while its batches stand at the points of `held_up`,
another takes them over and finishes them, and a clerk claims those that have no number.
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from scanflow.archive.database.tables import (
    batches,
    documents,
    files,
    objects,
    pages,
    readings,
    versions,
)
from scanflow.archive.repair.verify import verify
from scanflow.desk import stacks
from scanflow.desk.arriving.arrivals import _ArrivingPages
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.changing import changes
from scanflow.desk.context import Desk
from scanflow.errors import OvertakenError
from scanflow.file_locks import try_lock
from scanflow.ledger.batches import Intake, set_batch, unassign
from scanflow.ledger.files import batch_files
from scanflow.ledger.lease import NEXT_TURN, Lease, holding, lock
from scanflow.ledger.pages import batch_pages
from scanflow.ledger.records import TakenFile
from scanflow.model import BatchState
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.page_readings import pages_to_read
from scanflow.pipeline.queue.jobs import open_submitter
from scanflow.pipeline.services import Services, open_services
from tests.conftest import NewSettings
from tests.patience import PATIENCE, wait_until
from tests.pipeline.held_up import HeldUp
from tests.pipeline.live_archive import LiveArchive, batch, comes_to, lease, page, process

CLERK = "lan"
NUMBERS = {"file": "H13.42-260804-0017", "release": "H13.42-260804-0018"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveArchive]:
    """An archive with real workers on each of the two databases."""
    variables = {}
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgresql")(True).url
        variables["SCANFLOW_CATALOG__URL"] = url.get_secret_value()
    made = LiveArchive(tmp_path / "home", variables)
    yield made
    made.end()


def take_one(services: Services, point: str, number: str | None, *, files: int = 1) -> str:
    """Take a batch of files of one page whose worker is to be held up there; its id."""
    folder = services.settings.home / "in" / point
    folder.mkdir(parents=True)
    paths = [folder / f"scan{no}.png" for no in range(files)]
    for path in paths:
        path.write_bytes(page(point + path.name))
    intake = Intake("ingest", operator=point, clerk_number=number)
    (batch_id,) = take(services, paths, Path.read_bytes, intake).batches
    return batch_id


def rows_of(services: Services, batch_ids: list[str]) -> dict[str, list[Any]]:
    """Everything that the catalog says of batches and of the store's objects."""
    of_batch = {table.name: table.c.batch_id.in_(batch_ids) for table in (files, pages, readings, documents)}
    with services.catalog.reading() as connection:
        found: dict[str, list[Any]] = {
            table.name: list(connection.execute(select(table).where(of_batch[table.name])).fetchall())
            for table in (files, pages, readings, documents)
        }
        own = select(batches).where(batches.c.id.in_(batch_ids))
        found["batches"] = list(connection.execute(own))
        found["versions"] = list(connection.execute(select(versions)))
        found["objects"] = list(connection.execute(select(objects).where(objects.c.key.not_like("log/%"))))
    found["stored"] = [(each.key, each.sha256) for each in services.store.list() if not _is_log(each.key)]
    return {name: sorted(map(str, rows)) for name, rows in found.items()}


def _is_log(key: str) -> bool:
    """Whether it is a copy of the log, which each program writes from time to time."""
    return key.startswith("log/")


def desk_of(services: Services) -> Desk:
    """A desk without its reading threads and without a queue."""
    return Desk(services, lambda _batch_id: None, services.children, ChangeEvents())


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def stop_without_locks(pid: int, services: Services) -> None:
    """Wait until a held-up worker has stopped, when it holds no lock on a file or in the database.

    Its heartbeat runs in another thread; a lock held while the process is stopped would block all others.
    """
    home = services.settings.home
    assert wait_until(lambda: is_stopped(pid))
    files = [path for path in (home / "catalog.db", home / "jobs.db") if path.exists()]
    while (
        any(map(_is_locked, files))
        or any(map(_is_held, (home / "objects" / ".locks").iterdir()))
        or _has_open_transactions(services)
    ):
        os.kill(pid, signal.SIGCONT)
        assert wait_until(lambda: is_stopped(pid))


def _has_open_transactions(services: Services) -> bool:
    """Whether another session of the database is in a transaction; SQLite's lock is on its file."""
    if services.catalog.engine.dialect.name == "sqlite":
        return False
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() "
        "AND datname = current_database() AND backend_type = 'client backend'"
    )
    with services.catalog.reading() as connection:
        return bool(connection.execute(text(query)).scalar_one())


def _is_locked(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def _is_held(lock: Path) -> bool:
    with lock.open() as file:
        return not try_lock(file)


def test_a_stopped_worker_changes_nothing_of_batches_that_another_has_taken_over(site: LiveArchive) -> None:
    points = ("unpack", "read", "file", "release")
    with site.services() as services, open_submitter(services.settings, services.catalog) as submitter:
        of = {point: take_one(services, point, NUMBERS.get(point)) for point in points}
        for batch_id in of.values():
            submitter.submit(batch_id)
        first = site.start(*of.values(), module="tests.pipeline.held_up", SCANFLOW_WORK__BATCHES="4")
        stop_without_locks(first.pid, services)
        assert {point: batch(services, of[point]).state for point in points} == {
            **dict.fromkeys(("unpack", "read", "file"), "taken"),
            "release": "closed",
        }
        with site.worker(SCANFLOW_WORK__SILENCE="2") as second:
            for point in ("unpack", "read"):
                assert comes_to(services, of[point], "unassigned")
            assert comes_to(services, of["file"], "closed")
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE) == 0
        desk = desk_of(services)
        for point in ("unpack", "read"):
            stacks.claim(desk, of[point], CLERK, None)
            stacks.describe(desk, of[point], CLERK, "H13.42-260804-0099", None)
        before = rows_of(services, list(of.values()))
        (site.home / "go").touch()
        os.kill(first.pid, signal.SIGCONT)
        # It ends in good order when nothing is in its hands any more.
        first.send_signal(signal.SIGTERM)
        said, _ = first.communicate(timeout=PATIENCE)
        assert first.returncode == 0, said
        assert said.count("overtaken") == 3, said
        after = rows_of(services, list(of.values()))
        # What was about to be deleted is deleted by one of them: the ledger no longer needs it.
        released = {each for each in before["stored"] if f"intake/{of['release']}/files/" in each}
        after["stored"] = sorted({*after["stored"], *released})
        assert after == before
        assert {batch(services, of[point]).state for point in ("unpack", "read")} == {BatchState.DESK}
        found = verify(services.store, services.catalog)
        assert found.ok and found.unknown == ()


@contextmanager
def held_up(services: Services) -> Iterator[tuple[HeldUp, threading.Event, threading.Event]]:
    """Services that pause, the event that tells of it, and the one that lets them go on."""
    paused, going = threading.Event(), threading.Event()

    def pause(_batch_id: str) -> None:
        paused.set()
        assert going.wait(PATIENCE)

    made = HeldUp(services, pause)
    try:
        with made.children:
            yield made, paused, going
    finally:
        going.set()


@pytest.fixture
def services(new_settings: NewSettings) -> Iterator[Services]:
    settings = new_settings("home").model_copy(update={"jobs": 1})
    with open_services(settings) as opened:
        yield opened


@pytest.mark.parametrize("point", ["unpack", "read", "file"])
def test_worker_that_was_held_up_does_not_change_what_a_clerk_has(services: Services, point: str) -> None:
    """Meanwhile the batch was taken over, left without a number, claimed, and given other data."""
    with held_up(services) as (slow, paused, going), ThreadPoolExecutor(1) as thread:
        batch_id = take_one(services, point, NUMBERS["file"])
        working = thread.submit(slow.process, slow.services, lease(services, batch_id))
        assert paused.wait(PATIENCE)
        with services.catalog.transaction() as connection:  # the take-over
            set_batch(lock(connection, batch_id), **NEXT_TURN)
        with holding(services.catalog, lease(services, batch_id)) as held:
            unassign(held, "no-number")
        desk = desk_of(services)
        stacks.claim(desk, batch_id, CLERK, None)
        stacks.describe(desk, batch_id, CLERK, NUMBERS["release"], None)
        before = rows_of(services, [batch_id])
        going.set()
        with pytest.raises(OvertakenError):
            working.result(PATIENCE)
        assert rows_of(services, [batch_id]) == before


def test_release_is_asked_of_the_ledger_before_each_deletion(services: Services) -> None:
    """A file that the ledger needs again by then, as after an older catalog was restored, is kept."""
    with held_up(services) as (slow, paused, going), ThreadPoolExecutor(1) as thread:
        batch_id = take_one(services, "release", NUMBERS["release"], files=2)
        keys = {file.id: file.object_key for file in files_of(services, batch_id)}
        working = thread.submit(slow.process, slow.services, lease(services, batch_id))
        assert paused.wait(PATIENCE)
        assert batch(services, batch_id).state == "closed"
        with services.catalog.transaction() as connection:
            for id, key in keys.items():
                connection.execute(update(files).where(files.c.id == id).values(object_key=key))
        going.set()
        working.result(PATIENCE)
        # The first was being deleted when the ledger changed; the second was still to be asked for.
        kept = [each.key for each in services.store.list() if each.key in keys.values()]
        assert len(kept) == 1


def test_desk_reader_that_was_held_up_does_not_change_a_stack_that_came_back(services: Services) -> None:
    """It changes neither a stack of a later turn, nor a page that was read or set aside meanwhile."""
    with held_up(services) as (slow, paused, going), ThreadPoolExecutor(1) as thread:
        batch_id = take_one(services, "", None)
        process(services, batch_id)
        desk = desk_of(services)
        stacks.claim(desk, batch_id, CLERK, None)
        changes.rotate(desk, batch_id, CLERK, 1, 90)
        assert page_row(services, batch_id).state == "taken"
        slow_reader, old = _ArrivingPages(desk_of(slow.services)), lease(services, batch_id)
        (row,) = files_of(services, batch_id)
        unpacked = services.children.unpack(services.store.get(row.object_key), row.name).result()
        file = TakenFile(row.id, row.no, row.name, row.object_key, row.sha256, 1, unpacked)
        (to_read,) = pages_to_read(file)
        working = thread.submit(
            slow.at_point, "read", batch_id, lambda: slow_reader._read_and_note(old, to_read)
        )
        assert paused.wait(PATIENCE)
        _ArrivingPages(desk)._read_and_note(old, to_read)  # another server's reader is faster
        before = rows_of(services, [batch_id])
        going.set()
        working.result(PATIENCE)
        assert rows_of(services, [batch_id]) == before
        with services.catalog.transaction() as connection:  # submitted, without a number, claimed again
            set_batch(lock(connection, batch_id), **NEXT_TURN)
        with pytest.raises(OvertakenError):
            slow_reader._read_and_note(old, to_read)


def files_of(services: Services, batch_id: str) -> Sequence[Any]:
    with services.catalog.reading() as connection:
        return batch_files(connection, batch_id)


def page_row(services: Services, batch_id: str) -> Any:
    with services.catalog.reading() as connection:
        (row,) = batch_pages(connection, batch_id)
    return row


def test_a_lease_is_good_in_its_state_and_turn_only(services: Services) -> None:
    batch_id = take_one(services, "", None)
    good = lease(services, batch_id)
    with holding(services.catalog, good) as held:
        assert (held.batch_id, held.lease) == (batch_id, good)
    for other in (
        Lease(batch_id, BatchState.DESK, good.turn),
        Lease(batch_id, good.state, good.turn + 1),
        Lease("nobody", good.state, good.turn),
    ):
        with pytest.raises(OvertakenError), holding(services.catalog, other):
            pass
