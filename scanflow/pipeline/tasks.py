"""What runs inside the child processes: taking a file apart, and reading a page.

Decoders and the reader are C code fed with strangers' bytes. They run here, under limits of memory and
(from outside, see `pool`) of time, so that a file that breaks them costs one page and not the program.
"""

import os
import resource
import signal
import sys

from scanflow.capture.unpack import Unpacked, unpack
from scanflow.errors import LimitError
from scanflow.logs import configure_logs
from scanflow.model import CapturedPage, PageReading
from scanflow.ocr.engine import Engine, open_engine
from scanflow.pipeline.reading import read_page
from scanflow.settings import Settings

_ORPHANED_SECONDS = 5.0


class _Child:
    """What one child process keeps between tasks: its settings and its engine, opened when first needed."""

    settings: Settings
    engine: Engine | None = None


def start_child(settings: Settings) -> None:
    """Prepare a fresh child: limit its memory and its threads (we run processes in parallel, not threads)."""
    # Sent to the whole group by a terminal or a service manager; when the parent ends, so does the child.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)  # a group of its own, so that the programs which it runs end with it
    _silence_libraries()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = settings.limits.memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    os.environ["OMP_THREAD_LIMIT"] = "1"
    configure_logs(settings.log_level)
    _Child.settings = settings
    _Child.engine = None


def _silence_libraries() -> None:
    """Libraries in C remark on every bad byte; what counts of that comes back as an error. Our logs stay."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def limit_time(seconds: float | None) -> None:
    """End this child after so many seconds and a few more: for when nobody is left who watches the clock."""
    signal.setitimer(signal.ITIMER_REAL, seconds + _ORPHANED_SECONDS if seconds else 0)


def unpack_task(data: bytes, name: str) -> Unpacked:
    """Take one file apart into pages; raises InputError for the file as a whole."""
    settings = _Child.settings
    try:
        return unpack(data, name, settings.limits, settings.ocr.min_layer_quality)
    except MemoryError as error:
        raise LimitError(f"{name}: needs more memory than a child process may have") from error


def read_task(page: CapturedPage) -> PageReading:
    """Read one page; raises InputError where the page cannot be decoded within the limits."""
    if _Child.engine is None:
        _Child.engine = open_engine(_Child.settings.ocr)
    try:
        return read_page(page, _Child.engine, _Child.settings)
    except MemoryError as error:
        raise LimitError(f"page {page.no}: needs more memory than a child process may have") from error
