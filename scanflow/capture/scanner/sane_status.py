"""Errors for the statuses of SANE.

Backends and `scanimage` give them as text (`sane_strstatus`) or as numbers. The child process sends the code
of one of our errors with the message, and the parent makes the error from it.
"""

import re

from scanflow.errors import (
    CoverOpenError,
    FeederEmptyError,
    MissingToolError,
    NoScannerError,
    PaperJamError,
    ScanCancelledError,
    ScanflowError,
    ScannerBusyError,
    ScannerDeniedError,
    ScannerError,
    ScannerLostError,
    ScannerRefusedError,
    ScannerTimeoutError,
    SettingsError,
)

GOOD, CANCELLED, INVALID, EOF, NO_DOCS, IO_ERROR = 0, 2, 4, 5, 7, 9

_BY_NUMBER: dict[int, tuple[type[ScannerError], str]] = {
    1: (ScannerRefusedError, "the device does not support this"),
    CANCELLED: (ScanCancelledError, "the scan was stopped, here or at the device"),
    3: (ScannerBusyError, "the device is busy"),
    INVALID: (NoScannerError, "no such device"),
    6: (PaperJamError, "a sheet is stuck in the feeder"),
    NO_DOCS: (FeederEmptyError, "the feeder is empty"),
    8: (CoverOpenError, "a cover is open"),
    IO_ERROR: (ScannerLostError, "error during device I/O: unplugged, switched off, or no network"),
    10: (ScannerError, "the device or its driver is out of memory"),
    11: (ScannerDeniedError, "no permission to use the device"),
    12: (ScannerBusyError, "the lamp is warming up"),
    13: (ScannerError, "the scanner is locked for transport: turn its lock"),
}

# The texts of Debian's SANE, and of older and newer versions.
_BY_WORDS = {
    r"operation (?:is )?not supported": 1,
    r"operation was cancell?ed": CANCELLED,
    r"device (?:is )?busy": 3,
    r"invalid argument": INVALID,
    r"feeder jammed": 6,
    r"out of documents": NO_DOCS,
    r"cover is open": 8,
    r"error during device i/o": IO_ERROR,
    r"out of memory": 10,
    r"has been denied": 11,
    r"lamp not ready|warming up": 12,
    r"locked for transport": 13,
}

_KINDS: tuple[type[ScanflowError], ...] = (
    *(kind for kind, _ in _BY_NUMBER.values()),
    ScannerTimeoutError,
    MissingToolError,
    SettingsError,
)
_BY_CODE = {kind.code: kind for kind in _KINDS}


def error_of(status: int, detail: str = "") -> ScannerError:
    """The error for a SANE status other than good; `detail` is the driver's message."""
    # This happens when a `saned` ends between two calls: the number is then uninitialized memory.
    kind, words = _BY_NUMBER.get(status, (ScannerLostError, f"the driver's status {status} does not exist"))
    return kind(f"{words} ({detail})" if detail else words)


def status_in(words: str) -> int | None:
    """The status that a line of `scanimage`'s messages names; None where it names none."""
    return next((s for pattern, s in _BY_WORDS.items() if re.search(pattern, words, re.IGNORECASE)), None)


def error_by_code(code: str, message: str, message_vi: str | None = None) -> ScanflowError:
    """The error with this code, as the child process reported it."""
    return _BY_CODE.get(code, ScannerError)(message, message_vi)
