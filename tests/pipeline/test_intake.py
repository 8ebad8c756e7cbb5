"""Files taken twice, in other groups, or by two processes: each is in one batch, and none is released
unstored.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from scanflow.archive.database.tables import files
from scanflow.errors import NotStillError, ScanflowError
from scanflow.ledger.batches import Intake
from scanflow.pipeline.intake.take import Taken, take
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings

INTAKE = Intake("inbox")


@pytest.fixture
def services(new_settings: Callable[[str], Settings]) -> Iterator[Services]:
    with open_services(new_settings("home")) as opened:
        yield opened


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"scan{no}.pdf" for no in (1, 2, 3)]
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


def stored(services: Services) -> Counter[str]:
    """Which files' bytes are in the store, under a row that says so."""
    with services.catalog.reading() as connection:
        rows = connection.execute(select(files).where(files.c.state == "taken")).fetchall()
    return Counter(services.store.get(row.object_key).decode() for row in rows)


def interrupted(services: Services, paths: list[Path], after: int) -> None:
    """Take files and be stopped when so many are stored."""
    reads = Counter[str]()

    def read(path: Path) -> bytes:
        reads["all"] += 1
        if reads["all"] > len(paths) + after:  # all are looked at first
            raise OSError("stopped")
        return path.read_bytes()

    with pytest.raises(OSError, match="stopped"):
        take(services, paths, read, INTAKE)


def test_after_an_interruption_the_same_files_continue_their_batch(
    services: Services, three: list[Path]
) -> None:
    interrupted(services, three, 1)
    taken = take(services, three, Path.read_bytes, INTAKE)
    assert len(taken.batches) == 1
    assert taken.released == tuple(three)
    assert stored(services) == Counter(path.name for path in three)


def test_after_an_interruption_files_in_other_groups_are_stored_before_release(
    services: Services, three: list[Path]
) -> None:
    """The batch goes on without the files that do not come again; those are a new batch when they come."""
    interrupted(services, three, 1)
    first = take(services, three[:2], Path.read_bytes, INTAKE)
    assert first.released == tuple(three[:2])
    assert stored(services) == Counter(path.name for path in three[:2])
    second = take(services, three[2:], Path.read_bytes, INTAKE)
    assert second.released == (three[2],)
    assert second.batches != first.batches
    assert stored(services) == Counter(path.name for path in three)
    assert take(services, three, Path.read_bytes, INTAKE).batches == (*first.batches, *second.batches)


def test_taken_by_two_at_once_a_file_is_in_one_batch(services: Services, three: list[Path]) -> None:
    start = Barrier(2)

    def take_them(paths: list[Path]) -> Taken | ScanflowError:
        start.wait()
        try:
            return take(services, paths, Path.read_bytes, INTAKE)
        except NotStillError as error:  # the inbox offers them again
            return error

    with ThreadPoolExecutor(2) as threads:
        for _ in range(5):
            list(threads.map(take_them, (three, three[1:])))
    take(services, three, Path.read_bytes, INTAKE)
    assert stored(services) == Counter(path.name for path in three)
