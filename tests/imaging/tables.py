"""An empty page, rules, and a ruled table."""

import cv2
import numpy as np
from numpy.typing import NDArray

DPI = 200.0
MM = DPI / 25.4
Page = NDArray[np.uint8]
ACROSS, DOWN = (20, 40, 110, 150), (50, 65, 75, 85)  # millimetres


def page() -> Page:
    """A white A4 page."""
    return np.full((2339, 1654), 255, np.uint8)


def rule(copy: Page, *ends: float) -> None:
    """Draw a rule between two ends (x, y, x, y) in millimetres."""
    x0, y0, x1, y1 = (round(end * MM) for end in ends)
    cv2.line(copy, (x0, y0), (x1, y1), 0, 2)


def table(copy: Page) -> Page:
    """The page with a ruled table of three rows and columns, one cell with text."""
    for y in DOWN:
        rule(copy, ACROSS[0], y, ACROSS[-1], y)
    for x in ACROSS:
        rule(copy, x, DOWN[0], x, DOWN[-1])
    cv2.putText(copy, "STT Ho va ten", (round(45 * MM), round(60 * MM)), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    return copy
