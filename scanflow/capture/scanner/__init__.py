"""Scanners (máy quét): find devices and their capabilities, and scan pages.

    backend = open_backend(settings.scanner)
    scanner = backend.open(backend.devices()[0].name)
    for page in scanner.scan(profile, folder):
        ...                       # page.path is synced to disk; the next sheet is scanned meanwhile

All access to devices happens in a child process (`child_process.py`), by one of two adapters.
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
