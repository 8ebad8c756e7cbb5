"""Scanners (máy quét): what is there, what it can do, and pages as they come out of it.

    backend = open_backend(settings.scanner)
    scanner = backend.open(backend.devices()[0].name)
    for page in scanner.scan(profile, folder):
        ...                       # page.path is synced to disk; the next sheet feeds meanwhile

Everything that touches a device happens in a child process (`child.py`), by one of two adapters.
"""

from scanflow.capture.scanner.device import (
    Capabilities,
    Device,
    ScannedPage,
    Scanner,
    ScannerBackend,
    Side,
)
from scanflow.capture.scanner.supervisor import open_backend

__all__ = ["Capabilities", "Device", "ScannedPage", "Scanner", "ScannerBackend", "Side", "open_backend"]
