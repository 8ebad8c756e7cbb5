"""The engine protocol (bộ nhận dạng), the character gate, and how an engine is opened.

An engine turns a grey raster into words; everything before and after it does not care which one it is.
"""

from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scanflow.errors import SettingsError
from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale
from scanflow.plugins import ENGINES, find_opener, known_names
from scanflow.text.alphabet import NON_ASCII_LETTERS

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings

TOLERATED_LETTERS = frozenset("ỵỴ")
"""What a model may lack, because Debian's `vie` does: 1 letter in 660,000 of legal text (kỵ, thuỵ)."""


Capability = Literal["lines", "orientation", "character_confidences"]
"""What an engine can do beyond reading a page.

Read a raster that holds one line (`LineEngine`); tell which way up a page lies; give each character's
confidence.
"""


class Engine(Protocol):
    """What reads a page. Steps ask `capabilities` before they use what not every engine has."""

    @property
    def name(self) -> str:
        """Program, version and model, for the record: `tesseract 5.5.4 vie`."""

    @property
    def letters(self) -> Container[str]:
        """The characters, NFC, that its model can write; without all Vietnamese ones it is not opened."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do beyond `recognize`."""

    @property
    def scale(self) -> ConfidenceScale:
        """The limits on its confidences that steps decide by."""

    @property
    def calibration(self) -> Calibration:
        """The chance that a word of a confidence is right; empty where nothing was fitted to its model."""

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        """Read a grey raster (h, w).

        Words come in the engine's own reading order, NFC, with boxes in points of that raster
        (pixels × 72 / dpi), blocks and lines numbered as the engine saw them.
        """

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        """Clockwise quarter turn (0, 90, 180, 270) that makes the raster upright, and how sure.

        The second number is the engine's own scale, 0 for a coin toss. None if it cannot tell. Only called
        where the engine has the capability `orientation`.
        """


@runtime_checkable
class LineEngine(Protocol):
    """An engine with the capability `lines`: it reads single lines cheaply."""

    @property
    def scale(self) -> ConfidenceScale:
        """As `Engine.scale`."""

    def recognize_line(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        """Read a raster that holds one line; as `Engine.recognize`."""


def missing_letters(charset: Container[str]) -> tuple[str, ...]:
    """The Vietnamese letters that `charset` lacks; a model with any missing silently misspells."""
    return tuple(letter for letter in NON_ASCII_LETTERS if letter not in charset)


def require_letters(charset: Container[str], model: str) -> None:
    """Refuse a model that cannot write Vietnamese: SettingsError naming the letters it lacks."""
    missing = missing_letters(charset)
    if not TOLERATED_LETTERS.issuperset(missing):
        named = " ".join(missing)
        raise SettingsError(
            f"the model {model} lacks {len(missing)} of {len(NON_ASCII_LETTERS)} Vietnamese letters "
            f"({named}); choose one that has them all, for example [ocr] language = 'vie'",
            f"Mô hình nhận dạng {model} thiếu {len(missing)} chữ cái tiếng Việt ({named}). "
            "Hãy chọn mô hình khác, ví dụ 'vie'.",
        )


Opener = Callable[["OcrSettings"], Engine]
"""Opens an engine. Raises MissingToolError, SettingsError. Entry points of `scanflow.engines` are such."""


@lru_cache(maxsize=1)
def open_engine(settings: "OcrSettings") -> Engine:
    """The engine that the settings name, kept open for the life of the process (loading takes 0.1 s).

    Raises MissingToolError (no program, no model) or SettingsError (no engine of that name, or its
    model lacks Vietnamese letters).
    """
    return gated(_opener(settings.engine)(settings))


def gated(engine: Engine) -> Engine:
    """The engine, if its model can write Vietnamese; SettingsError naming the letters if it cannot."""
    require_letters(engine.letters, engine.name)
    return engine


def engine_names() -> list[str]:
    """The names of all engines that can be chosen: ours, and those of installed packages."""
    return known_names(ENGINES, _OURS)


def _opener(name: str) -> Opener:
    return find_opener(ENGINES, _OURS, name, "[ocr] engine", "bộ nhận dạng chữ")


# Imported when they are opened, so that neither needs the other's library.


def _open_tesserocr(settings: "OcrSettings") -> Engine:
    from scanflow.ocr.engines.tesseract import TesseractEngine  # noqa: PLC0415

    return TesseractEngine(settings)


def _open_pytesseract(settings: "OcrSettings") -> Engine:
    from scanflow.ocr.engines.tesseract_cli import CommandEngine  # noqa: PLC0415

    return CommandEngine(settings)


_OURS: Mapping[str, Opener] = {"tesserocr": _open_tesserocr, "pytesseract": _open_pytesseract}
