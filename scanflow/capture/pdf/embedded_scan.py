"""Extract the only image of a plain scan from its PDF page, with its stream unchanged."""

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pikepdf import Dictionary, Matrix, Name, Object, Pdf, Stream
from PIL import Image

from scanflow.capture.files.jpeg_png import ORIENTATION_TAG, check_pixels
from scanflow.capture.files.resolution import resolve_dpi
from scanflow.capture.pdf.one_page import image_page
from scanflow.capture.pdf.page_content import (
    PageContent,
    PlacedImage,
    Rectangle,
    area,
    is_opaque,
    is_upright,
)
from scanflow.model import CapturedPage, Geometry, MediaType
from scanflow.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

MIN_PAGE_SHARE = 0.5  # of the page at least is covered by the image: the rest is white margin
# Of the image at least is visible: a page that shows only a part of its image is rendered.
MIN_IMAGE_SHARE = 0.9

_PLAIN_SPACES = (Name.DeviceGray, Name.DeviceRGB, Name.DeviceCMYK)
_OTHER_IMAGES = (Name.Alternates, Name.OPI)
"""Entries of an image that name other images to be shown or printed instead of it."""
_SOUND_FAMILIES = (Name.ICCBased, Name.CalGray, Name.CalRGB, Name.Indexed)


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's visible box in page space, its clockwise /Rotate, and the number of points per unit."""

    box: Rectangle
    rotation: int
    unit: float

    def pixels(self, dpi: float) -> tuple[int, int]:
        """Width and height in pixels of the page before its /Rotate, as a raster of `dpi`."""
        scale = self.unit * dpi / POINTS_PER_INCH
        left, bottom, right, top = self.box
        return max(1, round((right - left) * scale)), max(1, round((top - bottom) * scale))


def take_scan(  # noqa: PLR0913 - a page, and what is said of it
    content: PageContent, frame: Frame, no: int, limits: "LimitSettings", what: str, *, hashed: bool
) -> CapturedPage | None:
    """Page `no` as a captured scan if it is one plain scan, else None; `what` names it in messages, `hashed`
    is that of `Wanted`.

    Raises OversizedInputError before anything is decoded.
    """
    placed = _plain_image(content, frame.box)
    if placed is None:
        return None
    width, height = int(placed.image.Width), int(placed.image.Height)
    check_pixels(width, height, limits, what)
    stated = _placed_dpi(placed.matrix, width, height, frame.unit)
    dpi, source = resolve_dpi(width, height, stated)
    data, media_type = _extract(placed.image, dpi, hashed=hashed)
    return CapturedPage(
        no=no,
        data=data,
        media_type=media_type,
        width=width,
        height=height,
        dpi=dpi,
        dpi_source=source,
        geometry=_geometry(placed.matrix, frame.rotation),
        left_out=tuple(str(key).lstrip("/") for key in _OTHER_IMAGES if key in placed.image),
        stated_dpi=stated,
    )


def _plain_image(content: PageContent, box: Rectangle) -> PlacedImage | None:
    if content.other or len(content.images) != 1:
        return None
    (placed,) = content.images
    a, b, c, d = placed.matrix.a, placed.matrix.b, placed.matrix.c, placed.matrix.d
    whole = abs(a * d - b * c)
    if (
        not is_upright(placed.matrix)
        or area(placed.visible) < MIN_PAGE_SHARE * area(box)
        or area(placed.visible) < MIN_IMAGE_SHARE * whole
        or not _is_self_contained(placed)
    ):
        return None
    return placed


def _is_self_contained(placed: PlacedImage) -> bool:
    """Whether the image looks the same outside its page: no masks, a colour space that all programs know."""
    image = placed.image
    if image.get(Name.ImageMask) == True:  # noqa: E712  # a pikepdf object has no truth value of its own
        return placed.black_ink and Name.Mask not in image and Name.SMask not in image
    space = image.get(Name.ColorSpace)
    if space is None:
        sound = Name.JPXDecode in _filters(image)
    elif isinstance(space, Name):
        sound = space in _PLAIN_SPACES
    else:
        sound = space[0] in _SOUND_FAMILIES
    return sound and is_opaque(image)


def _placed_dpi(matrix: Matrix, width: int, height: int, unit: float) -> tuple[float, float]:
    per_inch = POINTS_PER_INCH / unit
    return (
        round(width * per_inch / math.hypot(matrix.a, matrix.b), 2),
        round(height * per_inch / math.hypot(matrix.c, matrix.d), 2),
    )


def _geometry(matrix: Matrix, rotation: int) -> Geometry:
    mirrored = matrix.a * matrix.d - matrix.b * matrix.c < 0
    x, y = (-matrix.a, -matrix.b) if mirrored else (matrix.a, matrix.b)
    drawn = round(math.degrees(math.atan2(y, x)) / 90) * 90  # anticlockwise, as in page space
    return Geometry(rotation=(rotation - drawn) % 360, mirrored=mirrored)


def _extract(image: Stream, dpi: tuple[float, float], *, hashed: bool) -> tuple[bytes, MediaType]:
    if _is_whole_jpeg(image):
        return image.read_raw_bytes(), "image/jpeg"
    with Pdf.new() as pdf:
        copy = pdf.copy_foreign(image)
        if copy.get(Name.ImageMask) == True:  # noqa: E712  # as above
            # A black stencil mask and a grey image show the same samples in the same way.
            del copy[Name.ImageMask]
            copy.ColorSpace = Name.DeviceGray
            copy.BitsPerComponent = 1
        for key in (Name.StructParent, Name.Metadata, Name.PieceInfo, Name.Alternates, Name.OPI):
            if key in copy:
                del copy[key]
        return image_page(pdf, copy, dpi, hashed=hashed), "application/pdf"


def _filters(image: Stream) -> list[Object]:
    filters = image.get(Name.Filter)
    return [filters] if isinstance(filters, Name) else list(filters or [])


def _is_whole_jpeg(image: Stream) -> bool:
    """Whether the stream shows the same as a separate file: the dictionary adds nothing to it."""
    if _filters(image) != [Name.DCTDecode] or Name.Decode in image or Name.ImageMask in image:
        return False
    parameters = image.get(Name.DecodeParms)
    if parameters is not None and not (isinstance(parameters, Dictionary) and len(parameters) == 0):
        return False
    try:
        picture = Image.open(io.BytesIO(image.read_raw_bytes()), formats=("JPEG",))
        orientation = picture.getexif().get(ORIENTATION_TAG, 1)
    except (OSError, SyntaxError, ValueError, KeyError, EOFError):
        return False
    modes = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}
    return (
        orientation == 1  # PDF programs ignore it, JPEG programs do not
        and "icc_profile" not in picture.info  # likewise
        and (picture.width, picture.height) == (int(image.Width), int(image.Height))
        and image.get(Name.ColorSpace) == modes.get(picture.mode)
    )
