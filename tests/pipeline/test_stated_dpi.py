"""The same pixels are read alike whatever resolution their file states."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from scanflow.imaging.measures.stated_resolution import believable_resolution, measure_letters
from scanflow.model import CapturedPage, PageReading
from scanflow.ocr.engines.base import open_engine
from scanflow.pipeline.filing.file import page_words
from scanflow.recognition.page import read_page
from scanflow.settings import Settings
from tests.ocr.pages import DPI, HEIGHT, WIDTH, as_captured, official_page

SETTINGS = Settings()
SMALL = 0.5
"""An A4 page as people send it: a hundred dots an inch."""


def small_page() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    size = (round(WIDTH * SMALL), round(HEIGHT * SMALL))
    return np.asarray(cv2.resize(official_page(), size, interpolation=cv2.INTER_AREA), np.uint8)


def stating(dpi: tuple[float, float]) -> CapturedPage:
    return replace(as_captured(small_page()), dpi=dpi, dpi_source="stated", stated_dpi=dpi)


def texts(reading: PageReading) -> list[str]:
    return [word.text for word in reading.words]


@pytest.fixture(scope="module")
def truthful() -> PageReading:
    return read_page(stating((DPI * SMALL, DPI * SMALL)), open_engine(SETTINGS.ocr), SETTINGS)


@pytest.mark.parametrize("dpi", [(300.0, 300.0), (600.0, 600.0), (200.0, 100.0)])
def test_an_absurd_resolution_loses_no_word_and_gives_a_page_of_usual_size(
    truthful: PageReading, dpi: tuple[float, float]
) -> None:
    reading = read_page(stating(dpi), open_engine(SETTINGS.ocr), SETTINGS)
    assert len(truthful.words) > 60
    assert texts(reading) == texts(truthful)
    assert reading.size == pytest.approx(truthful.size, rel=0.03)
    kept = page_words(reading, None)
    assert kept.dpi == (100.0, 100.0, "measured")
    assert kept.stated_dpi == dpi
    one, other = (next(w.box for w in r.words if w.text == "Căn") for r in (truthful, reading))
    assert (other.left, other.top) == pytest.approx((one.left, one.top), abs=6)


def test_a_page_keeps_the_size_that_it_states_where_print_is_only_small(truthful: PageReading) -> None:
    """It may be fine print: the copy for the engine is enlarged as the print needs it."""
    reading = read_page(stating((170.0, 170.0)), open_engine(SETTINGS.ocr), SETTINGS)
    stated = (WIDTH * SMALL * 72 / 170, HEIGHT * SMALL * 72 / 170)
    assert reading.size == pytest.approx(stated, rel=0.002)
    assert texts(reading) == texts(truthful)
    one, other = (next(w.box for w in r.words if w.text == "Căn") for r in (truthful, reading))
    assert other.left / reading.size[0] == pytest.approx(one.left / truthful.size[0], abs=0.01)
    assert other.top / reading.size[1] == pytest.approx(one.top / truthful.size[1], abs=0.01)


def test_the_stated_resolution_of_an_ordinary_page_is_kept() -> None:
    page = as_captured(official_page())
    assert believable_resolution(page, np.empty((0, 0), np.uint8)) == (page, None)


@pytest.mark.parametrize("turns", range(4))
def test_letters_are_the_same_whichever_way_a_page_lies(turns: int) -> None:
    upright, turned = measure_letters(small_page()), measure_letters(np.rot90(small_page(), turns))
    assert upright is not None
    assert turned is not None
    assert turned.size == upright.size


def test_the_resolution_is_not_measured_by_too_few_letters() -> None:
    sheet = np.full((400, 400), 255, np.uint8)
    cv2.putText(sheet, "12", (150, 200), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    assert measure_letters(sheet) is None
