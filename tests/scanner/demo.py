"""The demo's counter: a virtual scanner that always has a stack in its feeder, and the real agent beside it.

    python -m tests.scanner.demo FOLDER SCANFLOW      # `make demo` starts it; it ends with SIGTERM

SCANFLOW_STATION__SERVER and SCANFLOW_STATION__TOKEN tell the agent its server and its token. Pages of the
fixtures' dossiers (invented people) lie in the feeder: one dossier after the other, each when the one before
has been scanned.
"""

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pdf2image import convert_from_bytes
from PIL import Image, ImageSequence

from tests.fixtures.committed_set import FILED, data
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration, find_airscan

DPI = 200
PAGE_SECONDS = 0.8
_PAUSE_SECONDS = 0.5


def main() -> int:
    """Run until SIGTERM; the exit code is 4 where SANE's driver for such scanners is not installed."""
    folder, scanflow = Path(sys.argv[1]), sys.argv[2]
    if find_airscan() is None:
        sys.stderr.write("apt-get install sane-airscan for it\n")
        return 4
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with VirtualScanner(PAGE_SECONDS) as scanner:
        sane = SaneConfiguration(folder / "sane.d")
        sane.add_escl("Máy quét thử", scanner.url)
        environment = {**os.environ, "SANE_CONFIG_DIR": str(sane.folder)}
        batches = itertools.cycle(dict.fromkeys(batch for batch, _ in FILED))
        scanner.load(_sheets(next(batches)))  # first, because somebody may scan as soon as there is a scanner
        agent = subprocess.Popen([scanflow, "--home", str(folder), "station"], env=environment)
        try:
            _feed(scanner, batches, agent)
        finally:
            agent.terminate()
            agent.wait()
    return agent.returncode


def _feed(scanner: VirtualScanner, batches: Iterator[str], agent: subprocess.Popen[bytes]) -> None:
    """Put the next dossier into the feeder whenever it is empty and nobody scans."""
    while agent.poll() is None:
        if scanner.is_empty:
            scanner.load(_sheets(next(batches)))
        time.sleep(_PAUSE_SECONDS)


def _sheets(batch: str) -> list[bytes]:
    """A dossier's pages as a scanner sends them."""
    return [_jpeg(page) for name, file in FILED if name == batch for page in _pictures(data(name, file))]


def _pictures(content: bytes) -> list[Image.Image]:
    """The pages of a file, by what scanflow itself needs: the demo has no more."""
    if content.startswith(b"%PDF"):
        return list(convert_from_bytes(content, DPI, grayscale=True))
    with Image.open(io.BytesIO(content)) as image:
        return [frame.convert("L") for frame in ImageSequence.Iterator(image)]


def _jpeg(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "JPEG", quality=85, dpi=(DPI, DPI))
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
