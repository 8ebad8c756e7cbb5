"""Several machines with one archive: a counter and two workers, by settings alone."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.ledger.batches import batch_ids
from scanflow.ledger.workers import worker_ids
from scanflow.pipeline.batch_outcome import outcome_of
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.e2e.conftest import ROOT
from tests.e2e.hosts import Network, network
from tests.patience import PATIENCE, wait_until
from tests.pipeline import procs
from tests.servers import variables_of
from tests.torture.accounts import embedded, examine, jobs_left
from tests.torture.sources import Delivery, delivery

SEED = 3
MARK = "LC_SCANFLOW_HOSTS"  # of the names that children inherit too


@dataclass
class Hosts:
    """The hosts' processes, each with folders of its own and the same variables."""

    folder: Path
    net: Network
    variables: dict[str, str]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, host: str, *arguments: str) -> None:
        home = self.folder / host
        home.mkdir()
        command = [sys.executable, "-m", "scanflow.cli", "--quiet", *arguments]
        with (home / "log").open("wb") as log:
            self.processes[host] = subprocess.Popen(
                self.net.command(host, command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.variables, "SCANFLOW_HOME": str(home), MARK: str(self.folder)},
                cwd=ROOT,
                start_new_session=True,
            )

    def log(self, host: str) -> str:
        return (self.folder / host / "log").read_text(encoding="utf-8")

    def kill(self, host: str) -> None:
        os.killpg(self.processes[host].pid, 9)
        self.processes.pop(host).wait()

    def end(self) -> None:
        for pid in procs.with_variable(MARK, str(self.folder)):
            procs.kill(pid)
        for process in self.processes.values():
            process.wait()


@contextmanager
def hosts(folder: Path, net: Network, store: StoreSettings, catalog: CatalogSettings) -> Iterator[Hosts]:
    assert catalog.url is not None
    url = make_url(catalog.url.get_secret_value())
    assert url.port is not None
    database = net.reach(url.port)
    bucket = net.reach(int(store.endpoint.rpartition(":")[2]))
    url = url.set(host=database[0], port=database[1])
    variables = {
        "SCANFLOW_CATALOG__URL": url.render_as_string(hide_password=False),
        **variables_of(store),
        "SCANFLOW_STORE__ENDPOINT": f"{bucket[0]}:{bucket[1]}",
        "SCANFLOW_STORE__TIMEOUT": "2",
        "SCANFLOW_JOBS": "1",
        "SCANFLOW_WORK__HEARTBEAT": "0.5",
        "SCANFLOW_WORK__SILENCE": "5",
        "SCANFLOW_WORK__BACKOFF": "0.5",
        "SCANFLOW_INBOX__SETTLE": "0.2",
        "SCANFLOW_INBOX__BATCH_GAP": "0.3",
        "SCANFLOW_INBOX__PATIENCE": "1",
        "OMP_THREAD_LIMIT": "1",
    }
    made = Hosts(folder, net, variables)
    try:
        yield made
    finally:
        made.end()


def arrive(inbox: Path, number: int) -> Delivery:
    """The next delivery, through the inbox."""
    made = delivery(SEED, number)
    (inbox / made.folder).mkdir(parents=True)
    for source in made.sources:
        (inbox / made.folder / source.name).write_bytes(source.data)
    return made


def waiting(inbox: Path) -> set[str]:
    """Folders of files that are not released."""
    return {p.parent.name for p in inbox.rglob("*") if p.is_file() and "done" not in p.parts}


def entered(catalog: Catalog) -> int:
    """How many workers are entered."""
    with catalog.reading() as connection:
        return len(worker_ids(connection))


def states(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        return [outcome_of(connection, each).state for each in batch_ids(connection, only_open=False)]


def settled(catalog: Catalog) -> int:
    return sum(state in ("closed", "unassigned") for state in states(catalog))


@pytest.mark.postgresql
def test_worker_killed_and_store_cut_off_everything_is_filed_once(
    tmp_path: Path, s3_settings: StoreSettings, new_postgresql: Callable[[bool], CatalogSettings]
) -> None:
    shared = new_postgresql(False)
    here = Settings(home=tmp_path / "here", store=s3_settings, catalog=shared)
    here.home.mkdir()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    port = int(s3_settings.endpoint.rpartition(":")[2])
    with (
        network() as net,
        hosts(tmp_path, net, s3_settings, shared) as site,
        open_catalog(here) as catalog,
    ):
        site.start("counter", "watch", "--no-work", str(inbox))
        site.start("worker-a", "worker")
        site.start("worker-b", "worker")
        assert wait_until(lambda: entered(catalog) == 2), site.log("worker-a")
        deliveries = [arrive(inbox, number) for number in range(8)]

        # A worker is killed while it works on a batch.
        victim = f"-{site.processes['worker-a'].pid}-"
        assert wait_until(lambda: any(victim in job for job in jobs_left(here))), site.log("worker-a")
        site.kill("worker-a")

        # The store can't be reached: files that come now stay in the inbox.
        net.cut(port)
        cut_at = time.monotonic()
        before = settled(catalog)
        deliveries += [arrive(inbox, number) for number in (8, 9)]
        assert wait_until(lambda: "not-taken" in site.log("counter"))
        assert waiting(inbox) >= {made.folder for made in deliveries[8:]}
        assert settled(catalog) <= before + 1  # one may have been at its last step
        time.sleep(max(0, 5 - (time.monotonic() - cut_at)))
        net.heal(port)

        def done() -> bool:
            return not waiting(inbox) and len(states(catalog)) == settled(catalog) and not jobs_left(here)

        assert wait_until(done), (waiting(inbox), states(catalog), jobs_left(here))
        for host in ("counter", "worker-b"):
            site.processes[host].terminate()
        assert [site.processes[host].wait(PATIENCE) for host in ("counter", "worker-b")] == [0, 0]
        account = examine(here, deliveries, embedded(here, "rebuilt"))
        assert account.problems == []
        assert account.filed > 0
