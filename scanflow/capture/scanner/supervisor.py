"""Runs each task with a scanner in a child process with a time limit; SIGKILL ends its whole process group.

Drivers hang, loop and crash: without its `saned`, SANE's network backend loops without end; AirScan devices
don't stop on request. This process is not affected; a page that the child has reported is on the disk.
"""

import contextlib
import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from scanflow.capture.scanner.adapter import require_adapter
from scanflow.capture.scanner.device import Capabilities, Device, Option, ScannedPage, Scanner
from scanflow.capture.scanner.device_options import capabilities_of
from scanflow.capture.scanner.sane_status import error_by_code
from scanflow.environment import plain_environment
from scanflow.errors import (
    NoScannerError,
    ScanCancelledError,
    ScannerLostError,
    ScannerTimeoutError,
)
from scanflow.process_groups import kill_group
from scanflow.settings import ScannerSettings, ScanProfile

_LOOK_SECONDS = 0.1
_RAW = ".raw"
_OF_DRIVERS = ("SANE_", "PYINSANE_", "SNMP", "HOME", "XDG_RUNTIME_DIR", "DBUS_")
"""Environment variables that scanners' drivers use, besides those of all programs."""
_CHILD = [sys.executable, "-P", "-m", "scanflow.capture.scanner.child_process"]


def open_backend(settings: ScannerSettings) -> "SupervisedBackend":
    """The backend of the settings; no scanner is contacted. Raises SettingsError if it is not known."""
    require_adapter(settings.backend)
    return SupervisedBackend(settings)


@dataclass(frozen=True)
class SupervisedBackend:
    """All scanners that `settings.backend` finds."""

    settings: ScannerSettings

    def devices(self, cancel: threading.Event | None = None) -> tuple[Device, ...]:
        # No feeder must stop first: a search for devices is ended at once.
        hasty = self.settings.model_copy(update={"grace": 0.0})
        answer = _ask(hasty, cancel, what="devices")
        return tuple(Device(**device) for device in answer["devices"])

    def open(self, name: str = "") -> Scanner:
        if name:
            return SupervisedScanner(name, self.settings)
        found = self.devices()
        if not found:
            raise NoScannerError("no scanner found: see docs/scanners.md for how to connect one")
        if len(found) > 1:
            names = ", ".join(device.name for device in found)
            raise NoScannerError(
                f"several scanners found, name one with --device or [scanner] device: {names}",
                f"Tìm thấy nhiều máy quét, hãy chọn một máy bằng --device: {names}",
            )
        return SupervisedScanner(found[0].name, self.settings)


@dataclass(frozen=True)
class SupervisedScanner:
    """One device, by its SANE name."""

    name: str
    settings: ScannerSettings

    def capabilities(self) -> Capabilities:
        answer = _ask(self.settings, what="options", device=self.name)
        return capabilities_of(
            [Option(**{**option, "values": tuple(option["values"])}) for option in answer["options"]]
        )

    def scan(
        self,
        profile: ScanProfile,
        folder: Path,
        *,
        first: int = 1,
        cancel: threading.Event | None = None,
        single: bool = False,
    ) -> Iterator[ScannedPage]:
        task = {
            "what": "scan",
            "device": self.name,
            "profile": profile.model_dump(),
            "folder": str(folder.resolve()),
            "first": first,
            "single": single,
        }
        cancel = cancel or threading.Event()
        try:
            with _Child(self.settings, task) as child:
                yield from _pages(child, self.settings, cancel)
        finally:
            shutil.rmtree(folder / _RAW, ignore_errors=True)


def _pages(child: "_Child", settings: ScannerSettings, cancel: threading.Event) -> Iterator[ScannedPage]:
    patience = settings.find_seconds
    while True:
        answer = child.answer(patience, cancel)
        if "end" in answer:
            if answer["end"] == "stopped":
                raise ScanCancelledError("the scan was stopped")
            return
        patience = settings.page_seconds
        if "no" in answer:
            width, height = answer["size"]
            path = Path(answer["path"])
            yield ScannedPage(answer["no"], answer["side"], path, width, height, answer["dpi"])


def _ask(settings: ScannerSettings, cancel: threading.Event | None = None, **task: Any) -> dict[str, Any]:
    with _Child(settings, task) as child:
        return child.answer(settings.find_seconds, cancel)


class _Child:
    """A child process with one task, in its own process group, which is ended with the block."""

    def __init__(self, settings: ScannerSettings, task: dict[str, Any]) -> None:
        self._grace = settings.grace
        self._task = {
            **task,
            "backend": settings.backend,
            "backend_options": dict(settings.backend_options),
            "grace": settings.grace,
        }
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._last_line = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            _CHILD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=plain_environment(*_OF_DRIVERS),
        )
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._drain, daemon=True).start()
        self._say(json.dumps(self._task))
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._say("stop")  # so that the feeder stops
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
        # Before the leader is waited for, its id can't belong to another process; afterwards the group may be
        # empty.
        kill_group(self._process)
        self._process.wait()
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def answer(self, seconds: float, cancel: threading.Event | None = None) -> dict[str, Any]:
        """The child's next message, within so many seconds.

        When `cancel` is set the child is asked to stop and has `grace` seconds to report the result. Raises
        the error that it names, ScannerTimeoutError, ScanCancelledError, and ScannerLostError if it has died.
        """
        until = time.monotonic() + seconds
        stopping = False
        while True:
            if cancel and cancel.is_set() and not stopping:
                stopping = True
                until = time.monotonic() + self._grace
                self._say("stop")
            try:
                line = self._answers.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if time.monotonic() < until:
                    continue
                self._kill()
                if stopping:
                    raise ScanCancelledError("the scan was stopped; the scanner did not react") from None
                raise ScannerTimeoutError(f"the scanner has said nothing for {seconds:g} s") from None
            if line is None:
                if stopping:
                    raise ScanCancelledError("the scan was stopped")
                raise ScannerLostError(
                    f"the scanner's driver ended: {self._last_line or 'without a message'}"
                )
            return _without_error(json.loads(line))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _kill(self) -> None:
        """End the process group at once."""
        kill_group(self._process)

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _drain(self) -> None:
        """Read stderr, so that the driver does not block on it; the last line is kept."""
        assert self._process.stderr is not None  # noqa: S101  it is a pipe
        for line in self._process.stderr:
            self._last_line = line.strip() or self._last_line


def _without_error(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" not in answer:
        return answer
    raise error_by_code(answer["error"], answer["message"], answer["message_vi"])
