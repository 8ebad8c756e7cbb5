"""Geometry: a dot in the captured raster lands where `Geometry` says."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanflow.imaging.geometry.upright import to_upright, upright_matrix, upright_size
from scanflow.imaging.raster import Raster
from scanflow.model import Geometry

WIDTH, HEIGHT = 240, 340
GEOMETRIES = st.builds(
    Geometry,
    rotation=st.sampled_from([0, 90, 180, 270]),
    skew=st.one_of(st.just(0.0), st.floats(-15, 15)),
    mirrored=st.booleans(),
)


def place_of_dot(page: Raster) -> tuple[float, float]:
    """The dot's centre of gravity, counted from the raster's corner."""
    moments = cv2.moments(255 - page)
    return moments["m10"] / moments["m00"] + 0.5, moments["m01"] / moments["m00"] + 0.5


@settings(max_examples=100, deadline=None)
@given(GEOMETRIES, st.integers(90, 150), st.integers(120, 220), st.sampled_from([1.0, 1.5, 2.0]))
def test_a_dot_lands_where_the_matrix_says(geometry: Geometry, x: int, y: int, scale: float) -> None:
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    page[y - 2 : y + 3, x - 2 : x + 3] = 0
    upright = to_upright(page, geometry, scale=scale)
    width, height = upright_size(WIDTH, HEIGHT, geometry)
    assert upright.shape == (height * scale, width * scale)
    expected = upright_matrix(WIDTH, HEIGHT, geometry, scale) @ [x + 0.5, y + 0.5, 1]
    assert place_of_dot(upright) == pytest.approx(expected, abs=0.1 * scale)


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (Geometry(), (100, 50)),
        (Geometry(mirrored=True), (WIDTH - 100, 50)),
        # Clockwise by a quarter: what was left is on top, what was at the bottom is left.
        (Geometry(rotation=90), (HEIGHT - 50, 100)),
        (Geometry(rotation=180), (WIDTH - 100, HEIGHT - 50)),
        (Geometry(rotation=270), (50, WIDTH - 100)),
        # Mirrored first, then turned.
        (Geometry(rotation=90, mirrored=True), (HEIGHT - 50, WIDTH - 100)),
    ],
)
def test_quarter_turns_and_mirror_by_hand(geometry: Geometry, expected: tuple[int, int]) -> None:
    assert upright_matrix(WIDTH, HEIGHT, geometry) @ [100, 50, 1] == pytest.approx(expected)


def test_a_line_that_falls_to_the_right_is_straightened_by_its_positive_skew() -> None:
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    fall = round(200 * np.tan(np.radians(5)))
    cv2.line(page, (20, 160), (220, 160 + fall), (0,), 3)
    rows = np.nonzero(to_upright(page, Geometry(skew=5.0)) < 128)[0]
    assert rows.max() - rows.min() <= 6


def test_quarter_turns_are_exact_and_colour_stays() -> None:
    page = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    twice = to_upright(to_upright(page, Geometry(rotation=90)), Geometry(rotation=270))
    assert np.array_equal(page, twice)


def test_what_turns_in_from_outside_is_background() -> None:
    page = np.zeros((HEIGHT, WIDTH), np.uint8)
    assert to_upright(page, Geometry(skew=10.0))[0, 0] == 255
    assert to_upright(page, Geometry(skew=10.0), background=7)[0, 0] == 7
