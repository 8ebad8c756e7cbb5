"""How far the system scales: more workers, what a job costs beside its pages, a very long queue.

    python -m bench.scale [--parts workers,engine,queue] [--backend embedded,shared] [--jobs 100000]

Servers are thrown away afterwards. What they and the embedded site keep lies in memory, so that the programs
are measured and not a disk: on a disk each commit adds the time of its sync.

workers  The same fixture batches (colour stacks, photocopies, blank backs) for 1, 2 and 4 real
         `scanflow worker` processes. All is taken before, each worker has read something, then the clock runs
         from the first hand-in to the last batch's end. Peer: as many bare processes that do nothing but
         recognize, in memory, the copies of the same pages that the line hands to the reader: that is what
         the machine itself gives.
engine   Jobs with the shortest work that there can be, one update that closes the batch: what handing in and
         carrying out costs, in this process and in the database. What a worker costs that waits. And
         whether its children stand idle between batches, with sleeps in place of pages.
queue    So many jobs handed in before anybody works, then carried out, tenth by tenth; what a heartbeat, a
         sweep and `scanflow batches` take while all of them wait.

Machines are noisy: "others" is how many cores strangers used meanwhile; look at the ratios within a table.
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
