"""The cost of the job queue: submitting, running, waiting."""

import argparse
import time

from bench.scaling import idle_children
from bench.scaling.empty_batches import Closing, close, take_empty
from bench.sites import Clock, Site, Spent, open_site
from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.ledger.lease import Lease
from scanflow.model import BatchState
from scanflow.pipeline.queue import jobs

_IDLE_SECONDS = 20
_FEW = 100
"""With the default settings a worker begins few jobs a second, so few are enough."""


def run(options: argparse.Namespace) -> None:
    """Print the table."""
    print("| engine alone | jobs | jobs/s | CPU ms a job here | CPU ms a job in the database | others |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    for backend in options.backend:
        with open_site(backend, store=False) as site, open_catalog(site.settings) as catalog:
            _measure(site, catalog, options.engine_jobs)
    with open_site(options.backend[-1], store=False) as site, open_catalog(site.settings) as catalog:
        idle_children.measure(site, catalog, 0)


def _measure(site: Site, catalog: Catalog, count: int) -> None:
    ids = take_empty(catalog, 0, count)
    clock = Clock.start()
    for batch_id in ids:
        close(catalog, Lease(batch_id, BatchState.TAKEN, 0))
    _row(site, "closing a batch in the ledger, no job", count, clock.read())
    _jobs(site, catalog, min(count, _FEW), count)
    for busy in (10, 50):
        _jobs(site.with_batches(busy), catalog, count, count * busy)
    clock = Clock.start()
    with jobs.working(site.settings, catalog, lambda _: None):
        time.sleep(_IDLE_SECONDS)
    spent = clock.read()
    own, below = spent.own / spent.wall * 1000, spent.below / spent.wall * 1000
    what = f"{site.name}: a worker waits, CPU ms a second"
    print(f"| {what} | | | {own:.1f} | {below:.1f} | {spent.disturbance} |", flush=True)


def _jobs(site: Site, catalog: Catalog, count: int, first: int) -> None:
    ids = take_empty(catalog, first, count)
    with jobs.open_submitter(site.settings, catalog) as submitter:
        clock = Clock.start()
        for batch_id in ids:
            submitter.submit(batch_id)
        _row(site, "enqueue", count, clock.read())
    work = Closing(catalog, count)
    with jobs.working(site.settings, catalog, work):
        while not work.done:
            time.sleep(0.01)
        clock, begun = Clock.start(), work.done
        work.finished.wait()
        spent = clock.read()
    _row(site, f"carry out, {site.settings.work.batches} at once", count - begun, spent)


def _row(site: Site, what: str, count: int, spent: Spent) -> None:
    own, below = spent.own / count * 1000, spent.below / count * 1000
    print(
        f"| {site.name}: {what} | {count:,} | {count / spent.wall:,.0f} | {own:.1f} | {below:.1f} "
        f"| {spent.disturbance} |",
        flush=True,
    )
