"""Yesterday's catalog beside a real worker: batches that wait for the repair go on after it, and no other
batch is disturbed. On a folder with SQLite and on S3 with PostgreSQL.
"""

import json
import signal
from pathlib import Path

from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.verify import verify
from scanflow.ledger import scheduling
from scanflow.ledger.batches import Intake
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from scanflow.settings import Settings
from tests.archive.copies import Copied
from tests.faults.archives import NUMBER, file, opened, paper
from tests.patience import PATIENCE, wait_until
from tests.pipeline.live_archive import LiveArchive, batch, comes_to
from tests.servers import variables_of

OTHERS = [f"H57.132-260804-{no}" for no in range(1001, 1005)]


def archive_with(settings: Settings) -> LiveArchive:
    """A `LiveArchive` with these settings."""
    url = settings.catalog.url
    variables = {"SCANFLOW_STORE__LOCK_MODE": "off", "SCANFLOW_JOBS": "1"}
    if url is not None:
        variables |= {"SCANFLOW_CATALOG__URL": url.get_secret_value(), **variables_of(settings.store)}
    return LiveArchive(settings.home, variables)


def enqueue(services: Services, path: Path, number: str) -> str:
    return take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=number)).batches[0]


def numbers(services: Services, number: str) -> list[int]:
    dossier = services.catalog.dossier(number)
    return [document.no for document in dossier.documents] if dossier else []


def test_a_worker_goes_on_after_a_repair_and_works_meanwhile(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    with opened(copied.settings, children) as services:
        file(services, paper(inbox, "1.jpg"))
    copied.back_up()
    with opened(copied.settings, children) as services:
        since = file(services, paper(inbox, "2.jpg", different=b"\0"))
        assert numbers(services, NUMBER) == [1, 2]
    settings = copied.restore()
    live_archive = archive_with(settings)
    with opened(settings, children) as services:
        waiting = enqueue(services, paper(inbox, "3.jpg", different=b"\0\0"), NUMBER)
        code, said = live_archive.run("--quiet", "repair", "--dry-run", "--json")
        assert code == 0, said
        told = json.loads(said)
        assert told["dry_run"] and told["problems"] == []
        assert f"dossier {NUMBER}: document 02 entered" in told["actions"]
        assert numbers(services, NUMBER) == [1]
    with opened(settings, children) as services, live_archive.worker(SCANFLOW_JOBS="2") as worker:
        assert wait_until(lambda: batch(services, waiting).reason == scheduling.CATALOG_BEHIND)
        assert numbers(services, NUMBER) == [1]
        busy = [enqueue(services, paper(inbox, f"{number}.jpg"), number) for number in OTHERS]
        code, said = live_archive.run("--quiet", "repair")
        assert code == 0, said
        assert f"done: dossier {NUMBER}: document 02 entered" in said
        for _ in range(2):  # while the worker files one batch after another
            again = repair(services.store, services.catalog)
            # What a worker is about to write anyway may be written by the repair; nothing is entered twice.
            assert again.problems == [] and "entered" not in " ".join(again.actions), again
        for batch_id in (waiting, *busy):
            assert comes_to(services, batch_id, "closed")
        assert [filed.no for filed in load_outcome(services, waiting).filed] == [3]
        assert batch(services, since).state == "closed"
        assert numbers(services, NUMBER) == [1, 2, 3]
        assert all(numbers(services, number) == [1] for number in OTHERS)
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0
        found = verify(services.store, services.catalog)
        assert found.ok and found.unfinished == (), found
