"""Bit depth and the tone of bare paper."""

import numpy as np
import pytest

from scanflow.imaging.measures.scan_look import measure_look
from scanflow.imaging.raster import Raster
from scanflow.model import ScanLook


def page(paper: int, ink: int) -> Raster:
    image = np.full((1200, 850), paper, np.uint8)
    image[200:220, 100:600] = ink
    return image


def coloured() -> Raster:
    image = np.repeat(page(235, 40)[..., None], 3, axis=2)
    image[600:800, 300:500] = (60, 40, 200)  # a red seal
    return image


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (page(255, 0), ScanLook("bitonal", 255)),
        (page(238, 60), ScanLook("grey", 238)),
        (np.repeat(page(238, 60)[..., None], 3, axis=2), ScanLook("grey", 238)),
        (coloured(), ScanLook("colour", 235)),
        (np.zeros((1, 1), np.uint8), ScanLook("bitonal", 0)),
    ],
)
def test_bit_depth_and_paper_tone_are_measured(image: Raster, expected: ScanLook) -> None:
    assert measure_look(image) == expected
