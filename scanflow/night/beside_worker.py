"""Nightly work by an idle worker: in a separate process, with the lowest priority.

The process is `scanflow nightly work`: its children have the lowest priority, read with the settings of the
run, and free their memory at its end.
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
"""The factor of the pause after a failure, because a failure usually lasts longer than a minute."""


@contextmanager
def working_at_night(settings: Settings, catalog: Catalog) -> Iterator[None]:
    """Start the nightly work whenever something is due, as long as the context lasts.

    Raises UsageError where `[nightly]` names an unknown job.
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
    """Run the process; gives its exit code. When `stop` is set the process is asked to end."""
    command = [sys.executable, "-m", "scanflow.cli", "--quiet", "--home", str(settings.home)]
    command += ["nightly", "work", "--with-parent", "--jobs", str(settings.jobs)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if stop.wait(_POLL_SECONDS):
                process.terminate()
                try:
                    return process.wait(settings.work.grace)
                except subprocess.TimeoutExpired:  # other workers take over what it had claimed
                    process.kill()
        return process.wait()
