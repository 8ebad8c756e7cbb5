"""Cards and slips on one sheet, each at another angle than the page: each is straightened by itself.

For the engine's copy only. A part is turned about its own centre, so that its words stay near their place.
After reading, the words are moved back to where the part lies (`Part.back`). No measurement is recorded for
the constants.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.geometry.skew import CLOSER_DPI, is_clear, line_angle
from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text
from scanflow.units import pixels_per_mm

# Sheets with more pieces of ink are pages of text, not cards; two cards have some 400.
MOST_PIECES = 900
# Millimetres between the words of one card; two cards lie further apart.
GAP = 7.0
# Pieces of ink of a part: a signature, a stamp or a line that a person wrote has fewer.
FEWEST_PIECES = 40
# Degrees by which a part must differ from the page; and how clear its lines must be.
LEAST_ANGLE, FAR_PEAK = 1.0, 1.4
# Millimetres around a part's words that are turned with them: letters that aren't in the mask.
AROUND = 2.5


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was straightened.

    `outline` (n, 2): its outline after straightening, x and y; `back`: the 2×3 matrix from there to where it
    lies on the page. Both in pixels of the copy; `in_points` gives them in points.
    """

    outline: NDArray[np.float64]
    back: NDArray[np.float64]

    def in_points(self, across: float, along: float) -> "Part":
        """The same where a pixel is `across` points wide and `along` points high."""
        scale = np.array([across, along])
        linear = self.back[:, :2] * scale[:, None] / scale[None, :]
        return Part(self.outline * scale, np.column_stack([linear, self.back[:, 2] * scale]))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is within the straightened part."""
        return cv2.pointPolygonTest(self.outline.astype(np.float32), (x, y), False) >= 0


def straighten_parts(grey: Raster, dpi: float) -> tuple[Raster, tuple[Part, ...]]:
    """The upright grey copy (h, w) with each part straightened that lies at another angle, and these parts.

    Without such parts: the same raster object, and no parts.
    """
    text = find_text(grey, dpi, PAGE_DPI)
    if text.pieces > MOST_PIECES or not any(_angle(mask, refine=False) for _, mask in _parts(text)):
        return grey, ()
    text = find_text(grey, dpi, CLOSER_DPI)
    found = [(hull * dpi / text.dpi, _angle(mask)) for hull, mask in _parts(text)]
    copy, parts = grey.copy(), []
    for hull, angle in found:
        if angle:
            parts.append(_straighten(grey, copy, hull, angle))
    return copy, tuple(parts)


def _parts(text: TextMask) -> Iterator[tuple[NDArray[np.float64], Raster]]:
    """The outline of each part in pixels of the page's mask, and its own mask."""
    mm = pixels_per_mm(text.dpi)
    reach = round(GAP * mm) | 1
    joined = as_raster(cv2.morphologyEx(text.pixels, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)))
    labels, stats = components(joined)
    for label, (left, top, width, height, _) in enumerate(stats.tolist()):
        if label == 0:
            continue
        place = slice(top, top + height), slice(left, left + width)
        mask = as_raster(text.pixels[place] * (labels[place] == label))
        if cv2.connectedComponents(mask, connectivity=8)[0] - 1 < FEWEST_PIECES:
            continue
        rows, columns = np.nonzero(mask)
        points = np.column_stack([columns + left, rows + top]).astype(np.float32)
        hull = np.asarray(cv2.convexHull(points), dtype=np.float64).reshape(-1, 2)
        yield _grown(hull, AROUND * mm), mask


def _angle(mask: Raster, *, refine: bool = True) -> float:
    """The angle of a part's lines in degrees; 0 where it is straight, or has no clear angle."""
    found = line_angle(mask, refine=refine)
    if not is_clear(found):
        found = line_angle(mask, refine=refine, far=True)
        if found.peak < FAR_PEAK:
            return 0.0
    return found.angle if abs(found.angle) >= LEAST_ANGLE else 0.0


def _grown(hull: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    outward = hull - hull.mean(axis=0)
    away = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1.0)
    return np.asarray(hull + by * outward / away, dtype=np.float64)


def _straighten(grey: Raster, copy: Raster, hull: NDArray[np.float64], angle: float) -> Part:
    """Turn the part of `grey` by `angle` (degrees) in `copy`, in place; where it was becomes white."""
    (x, y), _, _ = cv2.minAreaRect(hull.astype(np.float32))
    matrix = np.asarray(cv2.getRotationMatrix2D((x, y), angle, 1.0), dtype=np.float64)
    inside = np.zeros_like(grey)
    cv2.fillConvexPoly(inside, np.round(hull).astype(np.int32), (1,))
    alone = as_raster(np.where(inside, grey, 255))
    size = grey.shape[1], grey.shape[0]
    turned = cv2.warpAffine(alone, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(255,))
    # Only its own pixels become white: another part may have been turned into its place.
    copy[(inside == 1) & (copy == grey)] = 255
    np.minimum(copy, as_raster(turned), out=copy)
    outline = hull @ matrix[:, :2].T + matrix[:, 2]
    return Part(outline, np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64))
