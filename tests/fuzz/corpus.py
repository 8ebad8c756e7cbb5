"""Small sound files of every kind that we take: what the fuzzers damage."""

import io
import zlib
from functools import cache

import numpy as np
import pikepdf
from pikepdf import Name, Pdf
from PIL import Image, ImageDraw, ImageFont

from tests.capture.samples import VIETNAMESE, image_keys, jpeg, page_pdf, picture, raw, saved, text_pdf

SMALL = (144.0, 187.2)  # points: a page that renders in no time
OVER_PAGE = "q 144 0 0 187.2 0 0 cm /Im Do Q"


@cache
def seeds() -> dict[str, bytes]:
    """Name and bytes of each file; its picture counts as blank, so that reading it is quick."""
    return _of(picture())


@cache
def written_seeds() -> dict[str, bytes]:
    """Name and bytes of each file, with a few lines on its page, to be read and filed."""
    grey, font = Image.new("L", (400, 520), 255), ImageFont.load_default(36)
    for line in range(4):
        ImageDraw.Draw(grey).text((50, 100 + 80 * line), f"TRANG {line:03}", font=font, fill=0)
    return _of(grey)


def _of(grey: Image.Image) -> dict[str, bytes]:
    return _images(grey) | _tiffs(grey) | _pdfs(grey)


def _images(grey: Image.Image) -> dict[str, bytes]:
    colour = grey.convert("RGB")
    exif = Image.Exif()
    exif[274], exif[282], exif[283] = 6, 300.0, 300.0
    return {
        "grey.jpg": jpeg(grey, dpi=(200, 200)),
        "turned.jpg": jpeg(colour, exif=exif, progressive=True),
        "cmyk.jpg": jpeg(colour.convert("CMYK")),
        "grey.png": saved(grey, "PNG", dpi=(300, 300)),
        "clear.png": saved(colour.convert("RGBA"), "PNG"),
        "palette.png": saved(colour.quantize(16), "PNG", transparency=3),
        "deep.png": saved(Image.fromarray(np.asarray(grey, np.uint16) * 257), "PNG"),
        "bilevel.png": saved(grey.convert("1"), "PNG"),
    }


def _tiffs(grey: Image.Image) -> dict[str, bytes]:
    colour, bilevel = grey.convert("RGB"), grey.convert("1")
    pages = io.BytesIO()
    grey.save(pages, "TIFF", save_all=True, append_images=[bilevel, colour], compression="tiff_lzw")
    return {
        "pages.tif": pages.getvalue(),
        "fax4.tif": saved(bilevel, "TIFF", compression="group4", tiffinfo={278: 2**31 - 1}),
        "fax3.tif": saved(bilevel, "TIFF", compression="group3"),
        "jpeg.tif": saved(colour, "TIFF", compression="jpeg"),
        "plain.tif": saved(grey, "TIFF", dpi=(200, 200)),
        "cmyk.tif": saved(colour.convert("CMYK"), "TIFF"),
    }


def _pdfs(grey: Image.Image) -> dict[str, bytes]:
    scan = (jpeg(grey), image_keys(grey, Name.DCTDecode))
    plain = page_pdf(OVER_PAGE, {"Im": scan}, size=SMALL, page={"Rotate": 90})
    with Pdf.open(io.BytesIO(page_pdf(OVER_PAGE, {"Im": scan}, size=SMALL, copies=3))) as pdf:
        packed = raw(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    flate = (zlib.compress(grey.tobytes()), image_keys(grey, Name.FlateDecode))
    return {
        "scan.pdf": plain,
        "packed.pdf": packed,
        "drawn.pdf": page_pdf("10 10 80 90 re f " + OVER_PAGE, {"Im": scan}, size=SMALL),
        "raw.pdf": page_pdf(OVER_PAGE, {"Im": flate}, size=SMALL),
        "text.pdf": text_pdf(VIETNAMESE, size=(400, 280)),
    }
