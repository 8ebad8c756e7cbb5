"""The sheet in a photograph that was taken at an angle, as it looks from straight above: for the engine only.

What is stored is the photograph. Scans are not changed: their sheet fills the picture, or its corners are
right angles. The constants were tried on rendered photographs only (docs/imaging.md).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, percentiles

# Pixels of the longer side of the copy in which the sheet is looked for.
_LOOKED_AT = 400
# The sheet's share of the picture, at least and at most. The share of the bright region that its four corners
# must cover. How far the corners must be from the picture's border, as a share of its longer side: the
# corners of a sheet that the border cuts are not those of the sheet.
_LEAST_SHARE, _MOST_SHARE, _COVERS, _BORDER = 0.2, 0.97, 0.96, 0.01
# The points of a side to which a line is fitted: without this share of the side at both ends, and within so
# many pixels of it. With fewer points the corners stay as they are.
_ENDS, _NEAR, _ENOUGH = 0.05, 4.0, 20
# Grey levels by which the table is darker than the sheet.
_DARKER = 40
# Degrees between a corner and a right angle: at one corner at least (else deskewing is enough), and at most.
_LEAST_SLANT, _MOST_SLANT = 1.5, 30.0
# Long by short side of the papers of offices; a sheet of nearly such proportions has exactly these.
_A_PAPER, _NEARLY = math.sqrt(2), 1.15


@dataclass(frozen=True, slots=True)
class FlatSheet:
    """`image` (h, w) or (h, w, 3): the sheet from above;

    `matrix`: 3×3, from its pixels to the photograph's.
    """

    image: Raster
    matrix: NDArray[np.float64]


def flatten_sheet(image: Raster, grey: Raster) -> FlatSheet | None:
    """The sheet that a photograph (h, w) or (h, w, 3) shows, seen from above; None where it shows none.

    `grey` (h, w): the photograph in grey.
    """
    corners = find_corners(grey)
    if corners is None:
        return None
    width, height = _size(corners)
    upright = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(upright, corners.astype(np.float32)), np.float64)
    # OpenCV's origin is the middle of the first pixel, ours its corner.
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    inward = np.linalg.inv(half) @ matrix @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(image, inward, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return FlatSheet(as_raster(flat), matrix)


def find_corners(grey: Raster) -> NDArray[np.float64] | None:
    """The sheet's corners (4, 2) in pixels, x and y, clockwise from the top left;

    None where there is no sheet.
    """
    if not _has_dark_border(grey):
        return None
    factor = max(1.0, max(grey.shape) / _LOOKED_AT)
    size = max(1, round(grey.shape[1] / factor)), max(1, round(grey.shape[0] / factor))
    small = as_raster(cv2.GaussianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), (5, 5), 0))
    _, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    hull = np.asarray(cv2.convexHull(outline), dtype=np.int32)
    found = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, True), True).reshape(-1, 2)
    if len(found) != 4:
        return None
    corners = _clockwise(np.asarray(found, dtype=np.float64))
    corners = _sharpened(corners, np.asarray(outline, dtype=np.float64).reshape(-1, 2))
    return (corners + 0.5) * factor if _is_slanted_sheet(corners, hull, small) else None


def _has_dark_border(grey: Raster) -> bool:
    """Whether the picture's border is darker than paper. It is cheap, and true of nearly no scan."""
    border = np.concatenate([grey[0, ::8], grey[-1, ::8], grey[::8, 0], grey[::8, -1]])
    return bool(np.median(border) <= percentiles(grey[::16, ::16], 75)[0] - _DARKER)


def _is_slanted_sheet(corners: NDArray[np.float64], hull: NDArray[np.int32], small: Raster) -> bool:
    height, width = small.shape
    area = cv2.contourArea(corners.astype(np.float32))
    if not _LEAST_SHARE <= area / small.size <= _MOST_SHARE or area < _COVERS * cv2.contourArea(hull):
        return False
    margin = _BORDER * max(width, height)
    if (corners < margin).any() or (corners > np.array([width, height]) - 1 - margin).any():
        return False
    slant = np.abs(_angles(corners) - 90)
    if not _LEAST_SLANT <= slant.max() <= _MOST_SLANT:
        return False
    inside = np.zeros_like(small)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), (1,))
    return bool(np.median(small[inside == 1]) - np.median(small[inside == 0]) >= _DARKER)


def _sharpened(corners: NDArray[np.float64], outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners as the crossings of the lines that fit the outline's four sides best."""
    lines = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (end - start) / max(1.0, float(np.linalg.norm(end - start)))
        place = (outline - start) @ along / max(1.0, float(np.linalg.norm(end - start)))
        apart = np.abs((outline - start) @ np.array([-along[1], along[0]]))
        side = outline[(place > _ENDS) & (place < 1 - _ENDS) & (apart < _NEAR)]
        if len(side) < _ENOUGH:
            return corners
        vx, vy, x, y = cv2.fitLine(side.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append((vy, -vx, vy * x - vx * y))
    crossings = []
    for one, other in zip((lines[-1], *lines[:-1]), lines, strict=True):
        crossings.append(np.linalg.solve([one[:2], other[:2]], [one[2], other[2]]))
    return np.array(crossings)


def _angles(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angle at each corner in degrees."""
    one, other = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    cosines = (one * other).sum(axis=1) / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1, 1))), dtype=np.float64)


def _clockwise(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners in clockwise order from the top left one, which turns a sheet by at most 45°."""
    x, y = (corners - corners.mean(axis=0)).T
    ordered = corners[np.argsort(np.arctan2(y, x))]
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.asarray(np.roll(ordered, -first, axis=0), dtype=np.float64)


def _size(corners: NDArray[np.float64]) -> tuple[int, int]:
    """Width and height of the sheet in pixels, none of which is smaller than in the photograph."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    long, short = max(width, height), min(width, height)
    if 1 / _NEARLY <= long / short / _A_PAPER <= _NEARLY:
        long = max(long, short * _A_PAPER)
        short = long / _A_PAPER
    return (round(long), round(short)) if width > height else (round(short), round(long))
