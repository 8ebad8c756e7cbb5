"""Small pictures of pages for people to look at (ảnh thu nhỏ): upright and straight, as they are filed."""

from typing import TYPE_CHECKING

import cv2

from scanflow.imaging.decode import decode, square
from scanflow.imaging.raster import as_raster, shrink
from scanflow.imaging.upright import to_upright
from scanflow.model import CapturedPage, Geometry

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

_JPEG_QUALITY = 80


def make_picture(page: CapturedPage, geometry: Geometry, width: int, limits: "LimitSettings") -> bytes:
    """The upright page as a JPEG of `width` pixels, or of its own width where that is less.

    Raises InputError as `decode` does.
    """
    image, dpi = square(decode(page, limits), page)
    across = image.shape[0] if geometry.rotation % 180 else image.shape[1]
    scale = min(1.0, width / across)
    # Halves first: averaging is what keeps small letters from breaking up.
    small, small_dpi = shrink(image, dpi, dpi * scale)
    upright = to_upright(small, geometry)
    size = (
        max(1, round(across * scale)),
        max(1, round(upright.shape[0] * scale * dpi / small_dpi)),
    )
    fitted = as_raster(cv2.resize(upright, size, interpolation=cv2.INTER_AREA))
    _, encoded = cv2.imencode(".jpg", fitted, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()
