"""No page is too small, too long or too uniform to be looked at."""

import numpy as np
import pytest

from scanflow.imaging.engine_copy import engine_copy
from scanflow.imaging.geometry.orientation import find_rotation
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.measures.blank import is_blank
from scanflow.imaging.measures.fingerprint import fingerprint
from scanflow.imaging.measures.quality import measure_quality
from scanflow.model import Geometry
from scanflow.settings import ImagingSettings


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 5), (40, 40), (90, 3000), (3000, 90)])
@pytest.mark.parametrize("dpi", [40.0, 300.0, 1200.0])
@pytest.mark.parametrize("shade", [0, 128, 255, None], ids=["black", "grey", "white", "noise"])
def test_every_step_answers(shape: tuple[int, int], dpi: float, shade: int | None) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    page = noise if shade is None else np.full(shape, shade, np.uint8)
    colour = np.repeat(page[:, :, None], 3, axis=2)
    assert isinstance(is_blank(page, dpi), bool)
    assert find_rotation(page, dpi).confidence < 0.98
    assert find_skew(page, dpi) == 0.0 or shade is None
    assert 0 <= measure_quality(page, dpi, ImagingSettings()).sharpness <= 1
    assert len(fingerprint(page)) == 64
    assert engine_copy(page, dpi, Geometry(skew=1.0)).ndim == 2
    assert engine_copy(colour, dpi, Geometry(rotation=90)).ndim == 2
