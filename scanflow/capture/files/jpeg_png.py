"""JPEG and PNG files: each is one page, with its bytes unchanged."""

import io
import warnings
from typing import TYPE_CHECKING

from PIL import Image

from scanflow.capture.files.formats import Completeness, completeness
from scanflow.capture.files.resolution import resolve_dpi
from scanflow.errors import DamagedInputError, OversizedInputError, TruncatedInputError
from scanflow.model import CapturedPage, Geometry, MediaType

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

# Pillow's own limit on pixels is off: that of the settings is checked before decoding.
Image.MAX_IMAGE_PIXELS = None

ORIENTATION_TAG = 274
# A PNG that states its orientation has one of these chunks. The chunk may come after the pixels, and Pillow
# decodes all pixels before it reads such a chunk.
_TURNED = (b"eXIf", b"Raw profile type exif", b"com.adobe.xmp")
_GEOMETRIES = {
    2: Geometry(mirrored=True),
    3: Geometry(rotation=180),
    4: Geometry(rotation=180, mirrored=True),
    5: Geometry(rotation=270, mirrored=True),
    6: Geometry(rotation=90),
    7: Geometry(rotation=90, mirrored=True),
    8: Geometry(rotation=270),
}


def geometry_of_orientation(orientation: object) -> Geometry:
    """The geometry of an EXIF or TIFF orientation (1 to 8; other values count as 1)."""
    return _GEOMETRIES.get(orientation, Geometry()) if isinstance(orientation, int) else Geometry()


def check_pixels(width: int, height: int, limits: "LimitSettings", what: str) -> None:
    """Raise OversizedInputError if a raster of this size is above the limit, before it is decoded."""
    if width * height > limits.pixels:
        raise OversizedInputError(f"{what}: {width} × {height} pixels, more than {limits.pixels} in all")
    if width <= 0 or height <= 0:
        raise DamagedInputError(f"{what}: no pixels")


def stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    """The horizontal and vertical dpi that a file states; None where it states none."""
    dpi = image.info.get("dpi")
    try:
        x, y = float(dpi[0]), float(dpi[1])  # type: ignore[index]  # other types raise, and are caught below
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    return (x, y) if x > 0 and y > 0 else None


def unpack_jpeg(data: bytes, name: str, limits: "LimitSettings") -> CapturedPage:
    """The page of a JPEG file, unchanged. Raises Truncated-, Damaged- or OversizedInputError."""
    image = _open(data, name)
    check_pixels(image.width, image.height, limits, name)
    if completeness(data) is not Completeness.COMPLETE:
        raise TruncatedInputError(f"{name}: the JPEG ends too early")
    return _page(image, data, "image/jpeg")


def unpack_png(data: bytes, name: str, limits: "LimitSettings") -> CapturedPage:
    """The page of a PNG file, unchanged. Raises Truncated-, Damaged- or OversizedInputError."""
    match completeness(data):
        case Completeness.INCOMPLETE:
            raise TruncatedInputError(f"{name}: the PNG ends too early")
        case Completeness.BROKEN:
            raise DamagedInputError(f"{name}: a PNG chunk does not match its checksum")
    image = _open(data, name)
    check_pixels(image.width, image.height, limits, name)
    return _page(image, data, "image/png")


def _open(data: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings(action="ignore"):  # unusual EXIF data
            return Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if completeness(data) is Completeness.INCOMPLETE:
            raise TruncatedInputError(f"{name}: ends within its header") from error
        raise DamagedInputError(f"{name}: not readable as an image") from error


def _page(image: Image.Image, data: bytes, media_type: MediaType) -> CapturedPage:
    silent = media_type == "image/png" and not any(mark in data for mark in _TURNED)
    try:
        orientation = None if silent else image.getexif().get(ORIENTATION_TAG)
    except (OSError, SyntaxError, ValueError, EOFError, KeyError):
        orientation = None  # the EXIF block is broken, but the picture is not
    stated = stated_dpi(image)
    dpi, source = resolve_dpi(image.width, image.height, stated)
    return CapturedPage(
        no=1,
        data=data,
        media_type=media_type,
        width=image.width,
        height=image.height,
        dpi=dpi,
        dpi_source=source,
        geometry=geometry_of_orientation(orientation),
        stated_dpi=stated,
    )
