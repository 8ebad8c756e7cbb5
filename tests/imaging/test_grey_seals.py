"""Seals in scans without colours: lightened where a ring of a lighter ink stands, and nothing else is."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.engine_copy import engine_copy
from scanflow.imaging.marks.grey_seals import drop_grey_seals
from scanflow.imaging.raster import as_raster
from scanflow.model import Geometry
from tests.imaging.pages import fixture_pages, text_page
from tests.imaging.seals import CENTRE, DPI, RADIUS, SEAL_GREY, seal, sealed


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_a_grey_seal_goes_and_the_print_under_it_stays(dpi: int) -> None:
    page = text_page(dpi)
    cleaned = drop_grey_seals(sealed(page, dpi=dpi), dpi)
    ink = (seal((page.shape[0], page.shape[1]), dpi=dpi) < 130) & (page > 250)
    assert np.mean(cleaned[ink] > 220) > 0.9
    assert (cleaned[page < 40] < 80).all()


def test_what_is_not_near_the_seal_is_left_alone() -> None:
    page = sealed(text_page(DPI))
    cleaned = drop_grey_seals(page, DPI)
    rows, columns = np.nonzero(cleaned != page)
    assert rows.size
    assert np.hypot(columns - CENTRE[0], rows - CENTRE[1]).max() < RADIUS + 35


@pytest.mark.parametrize("grey", [0, 30])
def test_a_seal_as_dark_as_print_stays(grey: int) -> None:
    page = sealed(text_page(DPI), grey)
    assert drop_grey_seals(page, DPI) is page


def test_faint_print_grey_pictures_and_frames_are_left_alone() -> None:
    faint = as_raster(255 - (255 - text_page(DPI)) * 0.5)
    assert drop_grey_seals(faint, DPI) is faint
    page = text_page(DPI)
    page[900:1400, 500:1100] = SEAL_GREY
    cv2.rectangle(page, (200, 1500), (500, 1800), SEAL_GREY, 7)
    assert drop_grey_seals(page, DPI) is page


def test_a_ground_full_of_rings_is_left_alone() -> None:
    page = text_page(DPI)
    for x in range(200, 1500, 160):
        for y in range(200, 2200, 160):
            cv2.circle(page, (x, y), RADIUS, SEAL_GREY, 6)
    assert drop_grey_seals(page, DPI) is page


def test_no_seal_no_change() -> None:
    for page in (text_page(DPI), as_raster(np.where(sealed(text_page(DPI)) < 140, 0, 255))):
        assert drop_grey_seals(page, DPI) is page


def test_where_it_is_found_on_a_fixture_there_is_a_seal() -> None:
    found = 0
    for page in fixture_pages():
        grey = page.grey
        if drop_grey_seals(grey, page.dpi) is not grey:
            found += 1
            assert "seal" in page.damages, page.name
    assert found >= 3


def test_a_grey_scan_stored_in_colour_is_cleaned_too() -> None:
    page = sealed(text_page(DPI))
    stored = as_raster(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR))
    expected = engine_copy(page, DPI, Geometry())
    assert not np.array_equal(expected, page)
    assert np.array_equal(engine_copy(stored, DPI, Geometry()), expected)
