"""A worker that is held up at chosen points: `scanflow worker`, but for its store and children, which pause.

A batch's operator names the point at which its worker is held up (`POINTS`):

    unpack    its file was taken apart, nothing is noted yet
    read      its page was read, nothing is noted yet
    file      its document's objects are stored, nothing is noted yet
    release   it is closed, its intake objects are about to be deleted

As a program it works like `scanflow worker` until the batches that its arguments name have all come to their
points. Then it stops itself with SIGSTOP, and again whenever it wakes before the file `go` is in its home.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from scanflow.cli.stopping import stopped_by_signals
from scanflow.ledger.batches import get_batch
from scanflow.ledger.lease import Lease
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.queue import worker
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services, open_services
from scanflow.pipeline.stages import process_batch
from scanflow.settings import Settings, load_settings

POINTS = ("unpack", "read", "file", "release")

Result = TypeVar("Result")

Pause = Callable[[str], None]
"""Called with the id of a batch that is at its point, in the thread that works on it; returns to go on."""


class HeldUp:
    """Services whose work on batches pauses at their points."""

    def __init__(self, services: Services, pause: Pause) -> None:
        self._pause = pause
        self._at = threading.local()
        self._catalog = services.catalog
        self.children = _Children(services.settings, self)
        self.services = replace(services, store=_Store(services.store, self), children=self.children)

    def process(self, services: Services, lease: Lease) -> Outcome:
        """`process_batch`, in a thread that knows its batch's point."""
        with self._catalog.reading() as connection:
            point = get_batch(connection, lease.batch_id).operator
        return self.at_point(point, lease.batch_id, lambda: process_batch(services, lease))

    def at_point(self, point: str, batch_id: str, work: Callable[[], Result]) -> Result:
        """Do something in this thread, and pause at this point of it."""
        self._at.point, self._at.batch_id = point, batch_id
        return work()

    def reached(self, point: str) -> None:
        """Pause if this is the point of the thread's batch; once."""
        if getattr(self._at, "point", None) == point:
            self._at.point = None
            self._pause(self._at.batch_id)


class _Children(ChildProcesses):
    """Child processes for whose answer the thread that asks for it waits at once."""

    def __init__(self, settings: Settings, held_up: HeldUp) -> None:
        super().__init__(settings)
        self._held_up = held_up

    def unpack(self, data: bytes, name: str) -> "Future[Any]":
        return self._answered(super().unpack(data, name), "unpack")

    def read(self, page: CapturedPage, rotation: int | None = None) -> "Future[PageReading]":
        return self._answered(super().read(page, rotation), "read")

    def _answered(self, future: "Future[Any]", point: str) -> "Future[Any]":
        future.exception()
        self._held_up.reached(point)
        return future


class _Store:
    """The real store, with the pauses."""

    def __init__(self, store: Any, held_up: HeldUp) -> None:
        self._store = store
        self._held_up = held_up

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        stored = self._store.put(key, data, **options)
        if key.startswith("dossiers/") and "/manifest/" not in key:
            self._held_up.reached("file")
        return stored

    def delete(self, key: str, version_id: str | None = None) -> None:
        self._held_up.reached("release")
        self._store.delete(key, version_id)


def main() -> None:
    """Work like `scanflow worker`, and pause as the module's docstring says."""
    settings = load_settings()
    waiting, going = set(sys.argv[1:]), threading.Event()
    changing = threading.Lock()

    def pause(batch_id: str) -> None:
        with changing:
            waiting.discard(batch_id)
            last = not waiting
        if last:
            _sleep_until(settings.home / "go")
            going.set()
        going.wait()

    with stopped_by_signals() as stop, open_services(settings) as opened:
        held_up = HeldUp(opened, pause)
        vars(worker)["process_batch"] = held_up.process  # the same, with its pauses
        with held_up.children, worker.embedded_worker(held_up.services):
            stop.wait()


def _sleep_until(go: Path) -> None:
    while not go.exists():
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
