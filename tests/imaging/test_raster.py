"""Percentiles and distinct labels, by counting, are NumPy's own; statistics of pieces of ink are OpenCV's."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.raster import components, distinct, median, percentiles

PERCENTS = (0, 1, 5, 33.3, 50, 80, 92, 95, 100)


@pytest.mark.parametrize("levels", [2, 7, 256])
def test_percentiles_of_bytes_are_those_of_numpy(levels: int) -> None:
    random = np.random.default_rng(levels)
    for height, width in ((1, 1), (1, 2), (3, 5), (40, 61)):
        values = random.integers(0, levels, (height, width)).astype(np.uint8)
        assert percentiles(values, *PERCENTS) == pytest.approx(np.percentile(values, PERCENTS))


def test_percentiles_of_numbers_are_those_of_numpy() -> None:
    values = np.random.default_rng(3).normal(size=1000)
    assert percentiles(values, *PERCENTS) == pytest.approx(np.percentile(values, PERCENTS))
    assert percentiles(values[:1], 90) == [values[0]]


def test_a_median_is_that_of_numpy() -> None:
    values = np.random.default_rng(3).normal(size=(20, 15))
    for some in (values, values[:1], values[:1, :2], values.astype(np.float32), np.array([3, 1, 1, 2])):
        assert median(some) == np.median(some)


def test_distinct_labels_are_those_of_numpy() -> None:
    labels = np.random.default_rng(4).integers(0, 90, (20, 20)).astype(np.int32)
    assert distinct(labels).tolist() == np.unique(labels).tolist()
    assert distinct(labels[:0]).tolist() == []


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.03, 0.059, 0.2, 0.97, 1.0])
def test_statistics_of_pieces_are_those_of_opencv(share: float) -> None:
    random = np.random.default_rng(5)
    # One column or row of ink at a rim, too: a piece may touch each side.
    for height, width in ((1, 1), (1, 200), (300, 1), (120, 210)):
        ink = (random.random((height, width)) < share).astype(np.uint8)
        if share > 0.02 and height > 1 and width > 1:
            ink[:, 0] = ink[-1] = 1
        labels, stats = components(ink)
        _, expected, rows, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
        assert labels.tolist() == expected.tolist()
        assert stats[1:].tolist() == rows[1:].tolist()
        assert stats[0, cv2.CC_STAT_AREA] == rows[0, cv2.CC_STAT_AREA]
        assert stats.dtype == np.int32
