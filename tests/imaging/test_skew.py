"""Skew: known angles back to a tenth of a degree, whatever else is on the page."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import Raster
from scanflow.model import Geometry
from tests.imaging.pages import plain_page, sheet, skewed, text_page, turned, write, written_pages

DPI = 200
STRAIGHT = text_page(DPI)


@settings(max_examples=30, deadline=None)
@given(st.floats(-44.5, 44.5))
def test_known_angles_come_back(angle: float) -> None:
    assert find_skew(skewed(STRAIGHT, angle), DPI) == pytest.approx(angle, abs=0.1)


@pytest.mark.parametrize("angle", [-15.6, 16.0])
def test_a_peak_beyond_the_nearer_range_is_not_taken_for_its_slope(angle: float) -> None:
    """On a page of few lines the slope stands out more than the peak does among its neighbours."""
    page = sheet(DPI)
    for no in range(4):
        write(page, "BAN SAO NAY DUNG VOI BAN CHINH", 30, 100 + 25 * no, DPI)
    assert find_skew(skewed(page, angle, 245), DPI) == pytest.approx(angle, abs=0.15)


def test_fixtures_have_the_skew_that_they_were_given() -> None:
    for page in written_pages():
        upright = turned(page.grey, page.geometry.rotation)
        assert find_skew(upright, page.dpi) == pytest.approx(page.geometry.skew, abs=0.1), page.name


def test_a_page_upside_down_has_the_same_skew() -> None:
    page = skewed(STRAIGHT, 2.4)
    assert find_skew(turned(page, 180), DPI) == pytest.approx(2.4, abs=0.1)


@pytest.mark.parametrize("angle", [0.0, 0.03, -0.05])
def test_a_straight_page_is_exactly_straight(angle: float) -> None:
    assert find_skew(skewed(STRAIGHT, angle), DPI) == 0.0


def with_straight_frame(page: Raster) -> Raster:
    cv2.rectangle(page, (100, 100), (page.shape[1] - 100, page.shape[0] - 100), (0,), 5)
    return page


def with_black_edge(page: Raster) -> Raster:
    page[:, :60] = 5
    page[-90:] = 5
    return page


def with_slanting_bar(page: Raster) -> Raster:
    cv2.line(page, (0, 300), (page.shape[1], 700), (20,), 12)
    return page


def with_seal(page: Raster) -> Raster:
    cv2.circle(page, (1100, 1700), 150, (90,), 8)
    cv2.circle(page, (1100, 1700), 110, (90,), 4)
    return page


@pytest.mark.parametrize("disturb", [with_straight_frame, with_black_edge, with_slanting_bar, with_seal])
def test_frames_edges_bars_and_seals_do_not_decide(disturb: Callable[[Raster], Raster]) -> None:
    page = disturb(skewed(STRAIGHT, 3.3))
    assert find_skew(page, DPI) == pytest.approx(3.3, abs=0.15)


def test_a_page_without_lines_counts_as_straight() -> None:
    assert find_skew(sheet(DPI), DPI) == 0.0
    specks = np.random.default_rng(3).random((2339, 1654)) < 0.002
    dusty = np.where(cv2.dilate(specks.astype(np.uint8), np.ones((6, 6), np.uint8)), 30, 245).astype(np.uint8)
    assert find_skew(dusty, DPI) == 0.0


def test_one_line_is_enough() -> None:
    page = sheet(DPI)
    write(page, "Ban sao dung voi ban chinh, ngay 04 thang 8 nam 2026", 25, 150, DPI)
    assert find_skew(skewed(page, -1.7, 245), DPI) == pytest.approx(-1.7, abs=0.2)


@pytest.mark.parametrize("angle", [-1.3, -0.35, 0.33, 0.94])
@pytest.mark.parametrize("dpi", [150, 300])
def test_a_few_words_are_enough_for_a_fifth_of_a_degree(angle: float, dpi: int) -> None:
    page = sheet(dpi)
    for text, x, y in (
        ("Trang 7", 95, 25),
        ("Noi nhan: Nhu tren; Luu: VT.", 25, 40),
        ("CHU TICH", 140, 80),
        ("Vo Quoc Viet", 135, 120),
    ):
        write(page, text, x, y, dpi)
    assert find_skew(skewed(page, angle, 245), dpi) == pytest.approx(angle, abs=0.2)


def test_what_was_found_straightens_the_page() -> None:
    page = plain_page()
    crooked = skewed(page.grey, -4.2)
    straight = to_upright(crooked, Geometry(skew=find_skew(crooked, page.dpi)))
    assert abs(find_skew(straight, page.dpi)) <= 0.1
