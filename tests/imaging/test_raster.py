"""Percentiles and distinct labels, by counting, are NumPy's own."""

import numpy as np
import pytest

from scanflow.imaging.raster import distinct, percentiles

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


def test_distinct_labels_are_those_of_numpy() -> None:
    labels = np.random.default_rng(4).integers(0, 90, (20, 20)).astype(np.int32)
    assert distinct(labels).tolist() == np.unique(labels).tolist()
    assert distinct(labels[:0]).tolist() == []
