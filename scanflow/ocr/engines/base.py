"""The protocol of recognition engines (bộ nhận dạng), the check of their letters, and how an engine is
opened.

An engine reads the words of a grey raster. All other modules work with any engine.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scanflow.errors import SettingsError
from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale
from scanflow.plugins import ENGINES, find_opener
from scanflow.text.alphabet import NON_ASCII_LETTERS

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings

TOLERATED_LETTERS = frozenset("ỵỴ")
"""Letters that a model may lack, because Debian's `vie` lacks them: 1 in 660,000 letters of legal text (kỵ,
thuỵ).
"""


Capability = Literal["lines", "batch", "orientation", "character_confidences"]
"""What an engine may be able to do besides reading a page.

`batch`: read a page's lines all at once, in less time (`BatchEngine`);
`lines`: read a raster that holds one line (`LineEngine`); `orientation`: find a page's orientation;
`character_confidences`: give the confidence of each character (no step uses it yet).
"""


class Engine(Protocol):
    """A recognition engine. Steps check `capabilities` before they use what not every engine has."""

    @property
    def name(self) -> str:
        """Program, version and model, for the record: `tesseract 5.5.4 vie`."""

    @property
    def letters(self) -> Container[str]:
        """The characters (NFC) that its model can write. It must have all Vietnamese letters."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do besides `recognize`."""

    @property
    def scale(self) -> ConfidenceScale:
        """The limits on its confidences that the steps use."""

    @property
    def calibration(self) -> Calibration:
        """The probability that a word of a confidence is right; empty for a model without calibration."""

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        """Read a grey raster (h, w).

        Words come in the engine's own reading order, NFC, with boxes in points of that raster
        (pixels × 72 / dpi), blocks and lines numbered as the engine found them.
        """

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        """Clockwise quarter turn (0, 90, 180, 270) that makes the raster upright, and how sure.

        The second number is on the engine's own scale, 0 for no certainty. None if it cannot tell. It is
        called only if the engine has the capability `orientation`.
        """


@runtime_checkable
class LineEngine(Protocol):
    """An engine with the capability `lines`: it reads single lines."""

    @property
    def scale(self) -> ConfidenceScale:
        """As `Engine.scale`."""

    def recognize_line(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        """Read a raster that holds one line; as `Engine.recognize`."""


@runtime_checkable
class BatchEngine(Protocol):
    """An engine with the capability `batch`: it reads the lines of a page together."""

    def recognize_in_batch(self, grey: NDArray[np.uint8], dpi: float, *, quick: bool) -> list[Word]:
        """As `Engine.recognize`, in less time; with `quick` in even less, with some more wrong words."""

    def recognize_lines(self, lines: Sequence[NDArray[np.uint8]], dpi: float) -> list[list[Word]]:
        """As `LineEngine.recognize_line` of each, in less time."""


def missing_letters(charset: Container[str]) -> tuple[str, ...]:
    """The Vietnamese letters that `charset` lacks.

    A model replaces a letter that it lacks by a similar one, with high confidence.
    """
    return tuple(letter for letter in NON_ASCII_LETTERS if letter not in charset)


def require_letters(charset: Container[str], model: str) -> None:
    """Raise SettingsError with the missing letters for a model that cannot write Vietnamese."""
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
"""Opens an engine. Raises MissingToolError, SettingsError.

Entry points of `scanflow.engines` have this type.
"""


@lru_cache(maxsize=1)
def open_engine(settings: "OcrSettings") -> Engine:
    """The engine that the settings name, kept open for the life of the process (loading takes 0.1 s).

    Raises MissingToolError (no program, no model) or SettingsError (no engine of that name, or its
    model lacks Vietnamese letters).
    """
    return require_vietnamese(_opener(settings.engine)(settings))


def require_vietnamese(engine: Engine) -> Engine:
    """The same engine. Raises SettingsError if its model cannot write Vietnamese."""
    require_letters(engine.letters, engine.name)
    return engine


def _opener(name: str) -> Opener:
    return find_opener(ENGINES, _OURS, name, "[ocr] engine", "bộ nhận dạng chữ")


# Each module is imported when its engine is opened, so that neither engine needs the other's library.


def _open_tesserocr(settings: "OcrSettings") -> Engine:
    from scanflow.ocr.engines.tesseract import TesseractEngine  # noqa: PLC0415

    return TesseractEngine(settings)


def _open_pytesseract(settings: "OcrSettings") -> Engine:
    from scanflow.ocr.engines.tesseract_cli import CommandEngine  # noqa: PLC0415

    return CommandEngine(settings)


_OURS: Mapping[str, Opener] = {"tesserocr": _open_tesserocr, "pytesseract": _open_pytesseract}
