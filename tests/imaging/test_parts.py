"""Cards on one sheet: each straightened by itself, and pages of text left alone."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from scanflow.imaging.geometry.parts import straighten_parts
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.raster import Raster, as_raster
from tests.imaging.pages import sheet, text_page, turned
from tests.ocr.pages import DPI, HEIGHT, WIDTH, official_page, two_cards

ANGLES = (-21.0, 6.0)


@pytest.fixture(scope="module")
def cards() -> Raster:
    return as_raster(two_cards(*ANGLES))


def test_each_card_becomes_straight(cards: Raster) -> None:
    copy, parts = straighten_parts(cards, DPI)
    assert len(parts) == 2
    for half in (copy[: HEIGHT // 2], copy[HEIGHT // 2 :]):
        assert find_skew(half, DPI) == pytest.approx(0, abs=0.2)
    assert np.count_nonzero(copy < 128) == pytest.approx(np.count_nonzero(cards < 128), rel=0.03)


def test_a_places_matrix_leads_back_to_the_page(cards: Raster) -> None:
    copy, parts = straighten_parts(cards, DPI)
    assert len(parts) == 2
    for part in parts:
        inside = np.zeros_like(copy)
        cv2.fillConvexPoly(inside, np.round(part.outline).astype(np.int32), (255,))
        straight = np.where(inside == 255, copy, 255).astype(np.uint8)
        size = (WIDTH, HEIGHT)
        back = cv2.warpAffine(straight, part.back, size, borderValue=(255,))
        was_ink = cv2.dilate((cards < 128).astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
        assert np.mean(was_ink[back < 100]) > 0.99


@pytest.mark.parametrize("page", [official_page, lambda: text_page(DPI), lambda: sheet(DPI)])
def test_a_page_without_parts_at_angles_of_their_own_is_not_changed(page: Callable[[], Raster]) -> None:
    raster = page()
    copy, parts = straighten_parts(raster, DPI)
    assert copy is raster
    assert parts == ()
    assert straighten_parts(turned(raster, 180), DPI)[1] == ()


def test_a_signature_and_a_seal_are_no_parts() -> None:
    page = official_page().copy()
    curve = np.array([[900, 1500], [1010, 1410], [1020, 1560], [1130, 1380], [1160, 1500], [1300, 1370]])
    cv2.polylines(page, [curve.astype(np.int32)], False, (40,), 4)
    cv2.circle(page, (980, 1480), 140, (90,), 6)
    for no in range(24):
        x, y = 980 + 115 * np.cos(no / 24 * 2 * np.pi), 1480 + 115 * np.sin(no / 24 * 2 * np.pi)
        cv2.putText(page, "ABEHKM"[no % 6], (round(x) - 9, round(y) + 9), 0, 0.9, (90,), 2)
    assert straighten_parts(page, DPI)[1] == ()
