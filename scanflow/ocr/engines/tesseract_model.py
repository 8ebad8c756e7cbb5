"""What both engines that use Tesseract have in common: the model, and the meaning of its confidences."""

from typing import TYPE_CHECKING

from scanflow.ocr.engines.confidence_scale import TESSERACT, Calibration, ConfidenceScale, calibration_of
from scanflow.ocr.engines.traineddata import check_models

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings


class TesseractModel:
    """The properties of an `Engine` that depend only on the model that the settings name."""

    def __init__(self, settings: "OcrSettings") -> None:
        """Raises MissingToolError, SettingsError."""
        self._models = check_models(settings)
        self._language = settings.language

    @property
    def letters(self) -> frozenset[str]:
        return self._models.letters

    @property
    def scale(self) -> ConfidenceScale:
        return TESSERACT

    @property
    def calibration(self) -> Calibration:
        return calibration_of(self._language)
