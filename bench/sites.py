"""Temporary archives for benches, embedded and shared, and the CPU time of all of their processes.

The servers are those of the tests (tests/postgresql.py, tests/servers.py): there is one way to start each.
PostgreSQL and the embedded site lie in memory where there is room, so that a table shows the
cost of the programs and not of a disk; SeaweedFS lies on the disk.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.pipeline.procs import descendants, memory
from tests.postgresql import postgresql
from tests.servers import seaweedfs

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Site:
    """An archive with nothing in it yet."""

    name: str
    settings: Settings

    def variables(self, **more: str) -> Mapping[str, str]:
        """The environment of a process that works on this site."""
        store, url = self.settings.store, self.settings.catalog.url
        given = {"SCANFLOW_HOME": str(self.settings.home), "OMP_THREAD_LIMIT": "1", **more}
        if url is not None:
            given["SCANFLOW_CATALOG__URL"] = url.get_secret_value()
        if store.kind == "s3":
            given |= {
                "SCANFLOW_STORE__KIND": "s3",
                "SCANFLOW_STORE__ENDPOINT": store.endpoint,
                "SCANFLOW_STORE__ACCESS_KEY": store.access_key.get_secret_value(),
                "SCANFLOW_STORE__SECRET_KEY": store.secret_key.get_secret_value(),
                "SCANFLOW_STORE__SECURE": "false",
            }
        return {**os.environ, **given}

    def with_batches(self, at_once: int) -> "Site":
        """The same with so many batches in hand at once."""
        work = self.settings.work.model_copy(update={"batches": at_once})
        return Site(self.name, self.settings.model_copy(update={"work": work}))


@contextmanager
def open_site(backend: str, *, store: bool = True) -> Iterator[Site]:
    """A site, gone at the end; without its object store where only the database counts."""
    with ExitStack() as stack:
        place = _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scanflow-bench-", dir=place)))
        if backend == "embedded":
            yield Site("embedded (SQLite)", Settings(home=home))
            return
        cluster = stack.enter_context(postgresql())
        catalog = CatalogSettings(url=SecretStr(cluster.url(cluster.new_database())))
        objects = stack.enter_context(seaweedfs()) if store else StoreSettings()
        yield Site("shared (PostgreSQL)", Settings(home=home, catalog=catalog, store=objects))


def cpu_of(pid: int) -> float:
    """CPU seconds that a process and all that descend from it have used, the ended ones too."""
    return sum(_ticks(each) for each in (pid, *descendants(pid))) * _TICK


def cpu_of_all() -> float:
    """CPU seconds that all processes on this machine have used."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]
    user, nice, system, _idle, _wait, interrupts, soft, _stolen = map(int, fields)
    return (user + nice + system + interrupts + soft) * _TICK


def memory_of(pid: int) -> float:
    """MB that a process has in memory."""
    return memory(pid, "VmRSS") / 2**20


@dataclass(slots=True)
class Clock:
    """Seconds since it was made: on the wall, of this process and the servers that it started, of others."""

    _wall: float
    _own: float
    _servers: float
    _all: float

    @classmethod
    def start(cls) -> "Clock":
        own = time.process_time()
        return cls(time.perf_counter(), own, cpu_of(os.getpid()) - own, cpu_of_all())

    def read(self) -> "Spent":
        """What was spent so far."""
        own, wall = time.process_time(), time.perf_counter() - self._wall
        servers = max(0.0, cpu_of(os.getpid()) - own - self._servers)
        own -= self._own
        return Spent(wall, own, servers, max(0.0, cpu_of_all() - self._all - own - servers))


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: wall, CPU of this process, CPU of the processes below it, CPU of other programs meanwhile."""

    wall: float
    own: float
    below: float
    others: float

    @property
    def disturbance(self) -> str:
        """How many cores other programs used meanwhile."""
        return f"{self.others / self.wall:.1f}"


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0  # it has ended since it was listed; its parent has its time
    return sum(map(int, fields.rpartition(")")[2].split()[11:15]))
