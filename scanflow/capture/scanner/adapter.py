"""What the child process asks of a way to scan; `scanimage.py` and `insane.py` are the two ways."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from scanflow.capture.scanner.device import Device, Option


@dataclass(frozen=True, slots=True)
class Batch:
    """What to scan: `chosen` are the device's own options, `raw` a folder for passing files.

    Without `feeder` it is from the glass. `most` is how many pages are wanted at the most, None: all that
    there are. `grace` is how many seconds a stopped scan may take.
    """

    device: str
    chosen: Mapping[str, str]
    raw: Path
    feeder: bool
    most: int | None
    grace: float


@dataclass(frozen=True, slots=True)
class Raster:
    """A whole page as it came from the device; the image may still be lazy."""

    image: Image.Image
    dpi: float


class Adapter(Protocol):
    """Errors are ScannerErrors.

    `batch` ends silently when it has given `most` pages, when the feeder has run empty after a page, and when
    `stop` is set; a page that was
    not whole by then is not given. A page is good until the next one is asked for.
    """

    def devices(self) -> list[Device]: ...

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:
        """The device's options when `chosen` are set."""
        ...

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]: ...
