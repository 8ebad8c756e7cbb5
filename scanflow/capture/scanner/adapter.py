"""The protocol of scanner adapters; opens the one that `[scanner] backend` names.

An adapter talks to devices; it runs in the child process (`child_process.py`). `sane_cli.py`,
`pyinsane.py` and `naps2.py` are built in; another package may add one by an entry point of the group
`scanflow.scanners`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from scanflow.capture.scanner.device import Device, Option
from scanflow.plugins import SCANNERS, find_opener, require_known

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Batch:
    """What to scan: `chosen` are the device's own options, `raw` is a folder for temporary files.

    Without `feeder` the glass is scanned. `most`: the greatest number of pages, None for all. `grace`:
    seconds that a stopped scan may take to end.
    """

    device: str
    chosen: Mapping[str, str]
    raw: Path
    feeder: bool
    most: int | None
    grace: float


@dataclass(frozen=True, slots=True)
class Raster:
    """A complete page from the device; its image may not be loaded yet."""

    image: "Image.Image"
    dpi: float


class Adapter(Protocol):
    """A way to talk to devices. Every error that it raises is a ScannerError or a MissingToolError."""

    def devices(self) -> list[Device]:
        """All devices that can be found now."""
        ...

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:
        """The device's options when `chosen` are set.

        Their names are SANE's (`resolution`, `mode`, `source`, `tl-x`, `br-x`, …): profiles are matched with
        them (`device_options.py`).
        """
        ...

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]:
        """The pages, one by one; a page is valid until the next one is requested.

        Ends without an error after `batch.most` pages, when the feeder is empty after a page, and when `stop`
        is set; a page that is incomplete then is not given.
        """
        ...


AdapterOpener = Callable[[Mapping[str, Any]], Adapter]
"""Opens an adapter with `[scanner] backend_options`. Raises MissingToolError, SettingsError."""


def require_adapter(name: str) -> None:
    """Raise SettingsError with the known adapters if none has this name; nothing is loaded."""
    require_known(SCANNERS, _OURS, name, *_NAMED)


def find_adapter(name: str) -> AdapterOpener:
    """The opener of the adapter of this name. Raises SettingsError, MissingToolError."""
    return find_opener(SCANNERS, _OURS, name, *_NAMED)


# Imported when they are opened, because pyinsane2 is not installed everywhere.


def _open_scanimage(_options: Mapping[str, Any]) -> Adapter:
    from scanflow.capture.scanner.sane_cli import ScanimageAdapter  # noqa: PLC0415 - as said above

    return ScanimageAdapter()


def _open_pyinsane2(_options: Mapping[str, Any]) -> Adapter:
    from scanflow.capture.scanner.pyinsane import InsaneAdapter  # noqa: PLC0415 - as said above

    return InsaneAdapter()


def _open_naps2(options: Mapping[str, Any]) -> Adapter:
    from scanflow.capture.scanner.naps2 import Naps2Adapter  # noqa: PLC0415 - as said above

    return Naps2Adapter(options)


_NAMED = ("[scanner] backend", "cách kết nối máy quét")
_OURS: Mapping[str, AdapterOpener] = {
    "scanimage": _open_scanimage,
    "pyinsane2": _open_pyinsane2,
    "naps2": _open_naps2,
}
