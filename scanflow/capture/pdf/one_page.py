"""One-page PDFs with one unchanged image stream.

Nothing is decoded or compressed again, and equal input gives equal bytes: pages are identified by their hash.
"""

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from scanflow.units import POINTS_PER_INCH


def image_page(pdf: Pdf, image: Object, dpi: tuple[float, float]) -> bytes:
    """The bytes of `pdf` (new, without pages, owner of `image`) with one page that the image fills."""
    width = round(int(image.Width) * POINTS_PER_INCH / dpi[0], 3)
    height = round(int(image.Height) * POINTS_PER_INCH / dpi[1], 3)
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, width, height]),
        Resources=Dictionary(XObject=Dictionary(Im0=image)),
        Contents=pdf.make_stream(f"{width} 0 0 {height} 0 0 cm /Im0 Do".encode()),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return save(pdf)


def save(pdf: Pdf) -> bytes:
    """The serialized PDF, with the bytes and filters of all streams unchanged."""
    target = io.BytesIO()
    pdf.save(
        target,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
    )
    return target.getvalue()
