"""Real workers side by side on the same batches, beside as many processes of bare recognition."""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy import func, select, update

from bench.scaling.bare_recognition import copies_of, recognize
from bench.scaling.pages import Sizes, scalar, single_pages, unpacked, what_is_left, whole_files
from bench.sites import Clock, Site, cpu_of, open_site
from fixtures.extra import ROOT
from scanflow.archive.database.tables import batches, pages, workers
from scanflow.clock import now
from scanflow.ledger import scheduling
from scanflow.ledger.batches import Intake
from scanflow.ledger.lease import Lease
from scanflow.model import BatchState
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.queue.jobs import open_submitter
from scanflow.pipeline.services import Services, open_services

_HELD = "held/0"
"""Stands in place of a job's name, so that the workers' sweeps leave such a batch alone."""
_PROCESSES = (1, 2, 4)
_WARM_UP = 3
"""Batches of one page for each worker, so that it has loaded its model; it takes two at once."""
_HEAD = (
    "| who works | pages | pages/s | × one | workers' CPU s a page | servers' CPU s a page | pages a CPU s "
    "| × bare | others |"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How many worker processes, and `--jobs` of each."""

    processes: int
    jobs: int

    def __str__(self) -> str:
        return f"{self.processes} × `worker --jobs {self.jobs}`"


_SHAPES = {
    "shared": [*(Shape(processes, 1) for processes in _PROCESSES), Shape(1, 2)],
    "embedded": [Shape(1, 1), Shape(1, 2)],
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its pages, seconds from the first submission to the end of the last batch, CPU seconds."""

    pages: int
    wall: float
    workers: float
    servers: float
    disturbance: str

    @property
    def rate(self) -> float:
        return self.pages / self.wall

    def row(self, name: str, first: float, bare: float) -> str:
        """As a row of the table."""
        cpu = self.workers + self.servers
        return (
            f"| {name} | {self.pages} | {self.rate:.2f} | {self.rate / first:.2f} "
            f"| {self.workers / self.pages:.2f} | {self.servers / self.pages:.2f} "
            f"| {self.pages / cpu:.2f} | {self.rate / bare:.2f} | {self.disturbance} |"
        )


def run(options: argparse.Namespace) -> None:
    """Print the tables."""
    captured = list(unpacked())
    copies = copies_of(captured)
    alone: dict[int, float] = {}
    print(f"{_HEAD}\n|---|{'---:|' * 8}", flush=True)
    for processes in _PROCESSES:
        clock = Clock.start()
        wall, cpu = recognize(copies, options.rounds, processes)
        done = Run(len(captured) * options.rounds, wall, cpu, 0, clock.read().disturbance)
        alone[processes] = done.rate
        print(done.row(f"bare recognition, {processes} processes", alone[1], done.rate), flush=True)
    for backend in options.backend:
        with open_site(backend) as site, open_services(site.settings) as services:
            singles = single_pages(captured, site.settings.home / "pages")
            bench = _Bench(site, services, singles)
            piles = {"": whole_files()}
            if backend == "shared":
                with open_submitter(site.settings, services.catalog):  # makes the queue's tables
                    empty = Sizes.now(services.catalog)
                piles["one page a batch, "] = singles
            for name, pile in piles.items():
                first = 0.0
                for shape in _SHAPES[backend]:
                    done = bench.run(pile * options.rounds, shape)
                    first = first or done.rate
                    bare = alone[shape.processes * shape.jobs]
                    print(done.row(f"{site.name}, {name}{shape}", first, bare), flush=True)
            if backend == "shared":
                remains = what_is_left(services.catalog, empty)
    if "shared" in options.backend:
        print(f"\n{remains}", flush=True)


@dataclass
class _Bench:
    """Runs on one site; each batch gets a dossier of its own, or its pages would count as duplicates."""

    site: Site
    services: Services
    warm_up: Sequence[Sequence[Path]]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, pile: Sequence[Sequence[Path]], shape: Shape) -> Run:
        """Let workers of this shape work on the batches."""
        first = [self._take(sources) for sources in self.warm_up[: _WARM_UP * shape.processes]]
        held = [self._take(sources) for sources in pile]
        with self._working(shape) as pids:
            self._enqueue(first)
            self._closed(first)
            before = sum(map(cpu_of, pids))
            clock, start = Clock.start(), now()
            self._enqueue(held)
            end = self._closed(held)
            spent, used = clock.read(), sum(map(cpu_of, pids)) - before
        with self.services.catalog.reading() as connection:
            done = scalar(connection, select(func.count()).where(pages.c.batch_id.in_(held)))
        servers = max(0.0, spent.below - used)
        return Run(done, (end - start).total_seconds(), used, servers, spent.disturbance)

    def _take(self, sources: Sequence[Path]) -> str:
        """Take a batch in, and keep it from the workers for now."""
        number = f"H13.42-261124-{next(self._numbers):05}"
        folder = self.services.settings.home / "in" / number
        folder.mkdir(parents=True)
        copied = [folder / source.name for source in sources]
        for path, source in zip(copied, sources, strict=True):
            path.write_bytes(source.read_bytes())
        intake = Intake("ingest", clerk_number=number)
        (batch_id,) = take(self.services, copied, Path.read_bytes, intake).batches
        with self.services.catalog.transaction() as connection:
            scheduling.job_enqueued(connection, Lease(batch_id, BatchState.TAKEN, 0), _HELD)
        return batch_id

    def _enqueue(self, batch_ids: Sequence[str]) -> None:
        services = self.services
        with services.catalog.transaction() as connection:
            connection.execute(update(batches).where(batches.c.id.in_(batch_ids)).values(job=None))
        with open_submitter(services.settings, services.catalog) as submitter:
            for batch_id in batch_ids:
                submitter.submit(batch_id)

    def _closed(self, batch_ids: Sequence[str]) -> datetime:
        """Wait; when the last of them was closed."""
        query = select(batches.c.state, batches.c.closed_at).where(batches.c.id.in_(batch_ids))
        while True:
            with self.services.catalog.reading() as connection:
                rows = connection.execute(query).fetchall()
            states = {row.state for row in rows}
            if states == {"closed"}:
                times: list[datetime] = [row.closed_at for row in rows]
                return max(times)
            assert states <= {"closed", "taken"}, states
            time.sleep(0.1)

    @contextmanager
    def _working(self, shape: Shape) -> Iterator[Sequence[int]]:
        """Workers that have entered themselves; their pids. Stopped at the end."""
        command = [sys.executable, "-m", "scanflow.cli", "-q", "worker", "--jobs", str(shape.jobs)]
        environment = dict(self.site.variables())
        started = [
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
            for _ in range(shape.processes)
        ]
        try:
            while self._entered() < shape.processes:
                assert all(process.poll() is None for process in started)
                time.sleep(0.1)
            yield [process.pid for process in started]
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(60)

    def _entered(self) -> int:
        with self.services.catalog.reading() as connection:
            return scalar(connection, select(func.count()).select_from(workers))
