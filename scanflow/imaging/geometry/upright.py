"""Make the upright page of the captured raster: mirroring, quarter turn and deskewing in one matrix."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster
from scanflow.model import Geometry

QUARTER_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def upright_size(width: int, height: int, geometry: Geometry) -> tuple[int, int]:
    """Width and height of the upright page, in the captured raster's pixels."""
    upright_width, upright_height = (height, width) if geometry.rotation % 180 else (width, height)
    return round(upright_width * geometry.canvas), round(upright_height * geometry.canvas)


def upright_matrix(width: int, height: int, geometry: Geometry, scale: float = 1.0) -> NDArray[np.float64]:
    """The 2×3 matrix from captured to upright positions (pixels, y downwards, the raster's top left corner is
    0, 0).

    `scale` enlarges the upright page. Deskewing rotates about the page's centre; corners that are rotated out
    of the page are cut off.
    """
    upright_width, upright_height = upright_size(width, height, geometry)
    angle = math.radians(geometry.rotation - geometry.skew)
    cos, sin = math.cos(angle), math.sin(angle)
    linear = scale * np.array([[cos, -sin], [sin, cos]])
    if geometry.mirrored:
        linear = linear @ np.array([[-1.0, 0.0], [0.0, 1.0]])
    centre = np.array([width / 2, height / 2])
    upright_centre = scale * np.array([upright_width / 2, upright_height / 2])
    return np.column_stack([linear, upright_centre - linear @ centre])


def to_upright(
    image: Raster,
    geometry: Geometry,
    *,
    background: int = 255,
    scale: float = 1.0,
    interpolation: int = cv2.INTER_LINEAR,
) -> Raster:
    """The upright page as a raster, `scale` times as large; pixels from outside the page are `background`.

    Without skew and scaling the pixels are only moved; otherwise the page is resampled once, with all steps
    in one matrix, by OpenCV's `interpolation`.
    """
    if geometry.skew == 0 and geometry.canvas == 1:
        if geometry.mirrored:
            image = as_raster(cv2.flip(image, 1))
        if geometry.rotation:
            image = as_raster(cv2.rotate(image, QUARTER_TURNS[geometry.rotation]))
        if scale == 1:
            return image
        size = _scaled(image.shape[1], image.shape[0], scale)
        return as_raster(cv2.resize(image, size, interpolation=interpolation))
    height, width = image.shape[:2]
    matrix = upright_matrix(width, height, geometry, scale)
    # OpenCV's origin is the middle of the first pixel, ours its corner.
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    size = _scaled(*upright_size(width, height, geometry), scale)
    border = (background,) * 3
    return as_raster(cv2.warpAffine(image, matrix, size, flags=interpolation, borderValue=border))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, round(width * scale)), max(1, round(height * scale))
