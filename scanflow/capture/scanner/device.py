"""The nouns of scanning, and the protocol that whoever scans relies on."""

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
    """A scanner as SANE names it (`airscan:e0:Quầy 1`), with its maker's words."""

    name: str
    vendor: str = ""
    model: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One of SANE's options. `values` are its choices, else `low` to `high` its range, in `unit`.

    Numbers among `values` are plain. `value` is what it stands at, None where the device doesn't say.
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

    `resolutions` are in dpi: its list, or its lowest and highest where `any_between`. `size` is the largest
    area in millimetres, of the source that is set now.
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
    """A finished page: a JPEG or PNG with its resolution in it, synced to disk.

    `no` counts from the first page of the stack; `dpi` is what the device says that it did.
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
        """Ask the device. Raises a ScannerError."""
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
        """Scan what lies in the feeder, or what lies on the glass once; pages are numbered from `first`.

        With `single` it is the feeder's first sheet only; in duplex both of its sides. A device that draws
        the next sheet while it sends the first may let that one pass, too.

        Pages are given as they are finished, their files in `folder`; those given stay there whatever
        happens. Setting `cancel` stops it. Leaving the iteration early stops it too.

        Raises a ScannerError: the feeder is empty at start, or something is wrong now. A stack that simply
        ends raises nothing.
        """
        ...


class ScannerBackend(Protocol):
    """A way to devices."""

    def devices(self, cancel: threading.Event | None = None) -> Sequence[Device]:
        """All scanners that can be found now. Raises a ScannerError, also when `cancel` is set."""
        ...

    def open(self, name: str = "") -> Scanner:
        """The device of that name, or the only one there is.

        Raises NoScannerError: none is there, or several are and none was named. Whether a named device is
        there shows when it is used.
        """
        ...
