"""Scanning with SANE's command `scanimage` in batch mode. Runs in the child process.

`scanimage` prints the name of a page when the page is complete and renamed. Its exit code is the SANE status;
but it is 0 when a feeder is empty, even without any page, and for a status that doesn't exist. So pages are
counted, and its messages are read. Pages are TIFF files: the format that it writes fastest, without loss and
with the device's own resolution.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from scanflow.capture.scanner.adapter import Batch, Raster
from scanflow.capture.scanner.device import Device, Option
from scanflow.capture.scanner.sane_listing import DEVICE_FORMAT, read_devices, read_options
from scanflow.capture.scanner.sane_status import (
    CANCELLED,
    GOOD,
    IO_ERROR,
    NO_DOCS,
    error_of,
    status_in,
)
from scanflow.errors import MissingToolError, ScannerError, ScannerLostError

_GEOMETRY = {"tl-x": "-l", "tl-y": "-t", "br-x": "-x", "br-y": "-y"}
_HIGHEST_STATUS = 13
_LOOK_SECONDS = 0.1


class ScanimageAdapter:
    """Scans with `scanimage`. Raises MissingToolError if it is not installed."""

    def __init__(self) -> None:
        program = shutil.which("scanimage")
        if program is None:
            raise MissingToolError("no `scanimage` here: apt-get install sane-utils")
        self._program = program
        # Its messages are read; with this they are always in English.
        self._environment = {**os.environ, "LC_ALL": "C"}

    def devices(self) -> list[Device]:
        return list(read_devices(self._ask("--formatted-device-list", DEVICE_FORMAT)))

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:
        return list(read_options(self._ask("--device-name", device, *_arguments(chosen), "--all-options")))

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]:
        count = [] if batch.most is None else [f"--batch-count={batch.most}"]
        call = [self._program, "--device-name", batch.device, *_arguments(batch.chosen)]
        call += ["--format=tiff", f"--batch={batch.raw}/%05d.tif", "--batch-print", *count]
        with _running(call, self._environment) as process:
            messages = _LastStatus(process)
            _EndedWhenStopped(process, stop, batch.grace).start()
            pages = 0
            assert process.stdout is not None  # noqa: S101  it is a pipe
            for line in process.stdout:
                # A page that ends after the stop may be incomplete: some backends don't tell.
                if not stop.is_set():
                    pages += 1
                    yield from _raster(Path(line.rstrip("\n")))
            code = process.wait()
            messages.join()
        if not stop.is_set():
            _judge(code, messages, pages, batch)

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=self._environment,
        )
        if done.returncode:
            raise _refusal(done.returncode, done.stderr)
        return done.stdout


def _judge(code: int, messages: "_LastStatus", pages: int, batch: Batch) -> None:
    """Raise the error with which a batch ended, if there was one.

    The stack has ended regularly if the program prints that no document is left: if the connection breaks
    between two pages, its exit code is 0 as well.
    """
    status = code if messages.status is None else messages.status
    if pages and status == (GOOD if pages == batch.most else NO_DOCS):
        return
    raise error_of(status if 0 < status <= _HIGHEST_STATUS else IO_ERROR, messages.line)


def _refusal(code: int, messages: str) -> ScannerError:
    lines = [line for line in messages.splitlines() if status_in(line)]
    status = status_in(lines[-1]) if lines else None
    return error_of(status or (code if code > CANCELLED else IO_ERROR), lines[-1].strip() if lines else "")


def _arguments(chosen: Mapping[str, str]) -> list[str]:
    """Options for `scanimage`, in the order given: the source first, the area last."""
    arguments = []
    for name, value in chosen.items():
        arguments += [_GEOMETRY[name], value] if name in _GEOMETRY else [f"--{name}={value}"]
    return arguments


class _LastStatus(threading.Thread):
    """Reads a process's error messages to their end, and keeps the last one that names a status."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        super().__init__(daemon=True)
        self._process = process
        self.status: int | None = None
        self.line = ""
        self.start()

    def run(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  it is a pipe
        for line in self._process.stderr:
            status = status_in(line)
            if status is not None:
                self.status, self.line = status, line.strip()


class _EndedWhenStopped(threading.Thread):
    """Asks the program to stop the scanner, and ends it if it doesn't.

    SIGTERM lets the feeder stop properly if the backend supports it; AirScan devices do not stop.
    """

    def __init__(self, process: "subprocess.Popen[str]", stop: threading.Event, grace: float) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._stop_wanted = stop
        self._grace = grace

    def run(self) -> None:
        while self._process.poll() is None:
            if self._stop_wanted.wait(_LOOK_SECONDS):
                self._process.terminate()
                try:
                    self._process.wait(self._grace)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                return


@contextmanager
def _running(call: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A running program, which is ended at the end of the block."""
    with subprocess.Popen(
        call,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # no effect if it has ended


def _raster(path: Path) -> Iterator[Raster]:
    """One page; its file is removed when the next one is requested."""
    try:
        image = Image.open(path, formats=("TIFF",))
        dpi = float(image.info["dpi"][0])
    except (OSError, KeyError, SyntaxError) as error:
        raise ScannerLostError(f"the scanner gave an incomplete page: {error}") from error
    with image:
        yield Raster(image, dpi)
    path.unlink()
