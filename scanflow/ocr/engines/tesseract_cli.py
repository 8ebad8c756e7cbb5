"""Tesseract as a command, through pytesseract: for machines without tesserocr's compiled wheel.

It reads whole pages as the in-process engine's `recognize` does, but loads the model for each page, and can't
read single lines.
"""

import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytesseract
from numpy.typing import NDArray
from PIL import Image

from scanflow.errors import LimitError, MissingToolError
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import Capability
from scanflow.ocr.engines.tesseract_model import TesseractModel
from scanflow.text.normalization import normalize
from scanflow.units import points_per_pixel

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings

SECONDS = 120  # for one page; the densest pages take ten


class CommandEngine(TesseractModel):
    """The `tesseract` command, started for each page."""

    def __init__(self, settings: "OcrSettings") -> None:
        # The command inherits it; tesseract.py says why one thread is best.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        super().__init__(settings)
        try:
            self._version = str(pytesseract.get_tesseract_version())
        except pytesseract.TesseractNotFoundError as error:
            raise MissingToolError(
                "the tesseract command is not there: apt-get install tesseract-ocr",
                "Thiếu chương trình nhận dạng chữ Tesseract. Hãy cài đặt: apt-get install tesseract-ocr",
            ) from error

    @property
    def name(self) -> str:
        return f"tesseract {self._version} {self._language}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset({"orientation"})

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        table = self._run(
            pytesseract.image_to_data, grey, f"--oem 1 --psm 3 --dpi {round(dpi)}", self._models.names
        )
        scale = points_per_pixel(dpi)
        words: list[Word] = []
        for text, confidence, left, top, width, height, block, paragraph, line in zip(
            *(table[name] for name in ("text", "conf", "left", "top", "width", "height")),
            *(table[name] for name in ("block_num", "par_num", "line_num")),
            strict=True,
        ):
            if (word := normalize(str(text)).strip()) and float(confidence) >= 0:
                box = Box(left * scale, top * scale, (left + width) * scale, (top + height) * scale)
                # Tesseract numbers lines in each paragraph anew, `Word` in each block.
                words.append(Word(word, box, float(confidence) / 100, block - 1, paragraph * 1000 + line))
        return words

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        try:
            found = self._run(pytesseract.image_to_osd, grey, f"--psm 0 --dpi {round(dpi)}", "osd")
        except pytesseract.TesseractError as error:
            if re.search(r"Too few characters|Estimating resolution|Invalid resolution", error.message):
                return None
            raise
        return int(found["rotate"]), float(found["orientation_conf"])

    def _run(self, call: Any, grey: NDArray[np.uint8], config: str, language: str) -> dict[str, Any]:
        config = f'--tessdata-dir "{self._models.folder}" {config}'
        try:
            result: dict[str, Any] = call(
                Image.fromarray(grey),
                lang=language,
                config=config,
                output_type=pytesseract.Output.DICT,
                timeout=SECONDS,
            )
        except RuntimeError as error:
            if isinstance(error, pytesseract.TesseractError):
                raise
            raise LimitError(f"tesseract did not finish a page within {SECONDS} s") from error
        return result
