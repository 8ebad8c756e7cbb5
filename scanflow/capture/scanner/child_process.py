"""The child process that accesses scanners: `python -m scanflow.capture.scanner.child_process`.

It gets a task as one line of JSON on stdin, and reports events as lines of JSON on stdout. The end of stdin,
or any further line, means stop: so no scanner goes on after its parent was killed. The parent enforces the
time limit and kills the whole process group, to which all programs of this process belong.
"""

import dataclasses
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from scanflow.capture.scanner.adapter import Adapter, Batch, find_adapter
from scanflow.capture.scanner.device import Option, Side
from scanflow.capture.scanner.device_options import choose_rest, choose_source
from scanflow.capture.scanner.page_file import write_page
from scanflow.capture.scanner.sane_status import NO_DOCS, error_of
from scanflow.errors import ScanflowError, ScannerError
from scanflow.process_groups import kill_own_group
from scanflow.settings import ScanProfile

RAW = ".raw"
"""The subfolder of a stack's folder for rasters that are not yet written as pages."""


class _Parent:
    """The connection to the parent process: sends lines of JSON, and receives the request to stop."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self.task: dict[str, Any] = json.loads(source.readline())
        self.stop = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, **what: Any) -> None:
        try:
            self._target.write(json.dumps(what, default=str) + "\n")
            self._target.flush()
        except BrokenPipeError:
            self.stop.set()

    def _listen(self) -> None:
        self._source.readline()
        self.stop.set()
        # If a driver hangs, there may be no parent left to end this process.
        time.sleep(2 * float(self.task["grace"]) + 1)
        kill_own_group()


def main() -> None:
    """Carry out one task."""
    # Drivers and pyinsane2 print to stdout; so the answers use a copy of it.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    parent = _Parent(sys.stdin, answers)
    try:
        adapter = find_adapter(parent.task["backend"])(parent.task["backend_options"])
        match parent.task["what"]:
            case "devices":
                parent.send(devices=[dataclasses.asdict(device) for device in adapter.devices()])
            case "options":
                parent.send(options=_as_json(adapter.options(parent.task["device"], {})))
            case "scan":
                _scan(adapter, parent)
    except ScanflowError as error:
        parent.send(error=error.code, message=error.message, message_vi=error.message_vi)
    except OSError as error:  # a full disk, a removed folder: not an error of the scanner
        parent.send(
            error=ScannerError.code,
            message=f"a page can't be written: {error.strerror or error}",
            message_vi="Không ghi được trang vừa quét (ổ đĩa đầy?). Hãy báo cho người quản trị hệ thống.",
        )
    # Drivers may hang when the process ends.
    answers.close()
    os._exit(0)


def _as_json(options: list[Option]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(option) for option in options]


def _scan(adapter: Adapter, parent: _Parent) -> None:
    task = parent.task
    profile = ScanProfile.model_validate(task["profile"])
    folder = Path(task["folder"])
    raw = folder / RAW
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir()
    chosen = _choose(adapter, task["device"], profile)
    parent.send(chosen=chosen)
    batch = Batch(
        device=task["device"],
        chosen=chosen,
        raw=raw,
        feeder=profile.source == "feeder",
        most=_most(profile, single=task["single"]),
        grace=float(task["grace"]),
    )
    no = first = int(task["first"])
    try:
        for raster in adapter.batch(batch, parent.stop):
            size = raster.image.size
            path = write_page(raster.image, raster.dpi, profile, folder / f"{no:04}")
            parent.send(no=no, side=side_of(no, profile), path=path, size=size, dpi=raster.dpi)
            no += 1
        if no == first and not parent.stop.is_set():
            raise error_of(NO_DOCS)
    finally:
        shutil.rmtree(raw, ignore_errors=True)
    parent.send(end="stopped" if parent.stop.is_set() else "empty")


def _most(profile: ScanProfile, *, single: bool) -> int | None:
    """The number of pages to scan: one from the glass, the sides of a single sheet, or None for all in the
    feeder.
    """
    if profile.source == "flatbed":
        return 1
    return (2 if profile.duplex else 1) if single else None


def _choose(adapter: Adapter, device: str, profile: ScanProfile) -> dict[str, str]:
    """The device's options for a profile; they are queried again if the source is changed."""
    options = adapter.options(device, {})
    source = choose_source(options, profile)
    stands_at = {option.name: option.value for option in options}
    if any(stands_at.get(name) != value for name, value in source.items()):
        options = adapter.options(device, source)
    return source | choose_rest(options, profile)


def side_of(no: int, profile: ScanProfile) -> Side:
    """Which side page `no` of a stack is: in duplex they alternate, the front first."""
    return "back" if profile.duplex and no % 2 == 0 else "front"


if __name__ == "__main__":
    main()
