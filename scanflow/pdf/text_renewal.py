"""Changes the text layer of a PDF that scanflow wrote; its image streams are not changed."""

import io
from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Dictionary, Name, Pdf, Stream

from scanflow.errors import DamagedInputError
from scanflow.model import Word
from scanflow.pdf.document import NewPlace
from scanflow.pdf.text_layer import FONT_NAME, TextFont, deflated, text_content
from scanflow.pdf.writer import IMAGE_END, IMAGE_NAME, pdf_bytes, placement

_MATRIX = 6  # numbers of a matrix


def renew_text(
    data: bytes, pages: Sequence[Sequence[Word]], places: Mapping[int, NewPlace] | None = None
) -> bytes:
    """The file with a text layer of the given words, a sequence for each page.

    `places` has new geometries of images, by the index of the page. Pages of digital origin are not changed.
    Raises DamagedInputError for a file that can't be read or has another number of pages.
    """
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) != len(pages):
                raise DamagedInputError(f"a filed PDF of {len(pdf.pages)} pages, not {len(pages)}")
            font = TextFont(
                word
                for page, words in zip(pdf.pages, pages, strict=True)
                if is_one_image(page)
                for word in words
            )
            embedded = font.embed(pdf)
            for index, (page, words) in enumerate(zip(pdf.pages, pages, strict=True)):
                if not is_one_image(page):
                    continue
                if places and index in places:
                    _place(pdf, page, places[index])
                write_text(pdf, page, words, font, embedded)
            return pdf_bytes(pdf)
    except (pikepdf.PdfError, RuntimeError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def remove_text(pdf: Pdf) -> tuple[tuple[float, ...] | None, ...]:
    """Remove the text layer from the pages of a PDF that scanflow wrote, so that they can be read again.

    Gives for each page the matrix that draws its image: the six numbers of PDF's operator `cm`. Pages of
    digital origin are not changed, and have None. Raises DamagedInputError for a file that can't be read.
    """
    try:
        return tuple(_without_text(pdf, page) if is_one_image(page) else None for page in pdf.pages)
    except (pikepdf.PdfError, RuntimeError, AttributeError, ValueError) as error:
        raise DamagedInputError("a filed PDF can't be read") from error


def _without_text(pdf: Pdf, page: pikepdf.Page) -> tuple[float, ...]:
    placed, end, _ = page.obj.Contents.read_bytes().partition(IMAGE_END)
    page.obj.Contents = pdf.make_stream(placed + end)
    numbers = tuple(float(number) for number in placed.split()[1:])
    if len(numbers) != _MATRIX:
        raise ValueError("no matrix")
    return numbers


def is_one_image(page: pikepdf.Page) -> bool:
    """Whether a page is one image that scanflow placed, not a page of digital origin that it copied."""
    resources = page.obj.get(Name.Resources, Dictionary())
    images = resources.get(Name.XObject, Dictionary())
    if list(images.keys()) != [IMAGE_NAME]:
        return False
    contents = page.obj.get(Name.Contents)  # other programs also write an array of streams, or none
    return isinstance(contents, Stream) and IMAGE_END in contents.read_bytes()


def _place(pdf: Pdf, page: pikepdf.Page, place: NewPlace) -> None:
    matrix = placement(place.size, place.geometry).encode()
    page.obj.MediaBox = pikepdf.Array([0, 0, *place.size])
    page.obj.Contents = deflated(pdf, b"q " + matrix + IMAGE_END)


def write_text(
    pdf: Pdf, page: pikepdf.Page, words: Sequence[Word], font: TextFont, embedded: pikepdf.Object
) -> None:
    """Replace the text layer of a page for which `is_one_image` holds; `embedded`: `font` in the PDF."""
    height = float(page.obj.MediaBox[3])
    placed, end, _ = page.obj.Contents.read_bytes().partition(IMAGE_END)
    text = text_content(words, font, height)
    page.obj.Contents = deflated(pdf, placed + end + text)
    if text:
        page.obj.Resources.Font = Dictionary({str(FONT_NAME): embedded})
    elif Name.Font in page.obj.Resources:
        del page.obj.Resources.Font
