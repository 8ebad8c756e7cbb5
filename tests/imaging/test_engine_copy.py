"""The engine's copy: each step where it is needed, and nowhere else."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.engine_copy import (
    drop_red_seals,
    engine_copy,
    engine_dpi,
    has_small_print,
    level_background,
)
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.imaging.textmask import PAGE_DPI, find_text
from scanflow.model import Geometry
from tests.imaging.pages import fixture_pages, skewed, text_page, turned, written_pages

RED = (60, 50, 210)
DPI = 200


def in_colour(page: Raster) -> Raster:
    return as_raster(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR))


def stamped(page: Raster, centre: tuple[int, int] = (1000, 1200), radius: int = 140) -> Raster:
    """The page under a red ring with a star, through which print shows."""
    seal = in_colour(np.full(page.shape[:2], 255, np.uint8))
    cv2.circle(seal, centre, radius, RED, 10)
    cv2.circle(seal, centre, radius // 3, RED, -1)
    return np.minimum(page, seal)


def test_a_red_seal_goes_and_the_print_under_it_stays() -> None:
    page = text_page(DPI)
    cleaned = drop_red_seals(stamped(in_colour(page)), DPI)
    assert np.percentile(np.abs(cleaned.astype(int) - page), 99.9) < 60
    assert (cleaned[page < 60] < 80).all()
    grey = to_grey(stamped(in_colour(page)))
    assert np.abs(grey.astype(int) - page).max() > 120


def test_red_print_and_red_frames_stay() -> None:
    page = in_colour(text_page(DPI))
    cv2.putText(page, "GIAY CHUNG NHAN", (300, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.2, RED, 6, cv2.LINE_AA)
    cv2.rectangle(page, (50, 50), (page.shape[1] - 50, page.shape[0] - 50), RED, 6)
    assert np.array_equal(drop_red_seals(page, DPI), to_grey(page))


def on_red_ground(page: Raster) -> Raster:
    """As on a certificate: a pink sheet with a net of red lines, as red as faint seals are."""
    ground = np.full(page.shape, (225, 230, 252), np.uint8)
    for x in range(-page.shape[0], page.shape[1], 30):
        for way in (1, -1):
            start = x if way == 1 else page.shape[1] - x
            cv2.line(ground, (start, 0), (start + way * page.shape[0], page.shape[0]), (150, 160, 238), 2)
    return np.minimum(page, ground)


def test_a_red_seal_goes_from_a_red_ground_and_the_red_titles_stay() -> None:
    page = on_red_ground(in_colour(text_page(DPI)))
    cv2.putText(page, "GIAY CHUNG NHAN", (300, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.2, RED, 6, cv2.LINE_AA)
    grey = to_grey(page)
    cleaned = drop_red_seals(stamped(page), DPI)
    seal = (stamped(page) != page).any(axis=2) & (grey > 190)
    assert np.mean(cleaned[seal] > 190) > 0.95
    assert np.array_equal(cleaned[:300], grey[:300])
    assert np.array_equal(drop_red_seals(page, DPI), grey)


def test_a_seal_that_fills_much_of_a_card_goes() -> None:
    card = in_colour(text_page(DPI)[:425, :677])
    sealed = stamped(card, (500, 220))
    assert (sealed[:, :, 1] < 100).mean() > 0.08
    assert drop_red_seals(sealed, DPI)[220, 500] > 190


def test_blue_ink_stays() -> None:
    page = in_colour(text_page(DPI))
    cv2.circle(page, (1000, 1200), 140, (200, 60, 40), 8)
    assert np.array_equal(drop_red_seals(page, DPI), to_grey(page))


def in_shadow(page: Raster) -> Raster:
    """The page with a shadow as in a book's fold: its right third gets down to a third of the light."""
    light = 1 - 0.65 * np.exp(-(((np.arange(page.shape[1]) / page.shape[1]) - 1) ** 2) / 0.05)
    return as_raster((page * light).astype(np.uint8))


def test_uneven_light_is_levelled() -> None:
    page = text_page(DPI)
    levelled = level_background(in_shadow(page), DPI)
    paper = page > 230
    assert np.percentile(levelled[paper], 2) > 0.85 * np.percentile(levelled[paper], 98)
    assert np.median(levelled[page < 60]) < 90


@pytest.mark.parametrize("edge", [0, 250])
def test_an_even_page_is_left_alone_with_or_without_a_black_edge(edge: int) -> None:
    page = text_page(DPI)
    page[:, :edge] = 0
    page[len(page) - edge :] = 0
    assert level_background(page, DPI) is page


def test_black_pages_and_black_edges_survive_levelling() -> None:
    black = np.zeros((2339, 1654), np.uint8)
    assert level_background(black, DPI) is black
    page = in_shadow(text_page(DPI))
    page[:, :200] = 0
    levelled = level_background(page, DPI)
    assert levelled[:, :190].max() < 20
    assert np.median(levelled[:, 300:1000]) > 200


def test_no_fixture_is_levelled_without_need() -> None:
    for page in fixture_pages():
        grey = page.grey
        assert level_background(grey, page.dpi) is grey, page.name


@pytest.mark.parametrize(
    ("dpi", "expected"), [(72, 300), (100, 300), (150, 150), (200, 200), (300, 200), (600, 200)]
)
def test_only_unusual_resolutions_are_changed(dpi: float, expected: float) -> None:
    assert engine_dpi(dpi) == expected
    image = np.full((1100, 800), 255, np.uint8)
    copy = engine_copy(image, dpi, Geometry(rotation=90))
    assert copy.shape == (round(800 * expected / dpi), round(1100 * expected / dpi))


@pytest.mark.parametrize(("dpi", "expected"), [(150, 150), (200, 200), (240, 240), (300, 250), (600, 250)])
def test_small_print_is_reduced_less(dpi: float, expected: float) -> None:
    assert engine_dpi(dpi, small_print=True) == expected


def test_only_cards_have_small_print() -> None:
    cards = ("tuy-than.png:1", "cccd.jpg:1", "anh3.tif:2")
    found = [page for page in fixture_pages() if page.name.endswith(cards)]
    assert len(found) == len(cards)
    for page in (*found, *written_pages()):
        text = find_text(page.grey, page.dpi, PAGE_DPI)
        assert has_small_print(text) == page.name.endswith(cards), page.name


def test_an_upright_bilevel_page_is_not_changed() -> None:
    page = np.where(text_page(DPI) < 140, 0, 255).astype(np.uint8)
    assert engine_copy(page, DPI, Geometry()) is page


def test_turn_and_skew_are_taken_out() -> None:
    page = text_page(DPI)
    crooked = turned(skewed(page, 3.0), 90)
    copy = engine_copy(crooked, DPI, Geometry(rotation=270, skew=3.0))
    assert copy.shape == page.shape
    assert abs(find_skew(copy, DPI)) <= 0.1
    assert np.abs(copy[400:1900, 300:1300].astype(int) - page[400:1900, 300:1300]).mean() < 12


def test_every_fixture_comes_out_grey_straight_and_whole() -> None:
    for page in written_pages():
        copy = engine_copy(page.image, page.dpi, page.geometry)
        assert copy.ndim == 2, page.name
        assert abs(find_skew(copy, engine_dpi(page.dpi))) <= 0.1, page.name
