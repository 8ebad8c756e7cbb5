"""Blank pages: the empty backs of a duplex stack are blank, a page with any mark is not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from scanflow.imaging.measures.blank import ink_share, is_blank
from scanflow.imaging.raster import Raster, as_raster
from tests.imaging.pages import blurred, fixture_pages, sheet, text_page, turned, write

RESOLUTIONS = [100.0, 200.0, 300.0]


def bilevel(page: Raster) -> Raster:
    return np.where(page < 140, 0, 255).astype(np.uint8)


def test_only_the_blank_pages_of_the_fixtures_are_blank() -> None:
    for page in fixture_pages():
        assert is_blank(page.grey, page.dpi) == page.blank, page.name


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_empty_sheets_of_any_shade(dpi: float) -> None:
    for paper in (255, 240, 190, 150):
        assert is_blank(sheet(dpi, paper, grain=3), dpi)


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_show_through_is_blank(dpi: float) -> None:
    ghost = blurred(as_raster(cv2.flip(text_page(dpi), 1)), 0.25, dpi).astype(np.float32)
    page = np.minimum(sheet(dpi), 245 - (245 - ghost) * 0.2).astype(np.uint8)
    assert is_blank(page, dpi)


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_traces_of_handling_are_blank(dpi: float) -> None:
    page, mm = sheet(dpi), dpi / 25.4
    for y in (108.5, 188.5):  # punch holes
        cv2.circle(page, (round(12 * mm), round(y * mm)), round(3 * mm), (15,), -1)
    page[:, : round(3 * mm)] = 60  # the lid's shadow
    page[-round(2 * mm) :] = 10
    page[:, round(70 * mm)] = 90  # dirt on the glass
    for x, y in np.random.default_rng(5).integers(20, 180, (60, 2)):  # dust
        cv2.circle(page, (round(x * mm), round(y * mm)), round(0.3 * mm), (40,), -1)
    assert is_blank(page, dpi)
    assert is_blank(bilevel(page), dpi)


def test_a_skewed_empty_sheet_on_a_black_lid_is_blank() -> None:
    page = sheet(200)
    corner = np.array([[0, 0], [page.shape[1], 0], [page.shape[1], 90], [0, 10]])
    cv2.fillPoly(page, [corner], (5,))
    assert is_blank(page, 200)


def stamp(page: Raster, dpi: float) -> None:
    mm = dpi / 25.4
    cv2.circle(page, (round(150 * mm), round(230 * mm)), round(17 * mm), (150,), round(0.8 * mm))


def note(page: Raster, dpi: float) -> None:
    mm = dpi / 25.4
    curve = np.array([[40 + i * 2.5, 100 + 4 * np.sin(i * 1.7)] for i in range(8)]) * mm
    cv2.polylines(page, [curve.astype(np.int32)], False, (110,), max(1, round(0.4 * mm)), cv2.LINE_AA)


def page_number(page: Raster, dpi: float) -> None:
    write(page, "7", 104, 285, dpi, ink=70)


def edge_word(page: Raster, dpi: float) -> None:
    write(page, "Luu ho so", 190, 150, dpi)


def faint_line(page: Raster, dpi: float) -> None:
    write(page, "Da thu phi, bien lai kem theo", 30, 60, dpi, ink=165)


@pytest.mark.parametrize("mark", [stamp, note, page_number, edge_word, faint_line])
@pytest.mark.parametrize("dpi", RESOLUTIONS)
@pytest.mark.parametrize("clockwise", [0, 90])
def test_a_page_with_any_mark_is_not_blank(
    mark: Callable[[Raster, float], object], dpi: float, clockwise: int
) -> None:
    page = sheet(dpi)
    mark(page, dpi)
    assert not is_blank(turned(page, clockwise), dpi)


@pytest.mark.parametrize("dpi", RESOLUTIONS)
@pytest.mark.parametrize("height", [6, 10, 20])
def test_print_on_a_slip_is_kept_and_an_empty_slip_is_blank(dpi: float, height: float) -> None:
    """A slip of 50 mm by this height, most of which would be the margin of a sheet."""
    slip = sheet(dpi)[: round(height * dpi / 25.4), : round(50 * dpi / 25.4)].copy()
    assert is_blank(slip, dpi)
    write(slip, "Luu ho so", 10, height / 2 + 1.2, dpi)
    assert not is_blank(slip, dpi)


def test_a_black_page_or_photograph_is_not_blank() -> None:
    assert not is_blank(np.full((2339, 1654), 8, np.uint8), 200)
    page = sheet(200)
    page[:1400] = np.random.default_rng(2).integers(20, 120, (1400, page.shape[1])).astype(np.uint8)
    assert not is_blank(page, 200)


def test_more_writing_is_more_ink() -> None:
    few, many = sheet(), text_page()
    write(few, "Trang cuoi", 30, 60, 200)
    assert 0 < ink_share(few, 200) < ink_share(many, 200) < 0.2
