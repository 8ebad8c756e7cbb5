"""A scanner adapter from another package: its feeder holds the pictures of a folder.

`[scanner.backend_options] feeder` names the folder; each picture is fed once.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from scanflow.capture.scanner.adapter import Batch, Raster
from scanflow.capture.scanner.device import Device, Option
from scanflow.errors import FeederEmptyError, NoScannerError, SettingsError

_DEVICE = "example:0"
_DPI = 150


class ExampleAdapter:
    """An `Adapter` with one device."""

    def __init__(self, feeder: Path) -> None:
        self._feeder = feeder

    def devices(self) -> list[Device]:
        return [Device(_DEVICE, "Example", "Folder", "sheetfed scanner")]

    def options(self, device: str, chosen: Mapping[str, str]) -> list[Option]:
        _require(device)
        return [
            Option("source", ("Automatic Document Feeder",), value="Automatic Document Feeder"),
            Option("mode", ("Color", "Gray"), value=chosen.get("mode", "Color")),
            Option("resolution", (str(_DPI),), unit="dpi", value=str(_DPI)),
        ]

    def batch(self, batch: Batch, stop: threading.Event) -> Iterator[Raster]:
        _require(batch.device)
        sheets = sorted(self._feeder.iterdir())[: batch.most]
        if not sheets:
            raise FeederEmptyError("the feeder is empty")
        for sheet in sheets:
            if stop.is_set():
                return
            with Image.open(sheet) as image:
                yield Raster(image, float(batch.chosen["resolution"]))
            sheet.unlink()


def _require(device: str) -> None:
    if device != _DEVICE:
        raise NoScannerError(f"no scanner {device}")


def open_example(options: Mapping[str, Any]) -> ExampleAdapter:
    """Raises SettingsError where the options name no folder."""
    if "feeder" not in options:
        raise SettingsError("[scanner.backend_options] feeder: name the folder of sheets")
    return ExampleAdapter(Path(options["feeder"]))
