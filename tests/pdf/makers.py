"""Makes pages of every kind that capture gives."""

import io
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import img2pdf
import pikepdf
from pikepdf import Dictionary, Name, Object, Pdf, Stream
from PIL import Image, ImageDraw

from scanflow.model import Box, CapturedPage, Geometry, MediaType, Word
from scanflow.pdf.writer import PdfMetadata, PdfPage
from tests.capture.samples import saved

DPI = 100
SHEET = (600, 825)  # pixels at 100 dpi, about A5, and whole numbers of points

METADATA = PdfMetadata(
    title="Giấy phép xây dựng: nhà ở riêng lẻ <số 12> & phụ lục",
    created=datetime(2026, 8, 4, 3, 15, 30, tzinfo=UTC),
    dossier_number="H57.132-260804-0583",
    procedure_code="1.013225",
    document_type="building_permit",
    converter="Đỗ Thị Ví Dụ",
    agency="Trung tâm Phục vụ hành chính công",
    program="scanflow 0.1.0",
    engine="tesseract 5.5.0 vie",
)


def drawing(mode: str = "RGB", size: tuple[int, int] = SHEET) -> Image.Image:
    """A sheet with a black block in its upper left corner and a coloured one in the middle."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 60, 160, 90), fill="black")
    draw.rectangle((250, 400, 330, 460), fill=(200, 30, 40))
    return image.convert(mode)


def captured(
    data: bytes,
    media_type: MediaType,
    size: tuple[int, int] = SHEET,
    kind: Literal["scan", "render", "text"] = "scan",
    no: int = 1,
) -> CapturedPage:
    return CapturedPage(no, data, media_type, *size, (DPI, DPI), "stated", kind)


def page_of(
    data: bytes, media_type: MediaType, words: tuple[Word, ...] = (), geometry: Geometry | None = None
) -> PdfPage:
    """A page of the size of SHEET, turned as `geometry` says."""
    geometry = geometry or Geometry()
    width, height = (side * 72 / DPI for side in SHEET)
    size = (height, width) if geometry.rotation in (90, 270) else (width, height)
    return PdfPage(captured(data, media_type), geometry, size, words)


def pdf_around(image: Object | Stream, source: Pdf) -> bytes:
    """A one-page PDF that draws `image` (of `source`) over its page."""
    source.add_blank_page(page_size=(SHEET[0] * 72 / DPI, SHEET[1] * 72 / DPI))
    page = source.pages[-1].obj
    page.Resources = Dictionary(XObject=Dictionary(Im0=image))
    page.Contents = Stream(source, b"q 432 0 0 594 0 0 cm /Im0 Do Q")
    buffer = io.BytesIO()
    source.save(buffer, compress_streams=False)
    return buffer.getvalue()


def pdf_with_image(data: bytes, entries: Mapping[str, object], size: tuple[int, int] = SHEET) -> bytes:
    """A one-page PDF with the raw stream `data` and the image dictionary `entries`."""
    with Pdf.new() as source:
        image = Stream(source, data, Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1])
        for key, value in entries.items():
            image[f"/{key}"] = source.make_indirect(value) if isinstance(value, Stream) else value
        return pdf_around(image, source)


def ccitt_pdf() -> bytes:
    data: bytes = img2pdf.convert(saved(drawing("1"), "TIFF", compression="group4"))
    return data


def lzw_pdf() -> bytes:
    """TIFF and PDF share their LZW, so that a strip of a TIFF is an LZW stream."""
    tiff = saved(drawing("L"), "TIFF", compression="tiff_lzw", tiffinfo={278: SHEET[1]})
    with Image.open(io.BytesIO(tiff)) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]  # a TIFF has them
        (offset,), (count,) = tags[273], tags[279]
    return pdf_with_image(
        tiff[offset : offset + count],
        {"Filter": Name.LZWDecode, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 8},
    )


def cmyk_flate_pdf() -> bytes:
    return pdf_with_image(
        zlib.compress(drawing("CMYK").tobytes()),
        {"Filter": Name.FlateDecode, "ColorSpace": Name.DeviceCMYK, "BitsPerComponent": 8},
    )


def device_n_pdf() -> bytes:
    """An image in colours that nothing here can decode, and that PDF/A-2 forbids."""
    tint = b"{ 0 0 3 -1 roll 0 exch }"
    with Pdf.new() as source:
        function = Stream(source, tint, FunctionType=4, Domain=[0, 1], Range=[0, 1, 0, 1, 0, 1, 0, 1])
        image = Stream(
            source,
            zlib.compress(bytes(SHEET[0] * SHEET[1])),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=SHEET[0],
            Height=SHEET[1],
            BitsPerComponent=8,
            Filter=Name.FlateDecode,
            ColorSpace=[Name.DeviceN, [Name.Spot], Name.DeviceCMYK, source.make_indirect(function)],
        )
        return pdf_around(image, source)


def words_of(text: str, left: float = 40, top: float = 60, size: float = 11) -> tuple[Word, ...]:
    """`text` set in lines of Times-like words, as a reader would give them."""
    words: list[Word] = []
    for number, line in enumerate(text.splitlines()):
        x, y = left, top + number * size * 1.5
        for token in line.split():
            width = sum(_width(char) for char in token) * size
            words.append(Word(token, Box(x, y, x + width, y + size), 0.9, 0, number))
            x += width + 0.3 * size
    return tuple(words)


def _width(char: str) -> float:
    if char.isupper():
        return 0.7
    return 0.3 if char in "iljtfr.,;:-'" else 0.48


def born_digital_pdf() -> bytes:
    """A page with live text in a standard font: no PDF/A, but a good text layer."""
    with Pdf.new() as source:
        source.add_blank_page(page_size=(432, 594))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        source.pages[0].obj.Resources = Dictionary(Font=Dictionary(F1=source.make_indirect(font)))
        source.pages[0].obj.Contents = Stream(source, b"BT /F1 12 Tf 72 500 Td (Born digital) Tj ET")
        buffer = io.BytesIO()
        source.save(buffer)
    return buffer.getvalue()


def image_in(data: bytes, page: int = 0) -> Object:
    """The image that a written PDF draws on a page; its document stays open as long as it is used."""
    pdf = pikepdf.open(io.BytesIO(data))
    (image,) = pdf.pages[page].obj.Resources.XObject.values()
    _OPEN.append(pdf)
    return image


_OPEN: list[Pdf] = []
