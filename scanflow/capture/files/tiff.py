"""Multi-page TIFF: each frame becomes a page, without loss.

Streams that a PDF or a JPEG file can contain are kept: Group 4 fax in one strip, JPEG in one strip. All
others are encoded again without loss: 1-bit frames as Group 4 (far smaller than PNG for scans), CMYK as Flate
in a PDF (PNG has no CMYK), the rest as PNG.
"""

import io
from typing import TYPE_CHECKING

from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image

from scanflow.capture.files.formats import (
    TiffBrokenError,
    TiffCutError,
    TiffDirectory,
    tiff_directories,
)
from scanflow.capture.files.jpeg_png import check_pixels, geometry_of_orientation, stated_dpi
from scanflow.capture.files.library_message import names_of, short_message
from scanflow.capture.files.resolution import resolve_dpi
from scanflow.capture.files.unpacked import PageProblem, Unpacked
from scanflow.capture.pdf.one_page import image_page
from scanflow.errors import (
    DamagedInputError,
    EmptyInputError,
    InputError,
    OversizedInputError,
    TruncatedInputError,
)
from scanflow.model import CapturedPage, Geometry, MediaType

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC = 256, 257, 259, 262
FILL_ORDER, ORIENTATION, SAMPLES, JPEG_TABLES, SUBFILE = 266, 274, 277, 347, 254
GROUP4, JPEG = 4, 7
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
# Tags that the page's image carries itself, or that only tell how the file stores it.
_CARRIED = frozenset(
    {
        *(
            SUBFILE,
            255,
            WIDTH,
            HEIGHT,
            258,
            COMPRESSION,
            PHOTOMETRIC,
            263,
            FILL_ORDER,
            273,
            ORIENTATION,
            SAMPLES,
        ),
        *(278, 279, 280, 281, 282, 283, 284, 292, 293, 296, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339),
        *(JPEG_TABLES, 529, 530, 531, 532),
    }
)
# Tags about the scanner, and page numbers.
_DESCRIBING = frozenset({271, 272, 285, 297, 305, 306, 316})
ONE_STRIP = {278: 2**31 - 1}  # RowsPerStrip: all rows
# Adobe's marker with transform 0: three components are RGB, not YCbCr.
ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
# What Pillow raises for damaged files.
_BROKEN = (OSError, SyntaxError, ValueError, KeyError, EOFError, TypeError)
SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def unpack_tiff(data: bytes, name: str, limits: "LimitSettings") -> Unpacked:
    """The pages of a TIFF. Raises Truncated-, Damaged-, Empty- or OversizedInputError for the whole file."""
    try:
        directories = tiff_directories(data)
    except TiffCutError as error:
        raise TruncatedInputError(f"{name}: {short_message(error)}") from error
    except TiffBrokenError as error:
        raise DamagedInputError(f"{name}: {short_message(error)}") from error
    if len(directories) > limits.pages:
        raise OversizedInputError(f"{name}: {len(directories)} pages, more than {limits.pages}")
    pages: list[CapturedPage] = []
    problems: list[PageProblem] = []
    left_out: tuple[str, ...] = ()
    with _open(data, name) as frames:
        for index, directory in enumerate(directories):
            if directory.one(SUBFILE) & 1:  # a smaller copy of another frame, for previews
                left_out = ("Preview",)
                continue
            no = len(pages) + len(problems) + 1
            what = f"{name}, page {no}"
            try:
                check_pixels(directory.one(WIDTH), directory.one(HEIGHT), limits, what)
                pages.append(_take(data, directory, frames, index, no))
            except InputError as error:
                problems.append(PageProblem(no, error))
            except _BROKEN as error:
                problems.append(PageProblem(no, DamagedInputError(f"{what}: {short_message(error)}")))
    if not pages and not problems:
        raise EmptyInputError(f"{name}: no pages")
    return Unpacked(tuple(pages), tuple(problems), left_out=left_out)


def _open(data: bytes, name: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=("TIFF",))
    except _BROKEN as error:
        raise DamagedInputError(f"{name}: not readable as a TIFF: {short_message(error)}") from error


def _take(data: bytes, directory: TiffDirectory, frames: Image.Image, index: int, no: int) -> CapturedPage:
    """The page of one frame, its stream kept where that is possible. Raises any of _BROKEN."""
    frames.seek(index)
    width, height = directory.one(WIDTH), directory.one(HEIGHT)
    stated = stated_dpi(frames)
    dpi, source = resolve_dpi(width, height, stated)
    geometry = geometry_of_orientation(directory.one(ORIENTATION, 1))
    content: bytes
    media_type: MediaType
    altered: tuple[str, ...] = ()
    if payload := _group4_payload(data, directory):
        content, media_type = _fax_page(payload, directory, dpi), "application/pdf"
    elif jpeg := _jpeg_file(data, directory):
        content, media_type = jpeg, "image/jpeg"
        altered = () if content in data else ("assembled",)
    else:
        frame = frames.copy()  # decoded, and rotated by its orientation tag already
        if geometry.rotation in (90, 270):
            dpi = (dpi[1], dpi[0])
            stated = stated and (stated[1], stated[0])
        geometry = Geometry()
        width, height = frame.size
        content, media_type = _recode(frame, dpi)
        altered = ("recoded",)
    return CapturedPage(
        no,
        content,
        media_type,
        width,
        height,
        dpi,
        source,
        geometry=geometry,
        altered=altered,
        left_out=names_of(f"TIFF tag {tag}" for tag in directory.numbers - _CARRIED - _DESCRIBING),
        stated_dpi=stated,
    )


def _group4_payload(data: bytes, directory: TiffDirectory) -> bytes | None:
    """The fax stream of a frame in one strip, bits in the order that PDF requires; None for other frames."""
    if (
        directory.one(COMPRESSION) != GROUP4
        or len(directory.chunks) != 1
        or directory.one(FILL_ORDER, 1) != 1
        or directory.one(PHOTOMETRIC) not in (WHITE_IS_ZERO, BLACK_IS_ZERO)
        or directory.one(SAMPLES, 1) != 1
    ):
        return None
    ((start, length),) = directory.chunks
    return data[start : start + length]


def _fax_page(payload: bytes, directory: TiffDirectory, dpi: tuple[float, float]) -> bytes:
    width, height = directory.one(WIDTH), directory.one(HEIGHT)
    with Pdf.new() as pdf:
        image = Stream(
            pdf,
            payload,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=width,
            Height=height,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=1,
            Filter=Name.CCITTFaxDecode,
            DecodeParms=Dictionary(
                K=-1, Columns=width, Rows=height, BlackIs1=directory.one(PHOTOMETRIC) == BLACK_IS_ZERO
            ),
        )
        return image_page(pdf, image, dpi)


def _jpeg_file(data: bytes, directory: TiffDirectory) -> bytes | None:
    """The frame as a JPEG file: its only strip with the tables that TIFF stores apart; None for others."""
    if directory.one(COMPRESSION) != JPEG or len(directory.chunks) != 1:
        return None
    ((start, length),) = directory.chunks
    strip = data[start : start + length]
    tables = bytes(directory.tags.get(JPEG_TABLES, ()))
    if not strip.startswith(SOI) or EOI not in strip[-4:] or (tables and not tables.startswith(SOI)):
        return None
    colour = ADOBE_RGB if directory.one(PHOTOMETRIC) == RGB and directory.one(SAMPLES, 1) == 3 else b""
    return SOI + colour + tables.removeprefix(SOI).removesuffix(EOI) + strip[len(SOI) :]


def _recode(frame: Image.Image, dpi: tuple[float, float]) -> tuple[bytes, MediaType]:
    target = io.BytesIO()
    if frame.mode == "1":
        frame.save(target, "TIFF", compression="group4", tiffinfo=ONE_STRIP)
        (directory,) = tiff_directories(target.getvalue())
        payload = _group4_payload(target.getvalue(), directory)
        if payload is None:
            raise ValueError("libtiff did not write one strip")
        return _fax_page(payload, directory, dpi), "application/pdf"
    if frame.mode == "CMYK":
        import img2pdf  # noqa: PLC0415 - a seventh of a child's loading time, and rarely needed

        frame.save(target, "TIFF")
        layout = img2pdf.get_fixed_dpi_layout_fun(dpi)
        pdf = img2pdf.convert(
            target.getvalue(), layout_fun=layout, nodate=True, engine=img2pdf.Engine.pikepdf
        )
        return pdf, "application/pdf"
    frame.save(target, "PNG", dpi=dpi)
    return target.getvalue(), "image/png"
