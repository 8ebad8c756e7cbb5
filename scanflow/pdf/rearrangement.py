"""Makes a PDF of pages of filed PDFs, in another order or turned; their image streams are not changed."""

import io
import re
import warnings
from collections.abc import Sequence
from contextlib import ExitStack

import pikepdf
from pikepdf import Array, Dictionary, Pdf

from scanflow.errors import DamagedInputError
from scanflow.model import Word
from scanflow.pdf.document import CONFORMANCE, PdfMetadata, SourcePage, WrittenPdf
from scanflow.pdf.pdfa import write_metadata
from scanflow.pdf.text_layer import TextFont, deflated
from scanflow.pdf.text_renewal import is_one_image, write_text
from scanflow.pdf.writer import pdf_bytes

_PLACEMENT = re.compile(rb"q ((?:-?[\d.]+ ){5}-?[\d.]+)")  # as the writer begins a page: q, then a matrix
_DIGITS = 7  # decimals of the numbers of a matrix
_Numbers = tuple[float, float, float, float, float, float]


def rearrange(
    files: Sequence[bytes],
    order: Sequence[SourcePage],
    words: Sequence[Sequence[Word]],
    metadata: PdfMetadata,
) -> WrittenPdf:
    """A file of the pages in `order`, taken from the filed PDFs `files`, with the printed `words` of each.

    Pages of digital origin keep their own text. Raises DamagedInputError for a file that can't be read or
    lacks a page.
    """
    try:
        with ExitStack() as opened, warnings.catch_warnings(action="ignore"):
            # pikepdf warns that form fields are not copied; what they show is.
            sources = [opened.enter_context(Pdf.open(io.BytesIO(data))) for data in files]
            pdf = opened.enter_context(Pdf.new())
            for filed in order:
                pdf.add_pages_from(sources[filed.file], [filed.page - 1])
            font = TextFont(word for each in words for word in each)
            embedded = font.embed(pdf)
            for page, filed, own in zip(pdf.pages, order, words, strict=True):
                _turn(pdf, page, filed.rotation)
                if is_one_image(page):
                    # A new dictionary, since pages may share one and `write_text` changes it.
                    page.obj.Resources = Dictionary(XObject=page.obj.Resources.XObject)
                    write_text(pdf, page, own, font, embedded)
            claim = all(map(_is_archivable, sources))
            write_metadata(pdf, metadata, claim=claim)
            return WrittenPdf(pdf_bytes(pdf), CONFORMANCE if claim else None, ())
    except (pikepdf.PdfError, RuntimeError, IndexError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def _is_archivable(pdf: Pdf) -> bool:
    """Whether a file claims to be PDF/A-2; then also a file of some of its pages may."""
    return bool(pdf.open_metadata().pdfa_status.startswith("2"))


def _turn(pdf: Pdf, page: pikepdf.Page, degrees: int) -> None:
    """Turn a page clockwise: one that is an image by the image's matrix, any other by its entry `Rotate`."""
    if degrees % 360 == 0:
        return
    content = page.obj.Contents.read_bytes() if is_one_image(page) else b""
    placed = _PLACEMENT.match(content)
    if placed is None:
        page.rotate(degrees % 360, relative=True)
        return
    a, b, c, d, e, f = map(float, placed[1].split())
    width, height = (float(side) for side in list(page.obj.MediaBox)[2:])
    matrix: _Numbers = (a, b, c, d, e, f)
    for _ in range(degrees % 360 // 90):
        a, b, c, d, e, f = matrix
        # A quarter turn clockwise: (x, y) becomes (y, width - x).
        matrix = (b, -a, d, -c, f, width - e)
        width, height = height, width
    numbers = " ".join(f"{round(number, _DIGITS):f}" for number in matrix)
    page.obj.MediaBox = Array([0, 0, width, height])
    page.obj.Contents = deflated(pdf, b"q " + numbers.encode() + content[placed.end() :])
