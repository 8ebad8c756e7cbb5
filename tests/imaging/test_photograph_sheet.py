"""The sheet in a photograph, seen from above; and scans, which are none."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.geometry.photograph_sheet import find_corners, flatten_sheet
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.raster import Raster, as_raster
from tests.imaging.pages import plain_page, skewed
from tests.ocr.pages import CORNERS, DPI, HEIGHT, WIDTH, official_page, photograph_of

TABLE = 60


@pytest.fixture(scope="module")
def photograph() -> Raster:
    return as_raster(photograph_of(official_page()))


def on_table(sheet: Raster, angle: float = 0.0) -> Raster:
    """A sheet on a dark table, turned about its middle and seen from straight above."""
    around = np.full((3300, 3300), TABLE, np.uint8)
    top, left = (3300 - sheet.shape[0]) // 2, (3300 - sheet.shape[1]) // 2
    around[top : top + sheet.shape[0], left : left + sheet.shape[1]] = sheet
    return skewed(as_raster(around), angle, TABLE)


def test_corners_are_found(photograph: Raster) -> None:
    found = find_corners(photograph)
    assert found is not None
    assert np.abs(found - CORNERS).max() < 10


def test_the_flat_sheet_has_the_papers_shape_and_straight_lines(photograph: Raster) -> None:
    flat = flatten_sheet(photograph, photograph)
    assert flat is not None
    height, width = flat.image.shape
    assert height / width == pytest.approx(HEIGHT / WIDTH, rel=0.01)
    assert find_skew(flat.image, DPI) == pytest.approx(0, abs=0.3)
    ends = cv2.perspectiveTransform(np.array([[[0.0, 0.0]], [[width, height]]]), flat.matrix)
    assert np.abs(ends.reshape(2, 2) - CORNERS[[0, 2]]).max() < 10


@pytest.mark.parametrize("angle", [0.0, 3.0, -20.0])
def test_a_sheet_seen_from_straight_above_needs_no_flattening(angle: float) -> None:
    assert find_corners(on_table(as_raster(official_page()), angle)) is None


def test_a_scan_is_no_photograph() -> None:
    scan = plain_page().grey.copy()
    assert find_corners(scan) is None
    scan[:, :40] = scan[-60:] = 10
    assert find_corners(scan) is None


def test_a_sheet_that_the_picture_cuts_is_left_as_it_is(photograph: Raster) -> None:
    assert find_corners(photograph[300:]) is None


def test_a_dark_page_without_a_sheet_is_left_as_it_is() -> None:
    assert find_corners(np.full((900, 700), 40, np.uint8)) is None
    noise = np.random.default_rng(1).integers(0, 256, (900, 700)).astype(np.uint8)
    assert find_corners(noise) is None
