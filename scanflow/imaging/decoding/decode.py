"""Decode captured bytes into pixels, within the limits; errors say what is wrong with the bytes."""

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pikepdf
from pdf2image import convert_from_bytes
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
)
from PIL import Image

from scanflow.capture.files.library_message import short_message
from scanflow.errors import (
    DamagedInputError,
    LimitError,
    MissingToolError,
    OversizedInputError,
    TruncatedInputError,
)
from scanflow.imaging.decoding.jpeg2000 import plain_channels
from scanflow.imaging.decoding.png_stream import png_file
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import Raster, as_raster
from scanflow.model import CapturedPage

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

__all__ = ["decode", "square", "to_upright"]

# A page with its own text is only fingerprinted and searched for codes: half of its nominal 300 dpi suffices.
TEXT_PAGE_SHRINK = 2

# Pixels of a rendering that is made only to get poppler's error messages.
QUICK_SIZE = (50, 50)

# The PDF format's own limit, in points.
MAX_PAGE = 14_400

# Formats that OpenCV decodes to the same pixels as Pillow, and whose data it refuses where they end too
# early.
_AS_PILLOW = ("JPEG", "JPEG2000", "PNG")

# Image filters whose data Pillow or pikepdf decode exactly. Poppler decodes JBIG2, and some JPEG 2000 images.
_DIRECT_FILTERS: tuple[set[str], ...] = (
    {"/DCTDecode"},
    {"/CCITTFaxDecode"},
    {"/FlateDecode"},
    {"/FlateDecode", "/DCTDecode"},
    set(),
)


def decode(page: CapturedPage, limits: "LimitSettings") -> Raster:
    """The captured raster, not rotated: (h, w) where the source is grey or bilevel, else (h, w, 3) BGR.

    Transparent parts become white. A `text` page is rendered at half of its nominal size. Raises
    DamagedInputError, TruncatedInputError, OversizedInputError (before anything is decoded) or LimitError;
    MissingToolError without poppler.
    """
    shrink = TEXT_PAGE_SHRINK if page.kind == "text" else 1
    _check_pixels(page.width // shrink, page.height // shrink, limits)
    if page.media_type != "application/pdf":
        return _decode_image(page.data, limits)
    if page.kind == "text":
        return _render(page.data, (page.width // shrink, page.height // shrink), True, limits)
    return _decode_pdf(page, limits)


def square(image: Raster, page: CapturedPage) -> tuple[Raster, float]:
    """The raster of a page (h, w) or (h, w, 3) with square pixels, and its dpi.

    Faxes and some feeders scan with different resolutions across and along. Angles and measures in
    millimetres need one resolution: the higher of the two. The same raster where they differ
    by less than 2 %.
    """
    height, width = image.shape[:2]
    across, along = page.dpi[0] * width / page.width, page.dpi[1] * height / page.height
    dpi = max(across, along)
    if dpi < 1.02 * min(across, along):
        return image, dpi
    size = (round(width * dpi / across), round(height * dpi / along))
    return as_raster(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)), dpi


def _check_pixels(width: int, height: int, limits: "LimitSettings") -> None:
    if width * height > limits.pixels:
        raise OversizedInputError(
            f"the page has {width} x {height} pixels, more than the limit of {limits.pixels}; "
            "scan it at 300 dpi or raise limits.pixels",
            f"Trang có {width} x {height} điểm ảnh, vượt giới hạn {limits.pixels}. Hãy quét lại ở 300 dpi.",
        )


def _decode_image(data: bytes, limits: "LimitSettings") -> Raster:
    try:
        with Image.open(io.BytesIO(data)) as image:
            _check_pixels(*image.size, limits)
            quick = _decode_with_opencv(data, image)
            return _from_pil(image) if quick is None else quick
    except Image.DecompressionBombError as error:
        raise OversizedInputError(f"the image is too large to decode: {short_message(error)}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        # PIL has no separate exception for a file that ends too early: only its message tells.
        broken = TruncatedInputError if "truncated" in str(error) else DamagedInputError
        raise broken(f"the image cannot be decoded: {short_message(error)}") from error


def _decode_with_opencv(data: bytes, image: Image.Image) -> Raster | None:
    """The pixels of grey or RGB data in a format of `_AS_PILLOW`; None for others, and for damaged data.

    OpenCV gives the same pixels as Pillow (libjpeg-turbo, OpenJPEG, libpng) in a quarter less time, because
    Pillow copies them twice on their way to an array. Only Pillow says what is wrong with damaged data.
    """
    if image.format not in _AS_PILLOW or image.mode not in ("L", "RGB") or image.has_transparency_data:
        return None
    flags = cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR
    found = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if found is None else as_raster(found)


def _from_pil(image: Image.Image) -> Raster:
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.alpha_composite(layered)
        image = image.convert("RGB")
    elif image.mode.startswith("I"):
        return as_raster(np.asarray(image, dtype=np.uint16) >> 8)
    elif image.mode == "1" or (image.mode == "P" and _is_grey_palette(image)):
        image = image.convert("L")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    pixels = as_raster(image)
    return pixels if pixels.ndim == 2 else as_raster(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))


def _is_grey_palette(image: Image.Image) -> bool:
    palette = np.asarray(image.getpalette("RGB") or [], dtype=np.uint8).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


def _decode_pdf(page: CapturedPage, limits: "LimitSettings") -> Raster:
    try:
        with pikepdf.open(io.BytesIO(page.data)) as pdf:
            leaf = pdf.pages[0]
            images = _images(leaf.resources) if page.kind == "scan" else []
            if len(images) != 1:
                return _render(_unrotated(pdf), (page.width, page.height), False, limits)
            image = images[0]
            width, height = int(image["/Width"]), int(image["/Height"])
            _check_pixels(width, height, limits)
            if _is_direct(image):
                with suppress(pikepdf.UnsupportedImageTypeError):
                    return _decode_xobject(image, limits)
            if _is_plain_jpeg2000(image):
                # Poppler renders damaged images as far as it can, or reports the error.
                with suppress(DamagedInputError, TruncatedInputError):
                    return _decode_image(image.read_raw_bytes(), limits)
            bilevel = image.get("/BitsPerComponent", 8) == 1 and "/SMask" not in image
            return _render(_one_image_page(image), (width, height), bilevel, limits)
    except (pikepdf.PdfError, IndexError, KeyError, TypeError, ValueError) as error:
        raise DamagedInputError(f"the page's PDF cannot be read: {short_message(error)}") from error


def _images(resources: Any, depth: int = 3) -> list[pikepdf.Stream]:
    """The image objects of a page, also those in its form XObjects, down to `depth` levels."""
    found: list[pikepdf.Stream] = []
    for item in dict(resources.get("/XObject", {})).values():
        if item.get("/Subtype") == "/Image":
            found.append(item)
        elif depth and "/Resources" in item:
            found += _images(item["/Resources"], depth - 1)
    return found


def _unrotated(pdf: pikepdf.Pdf) -> bytes:
    """The page without its /Rotate: the raster must not be rotated yet."""
    if "/Rotate" in pdf.pages[0].obj:
        pdf.pages[0].obj["/Rotate"] = 0
    data = io.BytesIO()
    pdf.save(data, compress_streams=False)  # poppler fails on an empty stream that was compressed
    return data.getvalue()


def _one_image_page(image: pikepdf.Stream) -> bytes:
    """A PDF page of exactly the image's size in points, so that rendering gives its pixels one to one."""
    width, height = int(image["/Width"]), int(image["/Height"])
    pdf = pikepdf.new()
    leaf = pdf.add_blank_page(page_size=(min(width, MAX_PAGE), min(height, MAX_PAGE)))
    leaf.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.copy_foreign(image)))
    box = leaf.mediabox
    leaf.obj["/Contents"] = pdf.make_stream(f"{box[2]} 0 0 {box[3]} 0 0 cm /Im Do".encode())
    data = io.BytesIO()
    pdf.save(data, compress_streams=False)  # poppler fails on an empty stream that was compressed
    return data.getvalue()


def _is_direct(image: pikepdf.Stream) -> bool:
    """Whether the page shows the image's pixels unchanged: no masks, no remapping, no CMYK colours."""
    plain = _filters(image) in _DIRECT_FILTERS and not _is_remapped(image)
    return plain and not _is_cmyk(image.get("/ColorSpace"))


def _is_plain_jpeg2000(image: pikepdf.Stream) -> bool:
    """The same for a JPEG 2000 image, whose own colour space must also be that of the PDF's image object."""
    has_mask_inside = "/SMaskInData" in image and int(image["/SMaskInData"]) != 0
    if _filters(image) != {"/JPXDecode"} or _is_remapped(image) or has_mask_inside:
        return False
    channels = plain_channels(image.read_raw_bytes())
    space = image.get("/ColorSpace")
    return channels is not None and (space is None or _channels_of(space) == channels)


def _filters(image: pikepdf.Stream) -> set[str]:
    filters: Any = image.get("/Filter", [])
    return {str(filters)} if isinstance(filters, pikepdf.Name) else {str(name) for name in filters}


def _is_remapped(image: pikepdf.Stream) -> bool:
    return any(key in image for key in ("/SMask", "/Mask", "/Decode", "/ImageMask"))


def _channels_of(space: Any) -> int | None:
    """The number of channels of a colour space whose values are shown unchanged; None for others."""
    if isinstance(space, pikepdf.Array):
        return int(space[1].get("/N", 0)) if space[0] == "/ICCBased" else None
    return {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(space))


def _is_cmyk(space: Any) -> bool:
    if isinstance(space, pikepdf.Array) and space[0] == "/ICCBased":
        return int(space[1].get("/N", 0)) == 4
    return space is None or space == "/DeviceCMYK"


def _decode_xobject(image: pikepdf.Stream, limits: "LimitSettings") -> Raster:
    _check_pixels(int(image["/Width"]), int(image["/Height"]), limits)
    if str(image.get("/Filter", "")) == "/DCTDecode":
        return _decode_image(image.read_raw_bytes(), limits)
    if (pixels := _decode_png_stream(image)) is not None:
        return pixels
    try:
        return _from_pil(pikepdf.PdfImage(image).as_pil_image())
    except (MemoryError, pikepdf.UnsupportedImageTypeError):
        raise
    except Exception as error:  # pikepdf's image errors have no common base in all versions that we take
        raise DamagedInputError(f"the page's image cannot be decoded: {short_message(error)}") from error


def _decode_png_stream(image: pikepdf.Stream) -> Raster | None:
    """The pixels of data that are packed as in a PNG; None for others, and for damaged ones."""
    if _filters(image) != {"/FlateDecode"}:
        return None
    channels = _channels_of(image.get("/ColorSpace"))
    data = png_file(image, channels)
    if data is None:
        return None
    flags = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR
    found = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    return None if found is None else as_raster(found)


def _render(data: bytes, size: tuple[int, int], grey: bool, limits: "LimitSettings") -> Raster:
    raster = _from_pil(_poppler(data, size, limits, grey=grey))
    if raster.min() == raster.max():
        # A blank page, or an image that poppler can't decode: it says so only on its standard error.
        _poppler(data, QUICK_SIZE, limits, strict=True)
    return raster


def _poppler(
    data: bytes, size: tuple[int, int], limits: "LimitSettings", *, grey: bool = False, strict: bool = False
) -> Image.Image:
    """One page, rendered. `strict`: raise for every error that poppler reports; else it shows what it can."""
    try:
        # Cairo, because poppler's own renderer blurs an image even at its own size.
        pages = convert_from_bytes(
            data,
            size=size,
            grayscale=grey,
            single_file=True,
            fmt="tiff",  # a fifth of the time that PNG takes
            use_pdftocairo=True,
            timeout=max(1, int(limits.seconds)),
            strict=strict,
        )
    except PDFInfoNotInstalledError as error:
        raise MissingToolError("poppler is missing; install it: apt-get install poppler-utils") from error
    except PDFPopplerTimeoutError as error:
        raise LimitError(f"rendering the page took more than {limits.seconds} seconds") from error
    except (PDFPageCountError, PDFSyntaxError, OSError, ValueError) as error:
        raise DamagedInputError(f"poppler cannot render the page: {short_message(error)}") from error
    if not pages:
        raise DamagedInputError("poppler rendered no page")
    page: Image.Image = pages[0]
    return page
