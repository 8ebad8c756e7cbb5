"""Fingerprints: two scans of one sheet are near each other, those of other sheets are not."""

from itertools import combinations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanflow.imaging.measures.fingerprint import fingerprint
from scanflow.imaging.measures.fingerprint_distance import SAME, distance
from scanflow.imaging.raster import Raster, as_raster, shrink
from tests.imaging.pages import skewed, turned, written_pages

HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


def rescanned(page: Raster, seed: int) -> Raster:
    """The same sheet on the glass again: shifted by up to 1.3 mm, a little turned, lighter, grainier."""
    rng = np.random.default_rng(seed)
    page, _ = shrink(page, max(page.shape), 1100)
    shift = np.array([[1, 0, rng.uniform(-5, 5)], [0, 1, rng.uniform(-5, 5)]])
    moved = cv2.warpAffine(skewed(page, rng.uniform(-0.3, 0.3)), shift, page.shape[::-1], borderValue=255)
    noisy = np.asarray(moved) * rng.uniform(0.85, 1) + 15 + rng.normal(0, 6, page.shape)
    return as_raster(np.clip(noisy, 0, 255).astype(np.uint8))


def test_a_rescan_is_near_and_other_pages_of_the_dossier_are_far() -> None:
    pages = [(page.name, turned(page.grey, page.geometry.rotation)) for page in written_pages()]
    prints = [(name.split("/")[0], fingerprint(page)) for name, page in pages]
    for seed, ((name, page), (_, known)) in enumerate(zip(pages, prints, strict=True)):
        assert distance(fingerprint(rescanned(page, seed)), known) <= SAME, name
    # Dossiers share forms, and one form filled in for two people looks nearly alike.
    others = [distance(a, b) for (one, a), (two, b) in combinations(prints, 2) if one == two]
    assert len(others) > 20
    assert min(others) > SAME


def test_resolution_does_not_matter() -> None:
    page = written_pages()[0].grey
    half = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert distance(fingerprint(page), fingerprint(np.asarray(half, dtype=np.uint8))) <= 4


@given(HASHES, HASHES, HASHES)
def test_the_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)
    assert 0 <= distance(a, b) <= 256


def test_a_fingerprint_is_64_hexadecimal_digits() -> None:
    value = fingerprint(np.full((700, 500), 255, np.uint8))
    assert len(value) == 64
    int(value, 16)
