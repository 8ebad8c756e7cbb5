"""Sources that change, go away or can't be read while they are taken: nothing is lost, nothing half done."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from scanflow.archive.database.tables import files, pages
from scanflow.archive.repair.verify import verify
from scanflow.errors import NotStillError
from scanflow.ledger.batches import Intake, batch_ids
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings
from tests.faults.archives import NUMBER, take_paper, write_paper
from tests.patience import PATIENCE, wait_until
from tests.pipeline.live_archive import ROOT, LiveArchive, batch, kill_group, process

INTAKE = Intake("inbox", clerk_number=NUMBER)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path / "home", jobs=1)) as opened:
        yield opened


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    """Two papers, by size."""
    paths = [write_paper(tmp_path / "inbox", f"giấy {no}.jpg") for no in (1, 2)]
    paths[1].write_bytes(paths[1].read_bytes() + b"\0")
    return paths


def reading_with(path: Path, accident: Callable[[], object]) -> Callable[[Path], bytes]:
    """Reads files; `accident` is called before this one is read for the second time."""
    times = 0

    def read(source: Path) -> bytes:
        nonlocal times
        times += source == path
        if source == path and times == 2:
            accident()
        return source.read_bytes()

    return read


def close_all(services: Services) -> None:
    """Finish every batch: none may be left without a job."""
    with services.catalog.reading() as connection:
        for batch_id in batch_ids(connection, only_open=True):
            assert process(services, batch_id).state == "closed"
    assert verify(services.store, services.catalog).ok
    assert not verify(services.store, services.catalog).unknown


def filed_pages(services: Services) -> int:
    with services.catalog.reading() as connection:
        query = select(func.count()).select_from(pages).where(pages.c.state == "filed")
        return connection.scalar(query) or 0


def test_source_that_changes_while_it_is_taken(services: Services, papers: list[Path]) -> None:
    changing = papers[1]
    read = reading_with(changing, lambda: changing.write_bytes(changing.read_bytes() + b"\0\0"))
    with pytest.raises(NotStillError, match="1 of 2 files") as caught:
        take(services, papers, read, INTAKE)
    assert "giấy" not in caught.value.message  # a file's name may be a person's
    assert all(path.exists() for path in papers)
    taken = take(services, papers, Path.read_bytes, INTAKE)
    assert taken.released == tuple(papers)
    assert len(taken.batches) == 2  # the other one's batch was complete without it
    close_all(services)
    with services.catalog.reading() as connection:
        states = sorted(connection.scalars(select(files.c.state)))
    assert states == ["unpacked", "unpacked", "withdrawn"]
    assert filed_pages(services) == 2


def test_source_that_goes_away_while_it_is_taken(services: Services, papers: list[Path]) -> None:
    with pytest.raises(NotStillError):
        take(services, papers[:1], reading_with(papers[0], papers[0].unlink), INTAKE)
    with services.catalog.reading() as connection:
        (batch_id,) = batch_ids(connection, only_open=True)
    close_all(services)
    count = load_outcome(services, batch_id).count
    assert (count.captured, count.open) == (0, 0)
    assert take_paper(services, papers[1]).batches != (batch_id,)


@pytest.fixture
def live_archive(tmp_path: Path) -> Iterator[LiveArchive]:
    settings = {
        "SCANFLOW_JOBS": "1",
        "SCANFLOW_INBOX__SETTLE": "0.1",
        "SCANFLOW_INBOX__BATCH_GAP": "0.2",
        "SCANFLOW_INBOX__RESCAN": "0.5",
        "SCANFLOW_WORK__HEARTBEAT": "0.5",
    }
    made = LiveArchive(tmp_path / "home", settings)
    yield made
    made.end()


def state_of_newest(services: Services) -> str:
    with services.catalog.reading() as connection:
        ids = batch_ids(connection, only_open=False)
    return batch(services, ids[0]).state if ids else ""


@pytest.mark.parametrize("polling", [False, True])
def test_inbox_that_goes_away_and_comes_back(
    live_archive: LiveArchive, tmp_path: Path, *, polling: bool
) -> None:
    inbox, elsewhere = tmp_path / "inbox", tmp_path / "elsewhere"
    inbox.mkdir()
    with live_archive.services() as services:
        watcher = live_archive.start("watch", inbox, *(["--polling"] if polling else []))
        write_paper(inbox / NUMBER)
        assert wait_until(lambda: state_of_newest(services) == "closed")
        inbox.rename(elsewhere)  # as a share that is not mounted any more
        write_paper(elsewhere / NUMBER, "giấy 2.jpg")
        assert not wait_until(lambda: watcher.poll() is not None, 1)
        elsewhere.rename(inbox)
        assert wait_until(
            lambda: (inbox / "done").is_dir() and len(list((inbox / "done").rglob("*.jpg"))) == 2
        )
        assert wait_until(lambda: state_of_newest(services) == "closed")
        said = kill_group(watcher)
        assert "inbox-refused" in said
        assert "giấy" not in said


def without_superuser_rights(*command: str) -> list[str]:
    """Root, too, may then read only what its files' modes say."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]


def test_folder_that_cannot_be_read_holds_up_no_other(live_archive: LiveArchive, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write_paper(inbox / "a")
    write_paper(inbox / NUMBER)
    (inbox / "a").chmod(0)
    command = without_superuser_rights(sys.executable, "-m", "scanflow.cli", "watch", "--once", str(inbox))
    done = subprocess.run(
        command,
        env=live_archive.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    (inbox / "a").chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert "Permission denied" in done.stderr
    assert len(list((inbox / "done").rglob("*.jpg"))) == 1
    assert list((inbox / "a").iterdir())
