"""Rings of black seals in scans of two tones: removed, but for the letters that they run through."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.marks.black_rings import drop_black_rings
from scanflow.imaging.raster import Raster, as_raster
from tests.imaging.pages import text_page
from tests.imaging.seals import CENTRE, DPI, seal, sealed


def two_tones(page: Raster) -> Raster:
    return as_raster((page > 127) * np.uint8(255))


def black_sealed(dpi: int) -> tuple[Raster, Raster]:
    """A page of text in two tones, and the same with a black seal."""
    page = two_tones(text_page(dpi))
    return page, two_tones(sealed(page, 0, dpi))


@pytest.mark.parametrize("dpi", [200, 300])
def test_a_black_ring_goes_and_the_print_that_it_runs_through_stays(dpi: int) -> None:
    page, scan = black_sealed(dpi)
    cleaned = drop_black_rings(scan, dpi)
    disc = np.zeros_like(page)
    scale = dpi / DPI
    cv2.circle(disc, (round(CENTRE[0] * scale), round(CENTRE[1] * scale)), round(60 * scale), 255, -1)
    ring = (seal((page.shape[0], page.shape[1]), 0, dpi) < 128) & (disc == 0)
    assert np.mean(cleaned[ring & (page > 0)] == 255) > 0.85
    assert np.mean(cleaned[ring & (page == 0)] == 0) > 0.6
    assert (cleaned[~ring] == scan[~ring]).mean() > 0.999


def test_a_rough_ring_of_a_skewed_seal_is_removed_too() -> None:
    page = np.full((1800, 1600), 255, np.uint8)
    rough = np.random.default_rng(5)
    for angle in np.linspace(0, 2 * np.pi, 900):
        x, y = 800 + 142 * np.cos(angle), 900 + 136 * np.sin(angle)
        cv2.circle(page, (round(x), round(y)), int(rough.integers(2, 5)), 0, -1)
    cv2.rectangle(page, (300, 1100), (500, 1110), 0, -1)
    cleaned = drop_black_rings(as_raster(page), DPI)
    assert np.count_nonzero(cleaned[700:1080] == 0) < 0.1 * np.count_nonzero(page[700:1080] == 0)
    assert (cleaned[1100:1111] == page[1100:1111]).all()


def test_pages_without_a_ring_are_left_as_they_are() -> None:
    plain = two_tones(text_page(DPI))
    framed = plain.copy()
    cv2.rectangle(framed, (400, 900), (800, 1300), 0, 7)
    for page in (plain, as_raster(framed), np.full((900, 700), 255, np.uint8)):
        assert drop_black_rings(page, DPI) is page


def test_a_page_of_many_greys_is_left_to_the_removal_of_grey_seals() -> None:
    grey = as_raster(cv2.GaussianBlur(sealed(text_page(DPI), 0), (15, 15), 0))
    assert drop_black_rings(grey, DPI) is grey
