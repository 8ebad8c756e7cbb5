"""Small files made for the tests, of every kind that a scanner or an office sends."""

import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pikepdf
import pillow_heif
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from scanflow.capture.files.unpack import Unpacked, unpack
from scanflow.model import CapturedPage, Geometry
from scanflow.settings import LimitSettings

LIMITS = LimitSettings()
MIN_QUALITY = 0.7
OFFICE = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
A4_POINTS = (595.2, 841.92)

VIETNAMESE = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "TỜ KHAI ĐĂNG KÝ KHAI SINH",
    "Kính gửi: Ủy ban nhân dân xã An Bình Thượng",
    "Họ, chữ đệm, tên người yêu cầu: Trần Thử Nghiệm",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây",
    "Nơi cư trú: ấp Mẫu, xã An Bình Thượng, thành phố Cần Thơ",
)


def picture(width: int = 200, height: int = 260) -> Image.Image:
    """A grey page that looks different whichever way it is turned or mirrored."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[: height // 4, : width // 4] = 0
    pixels[height // 2 : height // 2 + height // 10, : width // 2] = 90
    pixels[-height // 10 :, -width // 3 :] = 160
    return Image.fromarray(pixels)


def take(data: bytes, limits: LimitSettings = LIMITS, name: str = "test") -> Unpacked:
    """Take a file apart, with the usual quality that text layers need."""
    return unpack(data, name, limits, MIN_QUALITY)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of this kind, in Pillow's words."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or picture(), "JPEG", **{"quality": 90, **options})


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with_text(png: bytes) -> bytes:
    """The PNG with a text, which no image of a PDF can carry."""
    header_ends = 33
    return png[:header_ends] + png_chunk(b"tEXt", b"Comment\0ban goc") + png[header_ends:]


def interlaced_png(pixels: NDArray[np.uint8]) -> bytes:
    """Grey pixels (h, w) as an interlaced PNG (Adam7), which Pillow reads and can't write."""
    passes = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ]
    rows = [row for y, x, down, right in passes for row in pixels[y::down, x::right]]
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">2I5B", pixels.shape[1], pixels.shape[0], 8, 0, 0, 0, 1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def heic(image: Image.Image, **options: Any) -> bytes:
    """A picture as a telephone files it."""
    target = io.BytesIO()
    pillow_heif.from_pillow(image.convert("RGB")).save(target, quality=90, **options)
    return target.getvalue()


def docx(*paragraphs: str, parts: Mapping[str, str] | None = None, body: str = "") -> bytes:
    """A file as a word processor leaves it: paragraphs, or a `body` of XML; `parts` are others by name."""
    text = body or "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in paragraphs)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("word/document.xml", f"<w:document {OFFICE}><w:body>{text}</w:body></w:document>")
        for name, content in (parts or {}).items():
            file.writestr(name, content)
    return target.getvalue()


def page_pdf(
    content: str | bytes,
    images: Mapping[str, tuple[bytes, Mapping[str, Any]]] | None = None,
    *,
    size: tuple[float, float] = A4_POINTS,
    page: Mapping[str, Any] | None = None,
    copies: int = 1,
) -> bytes:
    """A PDF whose pages all run `content` over the given image streams (raw bytes and dictionary)."""
    with Pdf.new() as pdf:
        objects = {f"/{name}": image_stream(pdf, data, keys) for name, (data, keys) in (images or {}).items()}
        for _ in range(copies):
            entry = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, *size]),
                Resources=Dictionary(XObject=Dictionary(objects)),
                Contents=pdf.make_stream(content.encode() if isinstance(content, str) else content),
            )
            for key, value in (page or {}).items():
                entry[f"/{key}"] = value
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(entry)))
        return raw(pdf)


def raw(pdf: Pdf, **options: Any) -> bytes:
    """Serialize without touching any stream, as far as encryption lets it."""
    target = io.BytesIO()
    if "encryption" not in options:
        options |= {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "deterministic_id": True}
    pdf.save(target, compress_streams=False, **options)
    return target.getvalue()


def image_stream(pdf: Pdf, data: bytes, keys: Mapping[str, Any]) -> Stream:
    return Stream(pdf, data, Dictionary({"/Type": Name.XObject, "/Subtype": Name.Image, **_slashed(keys)}))


def _slashed(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {f"/{key}": value for key, value in keys.items()}


def image_keys(image: Image.Image, kind: Name, **more: Any) -> dict[str, Any]:
    space = {"1": Name.DeviceGray, "L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
    return {
        "Width": image.width,
        "Height": image.height,
        "ColorSpace": space[image.mode],
        "BitsPerComponent": 1 if image.mode == "1" else 8,
        "Filter": kind,
        **more,
    }


def jpeg_scan(**page: Any) -> bytes:
    """The simplest case: a grey JPEG over the whole page."""
    image = picture()
    keys = image_keys(image, Name.DCTDecode)
    return page_pdf("q 595.2 0 0 841.92 0 0 cm /Im Do Q", {"Im": (jpeg(image), keys)}, page=page)


def text_pdf(
    lines: Sequence[str],
    *,
    font: str = "Helvetica",
    size: tuple[float, float] = A4_POINTS,
    page: Mapping[str, Any] | None = None,
    image: tuple[bytes, Mapping[str, Any]] | None = None,
    mode: int = 0,
) -> bytes:
    """A born-digital page: each character shows as its base letter and says by ToUnicode what it is.

    So no font file is needed. With `image`, that lies over the page below the text; `mode` 3 is invisible.
    """
    characters = sorted({c for line in lines for c in line})
    codes = {c: 33 + i for i, c in enumerate(characters)}
    with Pdf.new() as pdf:
        fonts = Dictionary(F1=pdf.make_indirect(_font(pdf, font, codes)))
        resources = Dictionary(Font=fonts)
        ground = ""
        if image:
            resources.XObject = Dictionary(Im=image_stream(pdf, *image))
            ground = f"q {size[0]} 0 0 {size[1]} 0 0 cm /Im Do Q\n"
        rows = [
            f"1 0 0 1 60 {size[1] - 80 - 24 * i} Tm <{''.join(f'{codes[c]:02x}' for c in line)}> Tj"
            for i, line in enumerate(lines)
        ]
        content = f"{ground}BT {mode} Tr /F1 12 Tf\n" + "\n".join(rows) + "\nET"
        entry = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Resources=resources,
            Contents=pdf.make_stream(content.encode()),
            **(page or {}),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(entry)))
        return raw(pdf)


def _font(pdf: Pdf, name: str, codes: Mapping[str, int]) -> Dictionary:
    differences: list[Any] = []
    mapping = []
    for character, code in codes.items():
        base = unicodedata.normalize("NFD", character.replace("đ", "d").replace("Đ", "D"))[0]
        glyph = base if base.isascii() and base.isalpha() else "space" if base == " " else "period"
        differences += [code, Name(f"/{glyph}")]
        mapping.append(f"<{code:02x}> <{character.encode('utf-16-be').hex()}>")
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(mapping)} beginbfchar\n" + "\n".join(mapping) + "\nendbfchar endcmap end end"
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type1,
        BaseFont=Name(f"/{name}"),
        FirstChar=33,
        LastChar=32 + len(codes),
        Widths=Array([300 if c == " " else 600 for c in codes]),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array(differences)),
        ToUnicode=pdf.make_stream(cmap.encode()),
    )


def raster(page: CapturedPage) -> Image.Image:
    """The captured raster, before any turn, decoded independently of the code under test."""
    if page.media_type == "application/pdf":
        with Pdf.open(io.BytesIO(page.data)) as pdf:
            return pikepdf.PdfImage(only_image(pdf)).as_pil_image()
    image = Image.open(io.BytesIO(page.data))
    image.load()
    return image


def only_image(pdf: Pdf) -> Stream:
    (page,) = pdf.pages
    (image,) = page.obj.Resources.XObject.values()
    assert isinstance(image, Stream)
    return image


def upright(image: Image.Image, geometry: Geometry) -> NDArray[np.uint8]:
    """Turn a raster as `Geometry` says, grey."""
    pixels = np.asarray(image.convert("L"))
    if geometry.mirrored:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(np.rot90(pixels, k=-geometry.rotation // 90))


def alike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Whether two pictures show the same, resampling and JPEG aside."""
    size = (40, 52) if a.shape[0] > a.shape[1] else (52, 40)
    small = [np.asarray(Image.fromarray(x).resize(size), np.float32) for x in (a, b)]
    return (a.shape[0] > a.shape[1]) == (b.shape[0] > b.shape[1]) and float(
        np.abs(small[0] - small[1]).mean()
    ) < 8.0
