"""A new PDF of pages of filed ones, in another order or turned: their images stay byte for byte the same."""

import io
import re
import warnings
from collections.abc import Sequence
from contextlib import ExitStack

import pikepdf
from pikepdf import Array, Dictionary, Pdf

from scanflow.errors import DamagedInputError
from scanflow.model import Word
from scanflow.pdf.document import CONFORMANCE, Leaf, PdfMetadata, WrittenPdf
from scanflow.pdf.pdfa import describe
from scanflow.pdf.text_layer import TextFont, deflated
from scanflow.pdf.text_renewal import is_ours, write_text
from scanflow.pdf.writer import saved

_PLACED = re.compile(rb"q ((?:-?[\d.]+ ){5}-?[\d.]+)")
_DIGITS = 7
Numbers = tuple[float, float, float, float, float, float]


def rearrange(
    files: Sequence[bytes], leaves: Sequence[Leaf], words: Sequence[Sequence[Word]], metadata: PdfMetadata
) -> WrittenPdf:
    """A file of `leaves`, with the printed `words` of each.

    Pages that were taken over with a text of their own keep it. Raises DamagedInputError for a file that
    can't be read or lacks a page.
    """
    try:
        with ExitStack() as opened, warnings.catch_warnings(action="ignore"):
            # pikepdf warns that form fields are not copied; what they show is.
            sources = [opened.enter_context(Pdf.open(io.BytesIO(data))) for data in files]
            pdf = opened.enter_context(Pdf.new())
            for leaf in leaves:
                pdf.add_pages_from(sources[leaf.file], [leaf.page - 1])
            font = TextFont(word for each in words for word in each)
            embedded = font.embed(pdf)
            for page, leaf, own in zip(pdf.pages, leaves, words, strict=True):
                _turn(pdf, page, leaf.rotation)
                if is_ours(page):
                    # Resources of its own: pages of one file may share theirs.
                    page.obj.Resources = Dictionary(XObject=page.obj.Resources.XObject)
                    write_text(pdf, page, own, font, embedded)
            claim = all(map(_is_archivable, sources))
            describe(pdf, metadata, claim=claim)
            return WrittenPdf(saved(pdf), CONFORMANCE if claim else None, ())
    except (pikepdf.PdfError, RuntimeError, IndexError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def _is_archivable(pdf: Pdf) -> bool:
    """Whether a file says that it is PDF/A: with all of its pages anything made of some of them is, too."""
    return bool(pdf.open_metadata().pdfa_status.startswith("2"))


def _turn(pdf: Pdf, page: pikepdf.Page, degrees: int) -> None:
    """Turn a page clockwise by quarters: ours by its image's matrix, others as PDF has it."""
    if degrees % 360 == 0:
        return
    content = page.obj.Contents.read_bytes() if is_ours(page) else b""
    placed = _PLACED.match(content)
    if placed is None:
        page.rotate(degrees % 360, relative=True)
        return
    a, b, c, d, e, f = map(float, placed[1].split())
    width, height = (float(side) for side in list(page.obj.MediaBox)[2:])
    matrix: Numbers = (a, b, c, d, e, f)
    for _ in range(degrees % 360 // 90):
        a, b, c, d, e, f = matrix
        # A quarter clockwise: (x, y) becomes (y, width - x).
        matrix = (b, -a, d, -c, f, width - e)
        width, height = height, width
    numbers = " ".join(f"{round(number, _DIGITS):f}" for number in matrix)
    page.obj.MediaBox = Array([0, 0, width, height])
    page.obj.Contents = deflated(pdf, b"q " + numbers.encode() + content[placed.end() :])
