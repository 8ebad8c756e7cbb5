"""Streaks of a feeder's glass are found and taken out; rules, print and real pages stay as they are."""

from collections.abc import Callable

import numpy as np
import pytest

from scanflow.imaging.marks.streaks import drop_streaks, find_streaks
from scanflow.imaging.raster import Raster
from tests.imaging.pages import fixture_pages, sheet, text_page
from tests.imaging.tables import page as empty_page
from tests.imaging.tables import table

DPI = 200.0
PLACES = (300, 644, 1201)


def streaked(page: Raster, let_through: float) -> Raster:
    """The page with streaks of one to three pixels; `let_through`: the share of light that they leave."""
    result = page.copy()
    for wide, left in enumerate(PLACES, 1):
        result[:, left : left + wide] = page[:, left : left + wide] * let_through
    return result


@pytest.mark.parametrize("let_through", [0.85, 0.5, 0.0])
@pytest.mark.parametrize("along_rows", [False, True])
def test_streaks_are_taken_out_and_print_beside_them_stays(let_through: float, along_rows: bool) -> None:
    page = text_page(DPI)
    dirty = streaked(page, let_through)
    assert [first for first, _ in find_streaks(dirty, DPI)] == list(PLACES)
    cleaned = drop_streaks(np.ascontiguousarray(dirty.T), DPI).T if along_rows else drop_streaks(dirty, DPI)
    apart = np.abs(cleaned.astype(int) - page)
    assert apart.mean() < 0.1 * np.abs(dirty.astype(int) - page).mean()
    far = np.ones(page.shape[1], bool)
    for left in PLACES:
        far[left - 5 : left + 8] = False
    assert not apart[:, far].any()
    if let_through > 0:  # the print under it can be seen
        assert apart.max() < 60


@pytest.mark.parametrize("page", [lambda: text_page(DPI), lambda: sheet(DPI), lambda: table(empty_page())])
def test_pages_without_streaks_are_not_changed(page: Callable[[], Raster]) -> None:
    raster = page()
    assert drop_streaks(raster, DPI) is raster


def test_no_page_of_the_fixtures_has_a_streak() -> None:
    for page in fixture_pages():
        grey = page.grey
        assert drop_streaks(grey, page.dpi) is grey, page.name


def test_squared_paper_becomes_plain() -> None:
    page = text_page(DPI)
    squared = page.copy()
    for left in (0, 1):
        squared[:, 7 + left :: 39] = (squared[:, 7 + left :: 39] * 0.7).astype(np.uint8)
        squared[7 + left :: 39] = (squared[7 + left :: 39] * 0.7).astype(np.uint8)
    cleaned = drop_streaks(squared, DPI)
    before, after = (np.abs(each.astype(int) - page).mean() for each in (squared, cleaned))
    assert after < 0.2 * before


def test_a_wide_shadow_and_a_pattern_are_no_streaks() -> None:
    shadow = text_page(DPI)
    shadow[:, 700:720] //= 2
    assert find_streaks(shadow, DPI) == []
    pattern = text_page(DPI)
    for left in range(4):
        pattern[:, left::11] //= 2
    assert find_streaks(pattern, DPI) == []
