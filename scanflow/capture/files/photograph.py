"""Photographs from telephones: HEIC and WebP, which PDF/A can't hold as they are.

The picture is compressed again, with hardly any loss (a WebP without loss as PNG); the file itself is kept
beside the document, as `altered` says.
"""

import io
import warnings
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from scanflow.capture.files.formats import Completeness, completeness
from scanflow.capture.files.jpeg_png import check_pixels, stated_dpi
from scanflow.capture.files.library_message import short_message
from scanflow.capture.files.resolution import resolve_dpi
from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import DamagedInputError, MissingToolError, TruncatedInputError
from scanflow.model import CapturedPage, MediaType

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

_QUALITY = 95
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, RuntimeError, MemoryError)
_LOSSLESS_WEBP = (b"VP8L",)


def unpack_webp(data: bytes, name: str, limits: "LimitSettings") -> Unpacked:
    """The picture of a WebP file, of an animation the first. Raises as `unpack_heif`."""
    _refuse_incomplete(data, name, "WebP")
    try:
        with warnings.catch_warnings(action="ignore"):  # unusual EXIF data
            image = Image.open(io.BytesIO(data), formats=("WEBP",))
            check_pixels(image.width, image.height, limits, name)
            return _page(image, without_loss=data[12:16] in _LOSSLESS_WEBP)
    except _BROKEN as error:
        raise DamagedInputError(f"{name}: not readable as WebP: {short_message(error)}") from error


def unpack_heif(data: bytes, name: str, limits: "LimitSettings") -> Unpacked:
    """The main picture of a HEIC (HEIF) file. Raises Truncated-, Damaged- or OversizedInputError.

    Raises MissingToolError where pillow-heif is not installed.
    """
    _refuse_incomplete(data, name, "HEIC")
    try:
        import pillow_heif  # noqa: PLC0415 - a large library that few sites need, and none at the start
    except ImportError as error:
        raise MissingToolError(
            "pillow-heif is not installed, which HEIC files need: pip install pillow-heif"
        ) from error
    pillow_heif.options.DECODE_THREADS = 1  # pages are read in parallel already
    try:
        found = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        image = found[found.primary_index]
        check_pixels(*image.size, limits, name)
        return _page(image.to_pillow(), more=len(found) > 1)
    except _BROKEN as error:
        raise DamagedInputError(f"{name}: not readable as HEIC: {short_message(error)}") from error


def _refuse_incomplete(data: bytes, name: str, what: str) -> None:
    match completeness(data):
        case Completeness.INCOMPLETE:
            raise TruncatedInputError(f"{name}: the {what} ends too early")
        case Completeness.BROKEN:
            raise DamagedInputError(f"{name}: the {what} is damaged")


def _page(image: Image.Image, *, without_loss: bool = False, more: bool = False) -> Unpacked:
    """A file's one page; `more`: there are other pictures in it, as in an animation."""
    more = more or getattr(image, "n_frames", 1) > 1
    stated = stated_dpi(image)
    upright = ImageOps.exif_transpose(image)
    if stated and image.size != upright.size:
        stated = stated[1], stated[0]
    shown = _on_white(upright)
    dpi, source = resolve_dpi(shown.width, shown.height, stated)
    content, media_type = _encoded(shown, dpi, without_loss)
    left_out = ("Images",) if more else ()
    page = CapturedPage(
        no=1,
        data=content,
        media_type=media_type,
        width=shown.width,
        height=shown.height,
        dpi=dpi,
        dpi_source=source,
        altered=("recoded",),
        stated_dpi=stated,
    )
    return Unpacked((page,), (), left_out=left_out)


def _on_white(image: Image.Image) -> Image.Image:
    """The picture as it looks on paper: without transparency."""
    if "A" not in image.getbands():
        return image.convert("RGB") if image.mode not in ("RGB", "L") else image
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")


def _encoded(image: Image.Image, dpi: tuple[float, float], without_loss: bool) -> tuple[bytes, MediaType]:
    target = io.BytesIO()
    profile = image.info.get("icc_profile")
    if without_loss:
        image.save(target, "PNG", dpi=dpi, icc_profile=profile)
        return target.getvalue(), "image/png"
    image.save(target, "JPEG", quality=_QUALITY, subsampling=0, dpi=dpi, icc_profile=profile)
    return target.getvalue(), "image/jpeg"
