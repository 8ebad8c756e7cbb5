import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.ocr.preprocessing.dot_leaders import remove_dot_leaders
from tests.ocr.pages import DPI, official_page


def with_dots(page: NDArray[np.uint8], top: int, left: int, count: int, step: int = 8) -> NDArray[np.uint8]:
    dotted = page.copy()
    for index in range(count):
        cv2.circle(dotted, (left + step * index, top), 1, 0, -1)
    return dotted


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    return official_page()


def test_rows_of_dots_go_and_nothing_else(page: NDArray[np.uint8]) -> None:
    dotted = with_dots(with_dots(page, 1400, 300, 100), 1470, 230, 60)
    assert (dotted != page).sum() == 160 * 5
    assert np.array_equal(remove_dot_leaders(dotted, DPI), page)


def test_a_page_without_leaders_is_the_same_raster(page: NDArray[np.uint8]) -> None:
    """Full stops, dots below letters (ạ ị ộ) and three dots in a row are print."""
    ellipsis = with_dots(page, 1400, 300, 3)
    assert remove_dot_leaders(ellipsis, DPI) is ellipsis


def test_the_given_raster_is_not_altered(page: NDArray[np.uint8]) -> None:
    dotted = with_dots(page, 1400, 300, 100)
    before = dotted.copy()
    remove_dot_leaders(dotted, DPI)
    assert np.array_equal(dotted, before)
