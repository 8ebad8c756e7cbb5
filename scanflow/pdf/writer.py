"""Writes documents as searchable PDF/A-2b with the captured image data.

The image is drawn with a matrix that makes it upright; nothing is resampled. Pages of digital origin
(`CapturedPage.kind` is `text`) are copied unchanged, with fonts and text.
"""

import io
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256

import pikepdf
from pikepdf import Dictionary, Matrix, Name, Object, Pdf

from scanflow.errors import DamagedInputError
from scanflow.logs import get_logger
from scanflow.model import CapturedPage, Geometry
from scanflow.pdf.document import CONFORMANCE, OutputType, PageLoss, PdfMetadata, PdfPage, WrittenPdf
from scanflow.pdf.page_image import ImageWriter
from scanflow.pdf.pdfa import write_metadata
from scanflow.pdf.text_layer import FONT_NAME, TextFont, deflated, text_content

__all__ = ["PdfMetadata", "PdfPage", "WrittenPdf", "placement", "write_pdf"]

IMAGE_NAME = "/I"
IMAGE_END = f" cm {IMAGE_NAME} Do Q\n".encode("ascii")
"""How the content of a page ends that draws its image; before it is `q` and the matrix, after it the text."""
_STATIC_ID = b"31415926535897932384626433832795"
"""The identifier that qpdf writes for `static_id`, in the last dictionary of the file."""
_MIN_SIDE, _MAX_SIDE = 3, 14400  # points, ISO 19005-2 6.1.13

log = get_logger(__name__)


def write_pdf(
    pages: Sequence[PdfPage], metadata: PdfMetadata, *, output_type: OutputType = "pdfa"
) -> WrittenPdf:
    """Write `pages` into one file; the same pages and metadata give the same bytes.

    Raises DamagedInputError for a page without a readable image.
    """
    claim = output_type == "pdfa" and all(_is_claimable(page) for page in pages)
    recoded: list[int] = []
    losses: list[PageLoss] = []
    with ExitStack() as opened:
        pdf = opened.enter_context(Pdf.new())
        images = ImageWriter(pdf)
        font = TextFont(word for page in pages if not _is_born_digital(page) for word in page.words)
        texts = [b"" if _is_born_digital(p) else text_content(p.words, font, p.size[1]) for p in pages]
        font_object = font.embed(pdf) if any(texts) else None
        for index, (page, text) in enumerate(zip(pages, texts, strict=True)):
            source = _open(page.captured, opened)
            if source is not None and _is_born_digital(page):
                pdf.add_pages_from(source, [0])  # with its form fields and layers
                continue
            placed = images.add(page.captured, source)
            _add_page(pdf, page, placed.image, text, font_object)
            if not placed.archivable:
                log.warning("image-not-archivable", page=page.captured.no)
                claim = False
            if placed.recoded:
                log.warning("image-recoded", page=page.captured.no, reason=placed.recoded)
                recoded.append(page.captured.no)
            if placed.recoded or placed.left_out:
                losses.append(PageLoss(index, placed.recoded or "", placed.left_out))
        write_metadata(pdf, metadata, claim=claim)
        return WrittenPdf(pdf_bytes(pdf), CONFORMANCE if claim else None, tuple(recoded), tuple(losses))


def placement(size: tuple[float, float], geometry: Geometry) -> Matrix:
    """The matrix that draws an image (a unit square) upright on a page of `size` points.

    Mirrored, rotated clockwise in quarter turns, scaled to the page (to the part of it that the geometry's
    `canvas` says), then rotated about the page's centre against the skew. PDF's y axis points upwards, so its
    positive angles are anticlockwise.
    """
    width, height = size
    return (
        Matrix()
        .translated(width / 2, height / 2)
        .rotated(geometry.skew)
        .scaled(width / geometry.canvas, height / geometry.canvas)
        .rotated(-geometry.rotation)
        .scaled(-1 if geometry.mirrored else 1, 1)
        .translated(-0.5, -0.5)
    )


def _is_born_digital(page: PdfPage) -> bool:
    return page.captured.kind == "text"


def _is_claimable(page: PdfPage) -> bool:
    return not _is_born_digital(page) and all(_MIN_SIDE <= side <= _MAX_SIDE for side in page.size)


def _open(captured: CapturedPage, opened: ExitStack) -> Pdf | None:
    """The captured PDF of a page, or None for an image. It stays open until the file is saved, because
    streams are read only then.
    """
    if captured.media_type != "application/pdf":
        return None
    try:
        source = opened.enter_context(Pdf.open(io.BytesIO(captured.data)))
    except pikepdf.PdfError as error:
        raise DamagedInputError("a captured page is not a readable PDF") from error
    if not source.pages:
        raise DamagedInputError("a captured page holds no page")
    return source


def _add_page(pdf: Pdf, page: PdfPage, image: Object, text: bytes, font: Object | None) -> None:
    matrix = placement(page.size, page.geometry).encode().decode("ascii")
    content = f"q {matrix}".encode("ascii") + IMAGE_END + text
    resources = Dictionary(XObject=Dictionary({IMAGE_NAME: image}))
    if text and font is not None:
        resources.Font = Dictionary({str(FONT_NAME): font})
    # Not add_blank_page: it refuses extreme sizes, which damaged files state.
    dictionary = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, *page.size],
        Resources=resources,
        Contents=deflated(pdf, content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(dictionary)))


def pdf_bytes(pdf: Pdf) -> bytes:
    """The bytes of the file; streams are not encoded again.

    The same content gives the same bytes, since the file's identifier is computed from it.
    """
    buffer = io.BytesIO()
    # pikepdf warns that form fields were copied without the form. What they show is kept, and that is enough
    # in an archive.
    with warnings.catch_warnings(action="ignore"):
        pdf.save(
            buffer,
            force_version="1.7",
            # Otherwise qpdf would decode and deflate again all streams but plain /FlateDecode ones, also
            # captured streams.
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            static_id=True,
            fix_metadata_version=False,
        )
    return _identified(bytearray(buffer.getbuffer()))


def _identified(data: bytearray) -> bytes:
    """The file with an identifier computed from its content; of a file that had one the first half is kept.

    qpdf's own option (`deterministic_id`) takes half of the time of writing.
    """
    made = sha256(data).hexdigest()[: len(_STATIC_ID)].encode("ascii")
    end = data.rindex(_STATIC_ID) + len(_STATIC_ID)
    begin = data.rindex(b"/ID", 0, end)
    data[begin:end] = data[begin:end].replace(_STATIC_ID, made)
    return bytes(data)
