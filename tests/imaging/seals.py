"""A seal of one grey, alone and pressed on a page."""

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster

DPI = 200
CENTRE, RADIUS = (1000, 1200), 140
SEAL_GREY = 105


def seal(shape: tuple[int, int], grey: int = SEAL_GREY, dpi: int = DPI) -> Raster:
    """A ring with a thinner one in it and a disc in the middle, on white."""
    scale = dpi / DPI
    page = np.full(shape, 255, np.uint8)
    centre = round(CENTRE[0] * scale), round(CENTRE[1] * scale)
    for radius, thick in ((RADIUS, 7), (RADIUS * 0.88, 3)):
        cv2.circle(page, centre, round(radius * scale), grey, round(thick * scale), cv2.LINE_AA)
    cv2.circle(page, centre, round(RADIUS / 3 * scale), grey, -1, cv2.LINE_AA)
    return as_raster(page)


def sealed(page: Raster, grey: int = SEAL_GREY, dpi: int = DPI) -> Raster:
    """Ink over ink is darker than either."""
    pressed = seal((page.shape[0], page.shape[1]), grey, dpi)
    return as_raster(page.astype(np.uint16) * pressed // 255)
