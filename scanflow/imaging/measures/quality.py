"""Measures of how well a page can be read (chất lượng ảnh quét)."""

from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.measures.edges import cut_edges
from scanflow.imaging.raster import Raster, as_raster
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text
from scanflow.model import Quality
from scanflow.units import MM_PER_INCH

if TYPE_CHECKING:
    from scanflow.settings import ImagingSettings

# Measured on at most TILES square tiles of TILE_MM millimetres, those with the most print: with at least 1 %
# of ink, and at most half (dark pictures have more).
TILE_MM, TILES, MIN_TILE_INK, MAX_TILE_INK = 20.0, 12, 0.01, 0.5
# Millimetres from full ink to paper across an edge: in a good scan of 200 dpi (sharpness 1), and where text
# is unreadable (sharpness 0); docs/imaging.md, Quality.
CRISP_EDGE, LOST_EDGE = 0.2, 0.7
# Steps of less than a tenth of the tile's range, or ranges below ten grey levels, are noise.
MIN_STEP, MIN_RANGE = 0.1, 10


def measure_quality(
    grey: Raster, dpi: float, settings: "ImagingSettings", text: TextMask | None = None
) -> Quality:
    """Sharpness, contrast and cut edges of an upright grey page, with warnings by the settings' thresholds.

    `sharpness` (0 to 1) is measured by the width of letters' edges in millimetres, so it means the same at
    every resolution and on bilevel pages; `contrast` (0 to 1) is the difference of ink and paper, 1 for black
    on white. A page without print gets 1 for both. Warnings: `low-resolution`, `blurred`, `faint`,
    `cut-left`, `cut-top`, `cut-right`, `cut-bottom`.
    `text`: the page's letters at `PAGE_DPI`, where they have been found already.
    """
    text = text or find_text(grey, dpi, PAGE_DPI)
    ink, small_dpi = text.ink, text.dpi
    measures = [m for tile in _inky_tiles(grey, ink, dpi / small_dpi, small_dpi) if (m := _measure(tile))]
    sharpness = contrast = 1.0
    if measures:
        width, contrast = (median(each) for each in zip(*measures, strict=True))
        mm = width * MM_PER_INCH / dpi
        sharpness = min(1.0, max(0.0, (LOST_EDGE - mm) / (LOST_EDGE - CRISP_EDGE)))
    cut = cut_edges(ink.shape, text.stats, small_dpi)
    flags = {
        # Stated resolutions are rounded: 199.9 is 200.
        "low-resolution": dpi < 0.98 * settings.min_dpi,
        "blurred": sharpness < settings.min_sharpness,
        "faint": contrast < settings.min_contrast,
    }
    warnings = (*(name for name, on in flags.items() if on), *(f"cut-{side}" for side in cut))
    return Quality(round(sharpness, 3), round(contrast, 3), cut, warnings)


def _inky_tiles(grey: Raster, ink: Raster, scale: float, small_dpi: float) -> Iterator[Raster]:
    """The tiles of the grey page with the most print, in full resolution;

    `scale`: its pixels to one of `ink`.
    """
    side = min(*ink.shape, round(TILE_MM * small_dpi / MM_PER_INCH))
    rows, columns = ink.shape[0] // side, ink.shape[1] // side
    whole = np.ascontiguousarray(ink[: rows * side, : columns * side], dtype=np.float32)
    share = np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)).ravel()
    order = [i for i in np.argsort(-share) if MIN_TILE_INK < share[i] < MAX_TILE_INK]
    full = round(side * scale)
    for place in order[:TILES]:
        top, left = place // columns * full, place % columns * full
        yield grey[top : top + full, left : left + full]


def _measure(tile: Raster) -> tuple[float, float] | None:
    """The width of the steepest edges in pixels, and the contrast; None where nothing is printed."""
    dark, light = _percentiles(tile, 0.02, 0.8)
    reach = light - dark
    if reach < MIN_RANGE:
        return None
    steps = as_raster(cv2.absdiff(tile[:, 1:], tile[:, :-1]))
    steps = steps[steps > MIN_STEP * reach]
    if not steps.size:  # no edge is steeper than that
        return 1 / MIN_STEP, reach / 255
    (steepest,) = _percentiles(steps, 0.9)
    return reach / steepest, reach / 255


def _percentiles(values: NDArray[np.uint8], *shares: float) -> list[int]:
    """The grey levels at these shares of the values, by counting, without interpolation between levels."""
    counts = np.cumsum(np.bincount(values.ravel(), minlength=256))
    return [int(np.searchsorted(counts, share * counts[-1])) for share in shares]
