"""Damaged scans can be made again, and the damage is on them."""

import io

import numpy as np
import pytest
from PIL import Image

from bench.damages import DAMAGES, damaged
from fixtures.sheet import Sheet
from fixtures.writer import Writer


def _sheet() -> Sheet:
    writer = Writer()
    writer.paragraph("Căn cứ Nghị định số 123/2015/NĐ-CP ngày 15 tháng 11 năm 2015 của Chính phủ " * 3)
    return writer.sheet


@pytest.mark.parametrize("kind", ["coffee", "fax", "JPEG 10", "typewriter"])
def test_the_seed_decides_all_of_a_damaged_scan(kind: str, undamaged: np.ndarray) -> None:
    scan = damaged(_sheet(), DAMAGES[kind], 7)
    assert damaged(_sheet(), DAMAGES[kind], 7) == scan
    assert _pixels(scan[0]).shape == undamaged.shape
    assert np.any(_pixels(scan[0]) != undamaged)


@pytest.fixture(scope="module")
def undamaged() -> np.ndarray:
    return _pixels(damaged(_sheet(), DAMAGES["none"], 7)[0])


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), int)
