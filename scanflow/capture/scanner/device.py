"""Types of scanning, and the protocols of scanners and backends."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from scanflow.settings import ScanProfile

Side = Literal["front", "back"]
Source = Literal["feeder", "flatbed"]


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner by its SANE name (`airscan:e0:Quầy 1`), with its vendor, model and kind."""

    name: str
    vendor: str = ""
    model: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A SANE option. `values` are its choices, else `low` to `high` is its range, in `unit`.

    Numbers in `values` have no unit. `value` is the current value, None where the device doesn't tell.
    """

    name: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float = 0.0
    unit: str = ""
    value: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a device can do.

    `resolutions` in dpi: all of them, or the lowest and highest one with `any_between`. `size`: the largest
    area in millimetres of the current source.
    """

    sources: tuple[Source, ...]
    duplex: bool
    colours: tuple[str, ...]
    resolutions: tuple[int, ...]
    any_between: bool
    size: tuple[float, float] | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A finished page: a JPEG or PNG file that states its resolution, synced to disk.

    `no` counts from the first page of the stack; `dpi` is what the device reports.
    """

    no: int
    side: Side
    path: Path
    width: int
    height: int
    dpi: float


class Scanner(Protocol):
    """One device."""

    @property
    def name(self) -> str: ...

    def capabilities(self) -> Capabilities:
        """Query the device. Raises a ScannerError."""
        ...

    def scan(
        self,
        profile: ScanProfile,
        folder: Path,
        *,
        first: int = 1,
        cancel: threading.Event | None = None,
        single: bool = False,
    ) -> Iterator[ScannedPage]:
        """Scan all sheets in the feeder, or the glass once; pages are numbered from `first`.

        With `single` only the feeder's first sheet, in duplex both of its sides. A device that takes in the
        next sheet while it sends the first one may feed that sheet through, too.

        Each page is given when it is finished, its file is in `folder`; given pages stay there in any case.
        Setting `cancel` stops the scan, and so does leaving the iteration early.

        Raises a ScannerError if the feeder is empty at the start, or for any problem. The end of the stack
        raises nothing.
        """
        ...


class ScannerBackend(Protocol):
    """Finds and opens scanners."""

    def devices(self, cancel: threading.Event | None = None) -> Sequence[Device]:
        """All scanners that can be found now. Raises a ScannerError, also when `cancel` is set."""
        ...

    def open(self, name: str = "") -> Scanner:
        """The device of that name, or the only one.

        Raises NoScannerError if there is none, or several and no name. A named device is not contacted before
        it is used.
        """
        ...
