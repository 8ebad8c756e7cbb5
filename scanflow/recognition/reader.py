"""The reader: the engine with its model, and the steps of recognition that the settings carry out.

Two readings of a page by the same reader are equal. A document that another reader has read may be improved.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from scanflow.recognition.step_names import OPTIONAL, skipped

if TYPE_CHECKING:
    from scanflow.settings import Settings

_RELEASE = 1
"""Of the steps: raised where a step reads differently than before, under the same name."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`engine`: as in `PageReading.engine`; `steps`: a short text that tells lists of steps apart."""

    engine: str
    steps: str

    def __str__(self) -> str:
        return f"{self.engine} {self.steps}".strip()


def steps_id(settings: "Settings") -> str:
    """A short text for the steps that these settings carry out. Raises SettingsError for an unknown one."""
    off = skipped(settings.ocr)
    if not settings.imaging.deskew:
        off |= {"deskew"}
    if not settings.imaging.rotate_pages:
        off |= {"rotate_pages"}
    names = ",".join(name for name in OPTIONAL if name not in off)
    return f"{_RELEASE}.{sha256(names.encode()).hexdigest()[:8]}"


def reader_of(settings: "Settings") -> Reader:
    """The reader of these settings; opens its engine. Raises SettingsError, MissingToolError."""
    from scanflow.ocr.engines.base import open_engine  # noqa: PLC0415 - loads image libraries

    return Reader(open_engine(settings.ocr).name, steps_id(settings))
