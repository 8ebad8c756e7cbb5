"""A new text layer for a PDF that scanflow wrote: its images stay byte for byte as they are."""

import io
from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Dictionary, Name, Pdf

from scanflow.errors import DamagedInputError
from scanflow.model import Word
from scanflow.pdf.document import NewPlace
from scanflow.pdf.text_layer import FONT_NAME, TextFont, deflated, text_content
from scanflow.pdf.writer import IMAGE_END, IMAGE_NAME, placement, saved

_MATRIX = 6


def renew_text(
    data: bytes, pages: Sequence[Sequence[Word]], places: Mapping[int, NewPlace] | None = None
) -> bytes:
    """`data` with other words in its text layer, those of each page in order; `places` are pages (by index)
    whose image is to lie otherwise.

    Pages that were taken over with a text of their own stay as they are. Raises DamagedInputError for a file
    that isn't one of ours with so many pages.
    """
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) != len(pages):
                raise DamagedInputError(f"a filed PDF of {len(pdf.pages)} pages, not {len(pages)}")
            font = TextFont(
                word for page, words in zip(pdf.pages, pages, strict=True) if is_ours(page) for word in words
            )
            embedded = font.embed(pdf)
            for index, (page, words) in enumerate(zip(pdf.pages, pages, strict=True)):
                if not is_ours(page):
                    continue
                if places and index in places:
                    _place(pdf, page, places[index])
                write_text(pdf, page, words, font, embedded)
            return saved(pdf)
    except (pikepdf.PdfError, RuntimeError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def take_text_away(pdf: Pdf) -> tuple[tuple[float, ...] | None, ...]:
    """Leave only the images on the pages of a PDF that scanflow wrote; it is not to be filed.

    Gives for each page how its image is placed: the six numbers of the matrix that draws the unit square.
    Pages that were taken over with a text of their own stay as they are, and have None. Raises
    DamagedInputError.
    """
    try:
        return tuple(_bared(pdf, page) if is_ours(page) else None for page in pdf.pages)
    except (pikepdf.PdfError, RuntimeError, AttributeError, ValueError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def _bared(pdf: Pdf, page: pikepdf.Page) -> tuple[float, ...]:
    placed, end, _ = page.obj.Contents.read_bytes().partition(IMAGE_END)
    page.obj.Contents = pdf.make_stream(placed + end)
    numbers = tuple(float(number) for number in placed.split()[1:])
    if len(numbers) != _MATRIX:
        raise ValueError("no matrix")
    return numbers


def is_ours(page: pikepdf.Page) -> bool:
    """Whether a page is one image that scanflow placed."""
    resources = page.obj.get(Name.Resources, Dictionary())
    images = resources.get(Name.XObject, Dictionary())
    return list(images.keys()) == [IMAGE_NAME] and IMAGE_END in page.obj.Contents.read_bytes()


def _place(pdf: Pdf, page: pikepdf.Page, place: NewPlace) -> None:
    matrix = placement(place.size, place.geometry).encode()
    page.obj.MediaBox = pikepdf.Array([0, 0, *place.size])
    page.obj.Contents = deflated(pdf, b"q " + matrix + IMAGE_END)


def write_text(
    pdf: Pdf, page: pikepdf.Page, words: Sequence[Word], font: TextFont, embedded: pikepdf.Object
) -> None:
    """Give a page of ours these words as its text layer, in place of the one that it has."""
    height = float(page.obj.MediaBox[3])
    placed, end, _ = page.obj.Contents.read_bytes().partition(IMAGE_END)
    text = text_content(words, font, height)
    page.obj.Contents = deflated(pdf, placed + end + text)
    if text:
        page.obj.Resources.Font = Dictionary({str(FONT_NAME): embedded})
    elif Name.Font in page.obj.Resources:
        del page.obj.Resources.Font
