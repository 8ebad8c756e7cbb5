"""A worker that has nothing else to do does the night's work: in a process of its own, behind all others.

A process of its own (`scanflow nightly work`): its children have the lowest priority, read with the settings
of the run, and give their memory back in the morning.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from scanflow.archive.catalog import Catalog
from scanflow.clock import now
from scanflow.errors import ScanflowError
from scanflow.night.scheduled import is_anything_due, require_jobs_known
from scanflow.pipeline.periodic import Periodic
from scanflow.settings import Settings

_POLL_SECONDS = 0.5
_PATIENCE = 10
"""So many times as long as else after a failure: what is wrong is not mended in a minute."""


@contextmanager
def working_at_night(settings: Settings, catalog: Catalog) -> Iterator[None]:
    """Start the night's work whenever something is due, as long as the context lasts.

    Raises UsageError where `[nightly]` names what isn't there.
    """
    require_jobs_known(settings)
    if not (settings.nightly.jobs or settings.nightly.join):
        yield
        return

    def look(_last: bool) -> None:
        if not is_anything_due(settings, catalog, now()):
            return
        code = _work(settings, looking.stop)
        if code != 0 and not looking.stop.is_set():
            raise ScanflowError(f"`scanflow nightly work` ended with {code}")

    looking = Periodic("night", look, "night-work")
    pause = settings.nightly.look
    with looking.every(pause, after_failure=_PATIENCE * pause, at_end=False):
        yield


def _work(settings: Settings, stop: threading.Event) -> int:
    """Let the work be done; the process's exit code. When `stop` is set it is told to end in order."""
    command = [sys.executable, "-m", "scanflow.cli", "--quiet", "--home", str(settings.home)]
    command += ["nightly", "work", "--with-parent", "--jobs", str(settings.jobs)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if stop.wait(_POLL_SECONDS):
                process.terminate()
                try:
                    return process.wait(settings.work.grace)
                except subprocess.TimeoutExpired:  # what it has in hand is taken over by others
                    process.kill()
        return process.wait()
