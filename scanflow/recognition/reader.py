"""The reader: the engine with its model, and the steps of recognition that the settings switch on.

Two readings of a page by the same reader are equal. Reading a document again can only improve it if another
reader read it before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from scanflow.recognition.step_names import OPTIONAL, skipped

if TYPE_CHECKING:
    from scanflow.model import PageReading
    from scanflow.settings import Settings

_RELEASE = 1
"""To be raised when a step gives other words than before under the same name."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`engine`: as in `PageReading.engine`; `steps`: as `steps_id` gives it."""

    engine: str
    steps: str

    def __str__(self) -> str:
        return f"{self.engine} {self.steps}".strip()


def steps_id(settings: "Settings") -> str:
    """A short text that differs for different lists of steps: the release and a hash of the steps' names.

    Raises SettingsError for an unknown step in `[ocr] skip`.
    """
    off = skipped(settings)
    names = ",".join(name for name in OPTIONAL if name not in off)
    return f"{_RELEASE}.{sha256(names.encode()).hexdigest()[:8]}"


def reader_of(settings: "Settings") -> Reader:
    """The reader of these settings; opens its engine. Raises SettingsError, MissingToolError."""
    from scanflow.ocr.engines.base import open_engine  # noqa: PLC0415 - loads image libraries

    return Reader(open_engine(settings.ocr).name, steps_id(settings))


def engines_of(readings: "Iterable[PageReading]") -> str:
    """The engines that read these pages, as text; empty where nothing was read."""
    return ", ".join(sorted({reading.engine for reading in readings if reading.engine}))
