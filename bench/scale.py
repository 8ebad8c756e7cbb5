"""Scaling: several workers, the cost of a job beside its pages, a very long queue.

    python -m bench.scale [--parts workers,engine,queue] [--backend embedded,shared] [--jobs 100000]

The servers are temporary. Their data and the embedded archive lie in memory, so that the programs are
measured and not a disk: on a disk each commit adds the time of its sync.

workers  The same fixture batches (colour stacks, photocopies, blank backs) for 1, 2 and 4 real
         `scanflow worker` processes. Files are taken in before, and each worker has read a page; time is
         from the first submission to the end of the last batch. Compared with as many processes that only
         recognize, in memory, the prepared copies of the same pages: the limit of the machine itself.
engine   Jobs with the shortest possible work, one update that closes the batch: the cost of submitting and
         running a job, in this process and in the database; the cost of a waiting worker; and whether its
         child processes are idle between batches, with sleeps in place of pages.
queue    So many jobs submitted before any worker runs, then run, measured by tenths; the time of a heartbeat,
         a sweep and `scanflow batches` while all of them wait.

Machines are noisy: "others" is how many cores other programs used meanwhile; compare within a table.
"""

import argparse
import os
from collections.abc import Callable, Iterable

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py; children inherit it too.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

from bench.scaling import engine, queue, workers

_PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "workers": workers.run,
    "engine": engine.run,
    "queue": queue.run,
}
_BACKENDS = ("embedded", "shared")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", type=_some_of(_PARTS), default=list(_PARTS))
    parser.add_argument("--backend", type=_some_of(_BACKENDS), default=list(_BACKENDS))
    parser.add_argument("--rounds", type=int, default=4, help="workers: copies of the four fixture batches")
    parser.add_argument("--engine-jobs", type=int, default=2000, help="engine: jobs of each measurement")
    parser.add_argument("--jobs", type=int, default=100_000, help="queue: how long it is")
    parser.add_argument("--at-once", type=int, default=50, help="queue: jobs that the worker has in hand")
    options = parser.parse_args()
    for part in options.parts:
        _PARTS[part](options)
        print(flush=True)


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def parse(given: str) -> list[str]:
        names = given.split(",")
        unknown = set(names) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        return names

    return parse


if __name__ == "__main__":
    main()
