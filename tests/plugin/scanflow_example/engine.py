"""An engine from another package: it finds two words on every page and can do nothing else."""

import numpy as np
from numpy.typing import NDArray

from scanflow.model import Box, Word
from scanflow.ocr.engines.base import Capability
from scanflow.ocr.engines.confidence_scale import NOT_FITTED, TESSERACT, Calibration, ConfidenceScale
from scanflow.settings import OcrSettings
from scanflow.text.alphabet import NON_ASCII_LETTERS


class ExampleEngine:
    """The smallest engine that keeps the protocol."""

    name = "example engine 1.0"
    letters = frozenset(NON_ASCII_LETTERS)
    capabilities: frozenset[Capability] = frozenset()
    scale: ConfidenceScale = TESSERACT
    calibration: Calibration = NOT_FITTED

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        height, width = (side * 72 / dpi for side in grey.shape)
        return [
            Word("Cộng", Box(width * 0.4, height * 0.1, width * 0.5, height * 0.12), 0.9, 0, 0),
            Word("hòa", Box(width * 0.52, height * 0.1, width * 0.6, height * 0.12), 0.9, 0, 0),
        ]

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        raise AssertionError(f"not asked for: {grey.shape} at {dpi} dpi")


def open_example(_settings: OcrSettings) -> ExampleEngine:
    return ExampleEngine()
