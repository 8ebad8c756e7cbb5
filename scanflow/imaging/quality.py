"""What a page is worth to a reader, as numbers (chất lượng ảnh quét)."""

import cv2
import numpy as np

from scanflow.imaging.raster import MM_PER_INCH, Raster, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.model import Quality
from scanflow.settings import ImagingSettings

TILE_MM, TILES = 20.0, 12
# Width of an edge in mm from full ink to paper: as sharp as a good 200 dpi scan, and no longer legible.
CRISP_EDGE, LOST_EDGE = 0.2, 0.7


def measure_quality(grey: Raster, dpi: float, settings: ImagingSettings) -> Quality:
    """Sharpness, contrast and cut edges of an upright grey page, with warnings by the settings' thresholds.

    A page without ink has nothing to be blurred or faint and gets 1 for both.
    """
    tiles = _inky_tiles(grey, dpi)
    sharpness = _sharpness(tiles, dpi)
    contrast = _contrast(tiles)
    cut: tuple[str, ...] = ()
    warnings = [
        *(["low-resolution"] if dpi < settings.min_dpi * 0.98 else []),
        *(["blurred"] if sharpness < settings.min_sharpness else []),
        *(["faint"] if contrast < settings.min_contrast else []),
        *(f"cut-{side}" for side in cut),
    ]
    return Quality(round(sharpness, 3), round(contrast, 3), cut, tuple(warnings))


def _inky_tiles(grey: Raster, dpi: float) -> list[Raster]:
    """The tiles with most ink on them, in full resolution: enough to judge a page by, and cheap."""
    small, small_dpi = shrink(grey, dpi, 75.0)
    ink = find_ink(small, small_dpi)
    side = max(8, int(TILE_MM * small_dpi / MM_PER_INCH))
    rows, columns = max(1, ink.shape[0] // side), max(1, ink.shape[1] // side)
    amount = np.array(
        [
            [ink[r * side : (r + 1) * side, c * side : (c + 1) * side].mean() for c in range(columns)]
            for r in range(rows)
        ]
    )
    # Tiles that are mostly dark are photographs, seals and black edges, not print.
    amount[amount > 0.5] = 0
    order = np.argsort(amount, axis=None)[::-1][:TILES]
    scale = dpi / small_dpi
    full = int(side * scale)
    places = [(int(i // columns * full), int(i % columns * full)) for i in order if amount.flat[i] > 0.01]
    return [grey[y : y + full, x : x + full] for y, x in places]


def _sharpness(tiles: list[Raster], dpi: float) -> float:
    widths = [w for tile in tiles if (w := _edge_width(tile)) > 0]
    if not widths:
        return 1.0
    width = float(np.median(widths)) * MM_PER_INCH / dpi
    return float(np.clip((LOST_EDGE - width) / (LOST_EDGE - CRISP_EDGE), 0, 1))


def _edge_width(tile: Raster) -> float:
    """How many pixels the steepest edges of a tile take from ink to paper; 0 without edges."""
    light, dark = np.percentile(tile, (80, 2))
    if light - dark < 10:
        return 0.0
    step = np.abs(cv2.subtract(tile[:, 1:], tile[:, :-1], dtype=cv2.CV_16S))
    steepest = (
        np.percentile(step[step > 0.1 * (light - dark)], 90) if (step > 0.1 * (light - dark)).any() else 0
    )
    return float((light - dark) / steepest) if steepest else 0.0


def _contrast(tiles: list[Raster]) -> float:
    values = [_tile_contrast(tile) for tile in tiles]
    return float(np.median(values)) if values else 1.0


def _tile_contrast(tile: Raster) -> float:
    light, dark = np.percentile(tile, (80, 2))
    return float((light - dark) / 255)
