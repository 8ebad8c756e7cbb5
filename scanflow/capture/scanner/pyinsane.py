"""Scanning with pyinsane2, in its single-thread mode. Runs in the child process, which it may hang or crash.

It has not been maintained since 2018: it does not convert SANE's fixed-point numbers, its multi-process mode
fails on real pages, and after an error nothing works until the scan is cancelled. Its advantage is that it
keeps the device open from choosing options to the last page.
"""

import itertools
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from scanflow.capture.scanner.adapter import Batch, Raster
from scanflow.capture.scanner.device import Device, Option
from scanflow.capture.scanner.sane_status import IO_ERROR, NO_DOCS, error_of
from scanflow.errors import MissingToolError, ScannerRefusedError

_FIXED = 65536  # SANE's fixed-point numbers have 16 fractional bits
_UNITS = {3: "mm", 4: "dpi", 1: "pel", 2: "bit", 5: "%", 6: "us"}
_BOOLEAN, _FIXED_POINT, _STRING = 0, 2, 3


class InsaneAdapter:
    """Scans with pyinsane2. Raises MissingToolError if it or SANE's library is not installed."""

    def __init__(self) -> None:
        os.environ["PYINSANE_SINGLE_THREAD"] = "1"
        try:
            import pyinsane2  # noqa: PLC0415  the variable must be set before
            from pyinsane2.sane import abstract  # noqa: PLC0415  the same
        except (ImportError, OSError) as error:
            raise MissingToolError(f"no pyinsane2 here: pip install 'scanflow[scanner]' ({error})") from error
        self._sane = pyinsane2
        self._scans = abstract
        self._scanner: Any = None

    def devices(self) -> list[Device]:
        with self._errors():
            found = self._sane.get_devices()
        return [Device(d.name, d.vendor or "", d.model or "", d.dev_type or "") for d in found]

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:
        with self._errors():
            scanner = self._opened(device)
            self._set(scanner, chosen)
            return [_option(option) for option in _fresh_options(scanner).values()]

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]:
        with self._errors():
            scanner = self._opened(batch.device)
            self._set(scanner, batch.chosen)
            dpi = float(_plain(_fresh_options(scanner)["resolution"]))
            kind = self._scans.MultipleScan if batch.feeder else self._scans.SingleScan
            session = self._scans.ScanSession(_started(kind, scanner))
            try:
                for _ in range(batch.most) if batch.most else itertools.count():
                    if not _page_read(session, stop):
                        return
                    yield Raster(session.images.pop(), dpi)
            finally:
                # Also after an error: before that nothing can be set.
                with suppress(self._sane.PyinsaneException):
                    session.scan._cancel()  # `cancel` does nothing if it assumes that the scan has ended

    def _opened(self, device: str) -> Any:
        if self._scanner is None:
            self._scanner = self._sane.Scanner(name=device)
        return self._scanner

    def _set(self, scanner: Any, chosen: Mapping[str, str]) -> None:
        for name, value in chosen.items():
            options = _fresh_options(scanner)
            if name not in options:
                raise ScannerRefusedError(f"the device has no option {name}")
            if name == "mode" and value.lower() in ("lineart", "binary"):
                raise ScannerRefusedError(
                    "pyinsane2 takes minutes for a page in black and white: choose the backend scanimage"
                )
            options[name].value = _as_raw(options[name], value)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._sane.PyinsaneException as error:
            raise _error(error) from error


def _started(kind: Any, scanner: Any) -> Any:
    try:
        return kind(scanner)
    except StopIteration:  # a generator must not raise StopIteration
        raise error_of(NO_DOCS) from None


def _page_read(session: Any, stop: threading.Event) -> bool:
    """Read until a page is complete; False if there was none."""
    while not stop.is_set():
        try:
            session.scan.read()
        except EOFError:  # also when the feeder is empty: then there is no image
            return bool(session.images)
        except StopIteration:
            return False
    return False


def _error(error: Any) -> Exception:
    try:
        return error_of(int(error.status))
    except (TypeError, ValueError):
        return error_of(IO_ERROR, str(error.status))


def _fresh_options(scanner: Any) -> dict[str, Any]:
    """The current options: ranges change with the source, but pyinsane2 caches the first ones."""
    scanner._Scanner__options = None
    options: dict[str, Any] = scanner.options
    return options


def _option(option: Any) -> Option:
    constraint = option.constraint
    ranged = isinstance(constraint, tuple)
    factor = _factor(option)
    kind = int(option.val_type)
    values: tuple[str, ...] = ()
    if isinstance(constraint, list):
        values = tuple(value if kind == _STRING else f"{value / factor:g}" for value in constraint)
    elif kind == _BOOLEAN:
        values = ("yes", "no")
    active = option.capabilities.is_active()
    return Option(
        option.name,
        values,
        low=constraint[0] / factor if ranged else None,
        high=constraint[1] / factor if ranged else None,
        step=constraint[2] / factor if ranged else 0.0,
        unit=_UNITS.get(int(option.unit), ""),
        value=_plain(option) if active else None,
        active=active and option.capabilities.is_settable(),
    )


def _factor(option: Any) -> int:
    return _FIXED if int(option.val_type) == _FIXED_POINT else 1


def _plain(option: Any) -> str:
    """An option's value, as `scanimage` would write it."""
    value = option.value
    kind = int(option.val_type)
    if kind == _BOOLEAN:
        return "yes" if value else "no"
    return str(value) if kind == _STRING else f"{value / _factor(option):g}"


def _as_raw(option: Any, value: str) -> Any:
    kind = int(option.val_type)
    if kind == _BOOLEAN:
        return int(value == "yes")
    return value if kind == _STRING else round(float(value) * _factor(option))
