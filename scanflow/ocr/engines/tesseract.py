"""Tesseract in this process, through tesserocr: the default engine.

It needs a third less time than the command (0.66 s a page, not 0.99 s), since the model stays loaded and no
image is written to a file.
If the model allows it, lines that are easy to read are read without Tesseract's recognizer, all at once
(`line_network`).
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

# OpenMP reads it once, when libtesseract is loaded. Several threads on one page take six times the CPU of one
# thread, and pages are read in parallel processes anyway.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import numpy as np
import tesserocr
from numpy.typing import NDArray

from scanflow.errors import MissingToolError
from scanflow.logs import get_logger
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import Capability
from scanflow.ocr.engines.line_network.page import QUICK, USUAL, PageRecognizer, use_one_blas_thread
from scanflow.ocr.engines.line_network.weights import UnsupportedNetworkError, open_network
from scanflow.ocr.engines.tesseract_items import numbered_words
from scanflow.ocr.engines.tesseract_model import TesseractModel
from scanflow.ocr.engines.traineddata import Models, shipped_model
from scanflow.text.normalization import normalize
from scanflow.units import points_per_pixel

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings


log = get_logger(__name__)

_PAGE_MODES = tesserocr.PSM.AUTO, tesserocr.OEM.LSTM_ONLY
"""Page segmentation mode and engine mode for reading pages."""

_opened_before: dict[tuple[str, str, int, int], tesserocr.PyTessBaseAPI] = {}
"""Opened models that no engine has taken yet, by folder, names, page segmentation mode and engine mode."""


def open_shipped_model() -> None:
    """Open the shipped model for the first engine that needs it, in this process or in one forked from it.

    Opening takes 65 ms, in which other Python threads can run. Most of it is a table of confusable letters,
    which Tesseract loads although its LSTM recognizer does not use it. Raises MissingToolError,
    SettingsError.
    """
    use_one_blas_thread()  # also if the settings name another model
    models = shipped_model()
    key = str(models.folder), models.names, *_PAGE_MODES
    _opened_before[key] = _open_model(*key)
    _open_page_recognizer(models)


class TesseractEngine(TesseractModel):
    """An open Tesseract engine. Threads must not share it: each process opens its own."""

    def __init__(self, settings: "OcrSettings") -> None:
        super().__init__(settings)
        self._recognizer = self._open(self._models.names, *_PAGE_MODES)
        self._osd: tesserocr.PyTessBaseAPI | None = None  # opened when it is first needed
        self._page_recognizer = _open_page_recognizer(self._models)

    def _open(self, language: str, psm: int, oem: int) -> tesserocr.PyTessBaseAPI:
        key = str(self._models.folder), language, psm, oem
        return _opened_before.pop(key, None) or _open_model(*key)

    @property
    def name(self) -> str:
        return f"{tesserocr.tesseract_version().split(chr(10))[0].strip()} {self._language}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(("lines", "orientation", *(("batch",) if self._page_recognizer else ())))

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        _set_image(self._recognizer, grey, dpi)
        try:
            self._recognizer.Recognize()
            return _words(self._recognizer, points_per_pixel(dpi))
        finally:
            self._recognizer.Clear()  # the page's image and results; the model stays

    def recognize_in_batch(self, grey: NDArray[np.uint8], dpi: float, *, quick: bool) -> list[Word]:
        """As `recognize`, but `line_network` reads all lines at once, and Tesseract only uncertain words."""
        if self._page_recognizer is None:
            return self.recognize(grey, dpi)
        _set_image(self._recognizer, grey, dpi)
        try:
            limits = QUICK if quick else USUAL
            words = self._page_recognizer.read(self._recognizer, grey, dpi, self.recognize_line, limits)
            if words is None:
                self._recognizer.Recognize()  # uses the layout analysis that was made for `read`
                words = _words(self._recognizer, points_per_pixel(dpi))
            return words
        finally:
            self._recognizer.Clear()

    def recognize_lines(self, lines: Sequence[NDArray[np.uint8]], dpi: float) -> list[list[Word]]:
        """As `recognize_line` of each, all at once."""
        if self._page_recognizer is None:
            return [self.recognize_line(line, dpi) for line in lines]
        return self._page_recognizer.read_lines(lines, dpi)

    def recognize_line(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        """As `recognize`, for a raster that holds one line. The whole raster is read, because the layout
        analysis leaves out marks that are high above their letters.
        """
        self._recognizer.SetPageSegMode(tesserocr.PSM.RAW_LINE)
        try:
            return self.recognize(grey, dpi)
        finally:
            self._recognizer.SetPageSegMode(tesserocr.PSM.AUTO)

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        if self._osd is None:
            self._osd = self._open("osd", tesserocr.PSM.OSD_ONLY, tesserocr.OEM.TESSERACT_ONLY)
        _set_image(self._osd, grey, dpi)
        try:
            found = self._osd.DetectOrientationScript()
        finally:
            self._osd.Clear()
        if not found:
            return None
        # Tesseract says by how much the page is rotated clockwise; the result is the rotation that undoes it.
        return (360 - int(found["orient_deg"])) % 360, float(found["orient_conf"])


@lru_cache(maxsize=1)
def _open_page_recognizer(models: Models) -> PageRecognizer | None:
    """None, with a log message, if `line_network` does not support the models."""
    try:
        if "+" in models.names:
            raise UnsupportedNetworkError(f"{models.names}: several models")
        return PageRecognizer(open_network(models.folder / f"{models.names}.traineddata"))
    except UnsupportedNetworkError as error:
        log.info("lines-not-read-in-batch", reason=str(error))
        return None


def _open_model(folder: str, language: str, psm: int, oem: int) -> tesserocr.PyTessBaseAPI:
    try:
        api = tesserocr.PyTessBaseAPI(path=folder, lang=language, psm=psm, oem=oem)
    except RuntimeError as error:
        raise MissingToolError(
            f"Tesseract cannot load {language} from {folder}: {error}; "
            f"apt-get install --reinstall tesseract-ocr-{language}",
            f"Không mở được mô hình nhận dạng chữ «{language}». Hãy cài đặt lại.",
        ) from error
    # Skip the test for fixed-pitch text, which takes a sixth of the layout analysis: only recognizers that
    # segment single characters use its result.
    api.SetVariable("textord_all_prop", "1")
    return api


def _set_image(api: tesserocr.PyTessBaseAPI, grey: NDArray[np.uint8], dpi: float) -> None:
    height, width = grey.shape
    api.SetImageBytes(grey.tobytes(), width, height, 1, width)
    api.SetSourceResolution(round(dpi))


def _words(api: tesserocr.PyTessBaseAPI, scale: float) -> list[Word]:
    words: list[Word] = []
    iterator = api.GetIterator()
    if iterator is None:  # nothing on the page
        return words
    level = tesserocr.RIL.WORD
    for block, line, item in numbered_words(iterator):
        if item.Empty(level):
            continue
        text = normalize(item.GetUTF8Text(level)).strip()
        if text:
            left, top, right, bottom = (edge * scale for edge in item.BoundingBox(level))
            confidence = item.Confidence(level) / 100
            words.append(Word(text, Box(left, top, right, bottom), confidence, block, line))
    return words
