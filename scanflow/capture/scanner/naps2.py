"""Scanning on Windows with NAPS2's command (TWAIN, WIA, eSCL). Runs in the child process.

Built from the documented options of NAPS2 8 and tested with a substitute program only, not on Windows. NAPS2
writes its file when the whole stack is scanned. So no page comes before the last one, and `[scanner]
page_seconds` has to be as long as a stack takes.

`[scanner] backend_options`: `driver` (`wia`, `twain` or `escl`; default `wia`), `program` (the path of
NAPS2.Console, unless it is on the PATH or in Program Files).
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from scanflow.capture.scanner.adapter import Batch, Raster
from scanflow.capture.scanner.device import Device, Option
from scanflow.capture.scanner.sane_status import IO_ERROR, NO_DOCS, error_of
from scanflow.errors import MissingToolError, ScannerError, ScannerLostError, SettingsError

DRIVERS = ("wia", "twain", "escl")
_SOURCES = {"Flatbed": "glass", "ADF": "feeder", "ADF Duplex": "duplex"}
_DEPTHS = {"Color": "color", "Gray": "gray", "Lineart": "bw"}
_A3_MM = (297.0, 420.0)
_LOOK_SECONDS = 0.2
# What NAPS2 prints, by the status that SANE has for it.
_STATUSES = {
    r"jam": 6,
    r"no (?:scanned )?pages|feeder is empty|no documents|out of paper": NO_DOCS,
    r"cover": 8,
    r"busy|in use": 3,
    r"no device|device.*not (?:be )?found|offline": 4,
}


class Naps2Adapter:
    """Scans with NAPS2.Console. Raises MissingToolError if it is not installed, SettingsError."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._driver = str(options.get("driver", "wia"))
        unknown = set(options) - {"driver", "program"}
        if self._driver not in DRIVERS or unknown:
            raise SettingsError(
                f"[scanner] backend_options: `driver` is one of {', '.join(DRIVERS)}, `program` is a path; "
                "there are no others"
            )
        self._program = str(options.get("program") or _installed())

    def devices(self) -> list[Device]:
        """What NAPS2 lists, one device a line."""
        done = self._run("--listdevices", "--driver", self._driver)
        if done.returncode:
            raise _error(done.stdout + done.stderr)
        return [Device(line.strip(), kind=self._driver) for line in done.stdout.splitlines() if line.strip()]

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:  # noqa: ARG002 - see below
        """The options that NAPS2 accepts for any device: it can't query a device."""
        return [
            Option("source", tuple(_SOURCES)),
            Option("mode", tuple(_DEPTHS)),
            Option("resolution", low=75, high=600, step=1, unit="dpi"),
            Option("br-x", low=0.0, high=_A3_MM[0], unit="mm"),
            Option("br-y", low=0.0, high=_A3_MM[1], unit="mm"),
        ]

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]:
        """All pages of the stack, even more than `batch.most`: NAPS2 always feeds the whole stack."""
        target = batch.raw / "scan.tiff"
        call = [self._program, *_arguments(batch, self._driver), "--output", str(target), "--force"]
        with subprocess.Popen(
            call, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            said = _Listener(process)
            while process.poll() is None:
                if stop.wait(_LOOK_SECONDS):
                    process.terminate()
                    return
            said.join()
        if not target.is_file():
            raise _error(said.text)
        yield from _pages(target, float(batch.chosen["resolution"]))

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self._program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )


class _Listener(threading.Thread):
    """Reads a program's output, so that a full pipe never blocks it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        super().__init__(daemon=True)
        self._process = process
        self.text = ""
        self.start()

    def run(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        for line in self._process.stdout:
            self.text += line


def _installed() -> str:
    """Where NAPS2.Console is. Raises MissingToolError."""
    folders = [os.environ[name] for name in ("PROGRAMFILES", "PROGRAMFILES(X86)") if name in os.environ]
    places = [Path(folder) / "NAPS2" / "NAPS2.Console.exe" for folder in folders]
    found = shutil.which("NAPS2.Console") or next((str(place) for place in places if place.is_file()), None)
    if found is None:
        raise MissingToolError(
            "no NAPS2.Console here: install NAPS2, or name it in [scanner] backend_options program"
        )
    return found


def _arguments(batch: Batch, driver: str) -> list[str]:
    chosen = batch.chosen
    width, height = (
        float(chosen.get(name, size)) for name, size in zip(("br-x", "br-y"), _A3_MM, strict=True)
    )
    return [
        *("--noprofile", "--driver", driver, "--device", batch.device),
        *("--source", _SOURCES[chosen.get("source", "ADF" if batch.feeder else "Flatbed")]),
        *("--bitdepth", _DEPTHS[chosen.get("mode", "Color")]),
        *("--dpi", chosen["resolution"]),
        *("--pagesize", f"{width:g}x{height:g}mm"),
        *("--tiffcomp", "none"),
    ]


def _pages(path: Path, asked_dpi: float) -> Iterator[Raster]:
    """The pages of the file that NAPS2 wrote."""
    try:
        with Image.open(path, formats=("TIFF",)) as image:
            for no in range(getattr(image, "n_frames", 1)):
                image.seek(no)
                yield Raster(image.copy(), float(image.info.get("dpi", (asked_dpi,))[0]))
    except (OSError, SyntaxError, EOFError) as error:
        raise ScannerLostError(f"NAPS2 gave an incomplete file: {error}") from error


def _error(said: str) -> ScannerError:
    """The error for what NAPS2 printed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in lines:
        for words, status in _STATUSES.items():
            if re.search(words, line, re.IGNORECASE):
                return error_of(status, line)
    return error_of(IO_ERROR, lines[-1] if lines else "NAPS2 wrote no file and said nothing")
