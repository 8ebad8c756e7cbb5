"""The copy of a page that the reader gets: grey, upright, at 300 dpi. Never what is stored."""

import numpy as np

from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.imaging.upright import to_upright
from scanflow.model import Geometry

READER_DPI = 300.0
# Within this factor of 300 dpi the reader sees no difference, and resampling only costs.
CLOSE_ENOUGH = 1.1


def reader_dpi(dpi: float) -> float:
    """The resolution of `reader_copy` of a page of `dpi`."""
    return dpi if READER_DPI / CLOSE_ENOUGH <= dpi <= READER_DPI * CLOSE_ENOUGH else READER_DPI


def reader_copy(image: Raster, dpi: float, geometry: Geometry) -> Raster:
    """The page prepared for reading, at `reader_dpi(dpi)`: (h, w) grey, turned and straight."""
    grey = to_grey(image) if image.ndim == 2 or not _has_red(image) else as_raster(image[:, :, 2])
    return to_upright(grey, geometry, scale=reader_dpi(dpi) / dpi, smooth=True)


def _has_red(image: Raster) -> bool:
    sample = image[::8, ::8].astype(np.int16)
    red = (sample[:, :, 2] - np.maximum(sample[:, :, 0], sample[:, :, 1])) > 50
    return bool(red.mean() > 0.0005)
