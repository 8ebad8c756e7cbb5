"""Estimates how long a folder would take, from a few of its files that are read and not written."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from scanflow.night.folders.found import FoundFile
from scanflow.night.folders.one_file import HowToRead, try_to_read
from scanflow.night.intervals import interval_of
from scanflow.pipeline.sandbox.pool import ChildProcesses

_SEED = 22
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class FolderEstimate:
    """Hours for the files that remain, and the interval that contains 95 % of other samples' results.

    `sampled` files were read, with `pages` pages that are read anew.
    """

    sampled: int
    pages: int
    hours: float
    hours_interval: tuple[float, float]


def estimate_folder(  # noqa: PLR0913, PLR0917 - what is to be done, by what, and when to give up
    children: ChildProcesses,
    how: HowToRead,
    source: Path,
    todo: Sequence[FoundFile],
    sample: int,
    stop: threading.Event,
) -> FolderEstimate:
    """Read `sample` of the files, drawn at random (the same ones each time); nothing is written.

    What is only copied counts as nothing. Fewer files where `stop` is set meanwhile.
    """
    rng = random.Random(_SEED)  # noqa: S311 - a sample, the same one again
    wanted = [each for each in todo if each.kind != "other"]
    seconds: list[float] = []
    pages = 0
    for file in rng.sample(wanted, min(sample, len(wanted))):
        if stop.is_set():
            break
        begun = monotonic()
        pages += try_to_read(children, how, source, file)
        seconds.append(monotonic() - begun)

    def hours(of: Sequence[float]) -> float:
        # One after the other, as they were read; a run reads `jobs` at once.
        return len(wanted) * sum(of) / len(of) / children.settings.jobs / _SECONDS_AN_HOUR

    return FolderEstimate(
        len(seconds), pages, hours(seconds) if seconds else 0.0, interval_of(seconds, hours)
    )
