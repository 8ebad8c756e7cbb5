"""One-page PDFs with one unchanged image stream.

Nothing is decoded or compressed again. Pages are known by their hash: equal input gives equal bytes, unless
nobody wants to know a page by them.
"""

import io
import warnings

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from scanflow.capture.files.library_message import short_message
from scanflow.errors import DamagedInputError
from scanflow.units import POINTS_PER_INCH


def image_page(pdf: Pdf, image: Object, dpi: tuple[float, float], *, hashed: bool = True) -> bytes:
    """The bytes of `pdf` (new, without pages, owner of `image`) with one page that the image fills; `hashed`
    as `save`.
    """
    width = round(int(image.Width) * POINTS_PER_INCH / dpi[0], 3)
    height = round(int(image.Height) * POINTS_PER_INCH / dpi[1], 3)
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, width, height]),
        Resources=Dictionary(XObject=Dictionary(Im0=image)),
        Contents=pdf.make_stream(f"{width} 0 0 {height} 0 0 cm /Im0 Do".encode()),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return save(pdf, hashed=hashed)


def single_page(data: bytes, no: int) -> bytes:
    """A PDF with only page `no` (from 1) of another one. Raises DamagedInputError where that
    isn't possible.
    """
    return single_pages(data, no, no)[0]


def single_pages(data: bytes, first: int, last: int) -> tuple[bytes, ...]:
    """PDFs with one page each of another's pages `first` to `last`. Raises as `single_page`."""
    made: list[bytes] = []
    try:
        # pikepdf warns that form fields are not copied; what they show is.
        with Pdf.open(io.BytesIO(data)) as whole, warnings.catch_warnings(action="ignore"):
            for no in range(first, last + 1):
                with Pdf.new() as single:
                    single.pages.append(whole.pages[no - 1])
                    made.append(save(single))
    except (pikepdf.PdfError, RuntimeError, IndexError) as error:
        raise DamagedInputError(f"page {first + len(made)}: {short_message(error)}") from error
    return tuple(made)


def save(pdf: Pdf, *, hashed: bool = True) -> bytes:
    """The serialized PDF, with the bytes and filters of all streams unchanged.

    `hashed`: its identifier is made of its content, which takes most of the time, so that equal ones are
    equal bytes; else they may differ.
    """
    target = io.BytesIO()
    pdf.save(
        target,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=hashed,
    )
    return target.getvalue()
