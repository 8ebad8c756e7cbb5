"""A new text layer for a PDF that scanflow wrote: its images stay byte for byte as they are."""

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Dictionary, Name, Pdf

from scanflow.errors import DamagedInputError
from scanflow.model import Word
from scanflow.pdf.text_layer import FONT_NAME, TextFont, deflated, text_content
from scanflow.pdf.writer import IMAGE_END, IMAGE_NAME, saved


def renew_text(data: bytes, pages: Sequence[Sequence[Word]]) -> bytes:
    """`data` with other words in its text layer, those of each page in order.

    Pages that were taken over with a text of their own stay as they are. Raises DamagedInputError for a file
    that isn't one of ours with so many pages.
    """
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) != len(pages):
                raise DamagedInputError(f"a filed PDF of {len(pdf.pages)} pages, not {len(pages)}")
            ours = [(page, words) for page, words in zip(pdf.pages, pages, strict=True) if is_ours(page)]
            font = TextFont(word for _, words in ours for word in words)
            embedded = font.embed(pdf)
            for page, words in ours:
                _replace(pdf, page, words, font, embedded)
            return saved(pdf)
    except (pikepdf.PdfError, RuntimeError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def is_ours(page: pikepdf.Page) -> bool:
    """Whether a page is one image that scanflow placed."""
    resources = page.obj.get(Name.Resources, Dictionary())
    images = resources.get(Name.XObject, Dictionary())
    return list(images.keys()) == [IMAGE_NAME] and IMAGE_END in page.obj.Contents.read_bytes()


def _replace(
    pdf: Pdf, page: pikepdf.Page, words: Sequence[Word], font: TextFont, embedded: pikepdf.Object
) -> None:
    height = float(page.obj.MediaBox[3])
    placed, end, _ = page.obj.Contents.read_bytes().partition(IMAGE_END)
    text = text_content(words, font, height)
    page.obj.Contents = deflated(pdf, placed + end + text)
    if text:
        page.obj.Resources.Font = Dictionary({str(FONT_NAME): embedded})
    elif Name.Font in page.obj.Resources:
        del page.obj.Resources.Font
