"""Whether a worker's child processes are idle between batches: it looks for new ones only from time to time.

A page is a sleep here, so that other load on the machine doesn't matter.
"""

import threading
import time

from bench.scaling.empty_batches import Closing, take_empty
from bench.sites import Site
from scanflow.archive.catalog import Catalog
from scanflow.ledger.lease import Lease
from scanflow.pipeline.queue import jobs

_PAGE_SECONDS = 0.8
_SHAPES = ((1, 2), (2, 2), (2, 3), (4, 2), (4, 5), (4, 8))
"""Children, and batches in hand at once."""
_PAGES = 15
"""For each child."""


def measure(site: Site, catalog: Catalog, first: int) -> None:
    """Print how much of their time the children of each shape work, if each batch is one page."""
    print("\n| batches of one page: children | `[work] batches` | children at work |\n|---:|---:|---:|")
    for no, (children, at_once) in enumerate(_SHAPES):
        share = _busy(site.with_batches(at_once), catalog, children, first + no * 1000)
        print(f"| {children} | {at_once} | {share:.0%} |", flush=True)


def _busy(site: Site, catalog: Catalog, children: int, first: int) -> float:
    ids = take_empty(catalog, first, _PAGES * children)
    with jobs.open_submitter(site.settings, catalog) as submitter:
        for batch_id in ids:
            submitter.submit(batch_id)
    closing, idle = Closing(catalog, len(ids)), threading.Semaphore(children)
    begun: list[float] = []

    def work(lease: Lease) -> None:
        begun.append(time.monotonic())
        with idle:
            time.sleep(_PAGE_SECONDS)
        closing(lease)

    with jobs.working(site.settings, catalog, work):
        closing.finished.wait()
        return _PAGES * _PAGE_SECONDS / (time.monotonic() - begun[0])
