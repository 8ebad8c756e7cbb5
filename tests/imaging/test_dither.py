"""Dots that stand for greys are smoothed; print of two tones and scans in grey stay as they are."""

import cv2
import numpy as np
import pytest
from PIL import Image

from scanflow.imaging.dither import smooth_dither
from scanflow.imaging.raster import Raster
from tests.imaging.pages import fixture_pages, text_page


def dithered(page: Raster) -> Raster:
    """The page on darker paper, in two tones by error diffusion."""
    grey = Image.fromarray((60 + page * 0.7).astype(np.uint8))
    return np.asarray(grey.convert("1"), np.uint8) * 255


def test_dots_become_greys_and_print_stays_dark() -> None:
    page = text_page(200)
    dotted = dithered(page)
    smooth = smooth_dither(dotted)
    assert smooth is not dotted
    paper = cv2.erode(np.where(page > 150, 255, 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 255
    assert smooth[paper].std() < 0.4 * dotted[paper].std()
    assert smooth[page < 60].mean() + 60 < smooth[paper].mean()


@pytest.mark.parametrize("threshold", [100, 150, 220])
def test_print_of_two_tones_stays(threshold: int) -> None:
    page = np.where(text_page(200) > threshold, 255, 0).astype(np.uint8)
    assert smooth_dither(page) is page


def test_a_picture_in_grey_stays() -> None:
    page = text_page(200)
    assert smooth_dither(page) is page


def test_no_page_of_the_fixtures_is_dithered() -> None:
    for page in fixture_pages():
        grey = page.grey
        assert smooth_dither(grey) is grey, page.name
