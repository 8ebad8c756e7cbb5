"""A very long queue: whether it slows down, and how long other operations take meanwhile."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

from sqlalchemy import func, select, text

from bench.scaling.empty_batches import Closing, take_empty
from bench.sites import Clock, Site, Spent, memory_of, open_site
from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import workers
from scanflow.ledger.workers import remove_workers, worker_ids
from scanflow.pipeline.queue import heartbeat, jobs
from scanflow.pipeline.queue.jobs import Submitter

_BATCHES_SECONDS = 300
_REPEATS = 5


def run(options: argparse.Namespace) -> None:
    """Print the tables."""
    for backend in options.backend:
        with open_site(backend, store=False) as site, open_catalog(site.settings) as catalog:
            _measure(site.with_batches(options.at_once), catalog, options.jobs)
            print(flush=True)


def _measure(site: Site, catalog: Catalog, count: int) -> None:
    ids = take_empty(catalog, 0, count)
    submit, at = [], []
    with jobs.open_submitter(site.settings, catalog) as submitter:
        swept = _seconds(lambda: submitter.sweep(site.settings.work.heartbeat))
        clock = Clock.start()
        for no, batch_id in enumerate(ids, start=1):
            submitter.submit(batch_id)
            if no % (count // 10) == 0:
                submit.append(clock.read())
                clock = Clock.start()
        waiting = _while_all_wait(site, catalog, submitter)
    size = _bytes_of_the_queue(site, catalog)

    def note() -> None:
        at.append((clock.read(), memory_of(os.getpid())))

    work = Closing(catalog, count, count // 10, note)
    with jobs.working(site.settings, catalog, work):
        while not work.done:
            time.sleep(0.01)
        clock, first = Clock.start(), memory_of(os.getpid())
        work.finished.wait()
        with catalog.reading() as connection:
            beats = connection.scalar(select(func.max(workers.c.beats)))
    print(f"| {site.name}, {count:,} jobs, tenth | enqueue, jobs/s | CPU ms a job | carry out, ", end="")
    print(f"{site.settings.work.batches} at once, jobs/s | CPU ms a job | MB of the worker | others |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    before = Spent(0, 0, 0, 0)
    for no, (handed, (now, memory)) in enumerate(zip(submit, at, strict=True), start=1):
        done = Spent(
            now.wall - before.wall,
            now.own - before.own,
            now.below - before.below,
            now.others - before.others,
        )
        print(
            f"| {no} | {_rate(handed, count // 10)} | {_rate(done, count // 10)} "
            f"| {memory:.0f} | {handed.disturbance}, {done.disturbance} |"
        )
        before = now
    print(f"\n| {site.name}, {count:,} jobs wait | |\n|---|---:|")
    print(f"| a sweep while none of them had a job, s | {swept:.2f} |")
    for name, taken in waiting.items():
        print(f"| {name} | {taken} |")
    if size:
        print(f"| bytes in the database a job | {size / count:,.0f} |")
    print(f"| MB of the worker at its start | {first:.0f} |")
    expected = at[-1][0].wall / site.settings.work.heartbeat
    print(f"| heartbeats given of those due while carrying out | {beats} of {expected:.0f} |", flush=True)


def _while_all_wait(site: Site, catalog: Catalog, submitter: Submitter) -> dict[str, str]:
    """The times of operations on a queue while all of its jobs wait."""
    me = heartbeat.this_worker()
    with catalog.transaction() as connection:
        heartbeat.announce(connection, me)
    observer = heartbeat.Observer(me, 30)

    def beat() -> None:
        submitter.working()
        with catalog.transaction() as connection:
            heartbeat.beat(connection, me)
            observer.dead(connection)
            worker_ids(connection)

    found = {
        "a heartbeat without its sweep, ms": f"{_best(beat) * 1000:.1f}",
        "a sweep, ms": f"{_best(submitter.sweep) * 1000:.1f}",
        "`scanflow batches --json`, s": _batches(site),
    }
    with catalog.transaction() as connection:
        remove_workers(connection, [me.id])
    return found


def _batches(site: Site) -> str:
    command = [sys.executable, "-m", "scanflow.cli", "batches", "--json"]
    start = time.perf_counter()
    try:
        subprocess.run(
            command,
            env=dict(site.variables()),
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=_BATCHES_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"more than {_BATCHES_SECONDS}"
    return f"{time.perf_counter() - start:.1f}"


def _bytes_of_the_queue(site: Site, catalog: Catalog) -> int:
    """Bytes of the queue's tables with their indexes; PostgreSQL only."""
    if site.settings.catalog.url is None:
        return (site.settings.home / "jobs.db").stat().st_size
    query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
    with catalog.reading() as connection:
        return int(connection.scalar(text(query + "'dbos'::regnamespace")) or 0)


def _rate(spent: Spent, count: int) -> str:
    return f"{count / spent.wall:,.0f} | {(spent.own + spent.below) / count * 1000:.1f}"


def _best(action: Callable[[], object]) -> float:
    return min(_seconds(action) for _ in range(_REPEATS))


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
