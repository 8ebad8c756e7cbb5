"""Documents of word processors (DOCX, ISO/IEC 29500): their text, set on plain pages.

What a word processor would print can't be known without one. So the file itself is kept beside the document,
as `altered` says, and the pages have its whole text in order, in one size, with each word's place: it is
found by search and read on the page. Nothing is recognized: the words are those of the file.
"""

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from PIL import Image, ImageDraw, ImageFont

from scanflow.capture.files.formats import Completeness, completeness
from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import (
    DamagedInputError,
    EmptyInputError,
    MissingToolError,
    OversizedInputError,
    TruncatedInputError,
    UnsupportedInputError,
)
from scanflow.model import Box, CapturedPage, Word
from scanflow.text.normalization import nfc
from scanflow.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

_BODY = "word/document.xml"
_BEFORE, _AFTER = ("word/header",), ("word/footnotes", "word/endnotes", "word/footer")
_BESIDE = {
    "word/media/": "Images",
    "word/embeddings/": "EmbeddedFiles",
    "word/vbaProject": "Macros",
    "word/comments": "Comments",
    "word/charts/": "Charts",
    "_xmlsignatures/": "Signatures",
}
"""Parts besides the text that a file may have, by the beginnings of their names."""
_MAX_XML = 64 * 2**20
"""Greatest size of a part with text and markup, in bytes; a thousand pages have a tenth of it."""
_READ_AT_ONCE = 2**20
_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LEFT_OUT = frozenset({"Fallback", "del", "moveFrom"})
"""Elements whose text is repeated elsewhere, or was deleted by an editor of the text."""
_PAGE_BREAK = "\f"

_DPI = 150
_WIDTH, _HEIGHT = 1240, 1754
_MARGIN = 120
_SIZE, _LINE = 23, 34
_INDENT_OF_CELLS = "    "
_FONTS = (
    "DejaVuSerif.ttf",
    "LiberationSerif-Regular.ttf",
    "NotoSerif-Regular.ttf",
    "DejaVuSans.ttf",
    "times.ttf",
)
_TOINCH = POINTS_PER_INCH / _DPI


def unpack_docx(data: bytes, name: str, limits: "LimitSettings") -> Unpacked:
    """The text of a DOCX on pages.

    Raises Truncated-, Damaged-, Unsupported-, Oversized- or EmptyInputError, and MissingToolError where no
    font with Vietnamese letters is installed.
    """
    if completeness(data) is Completeness.INCOMPLETE:
        raise TruncatedInputError(f"{name}: the end of the file is missing")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = file.namelist()
            if _BODY not in names:
                raise UnsupportedInputError(f"{name}: an Office file, but no DOCX")
            text = "\n".join(_text(file, part, name) for part in _parts(names))
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        expat.ExpatError,
        RuntimeError,
        EOFError,
        OSError,
    ) as error:
        raise DamagedInputError(f"{name}: not readable as DOCX: {type(error).__name__}") from error
    if not text.strip():
        raise EmptyInputError(f"{name}: no text in it")
    left_out = tuple(
        dict.fromkeys(
            what for start, what in _BESIDE.items() if any(each.startswith(start) for each in names)
        )
    )
    pages: list[CapturedPage] = []
    for lines in _pages(text):
        if len(pages) == limits.pages:
            raise OversizedInputError(f"{name}: more than {limits.pages} pages")
        pages.append(_page(len(pages) + 1, lines))
    return Unpacked(tuple(pages), (), left_out=left_out)


def _parts(names: list[str]) -> list[str]:
    """The parts that hold text, in the order in which it is read."""
    xml = sorted(each for each in names if each.endswith(".xml"))
    before = [each for each in xml if each.startswith(_BEFORE)]
    after = [each for start in _AFTER for each in xml if each.startswith(start)]
    return [*before, _BODY, *after]


class _Text:
    """Gathers the text of a part: a line a paragraph, a row of a table on one line."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._within: list[str] = []
        self._hidden = 0
        self._cells = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, local = tag.rpartition(" ")
        self._within.append(local)
        self._hidden += local in _LEFT_OUT
        if space == _NAMESPACE and not self._hidden:
            if local == "tab":
                self.found.append(" ")
            elif local in ("br", "cr"):
                is_page = attributes.get(f"{_NAMESPACE} type") == "page"
                self.found.append(_PAGE_BREAK if is_page else "\n")
            elif local == "noBreakHyphen":
                self.found.append("-")
            self._cells += local == "tc"

    def end(self, tag: str) -> None:
        space, _, local = tag.rpartition(" ")
        self._within.pop()
        if space == _NAMESPACE and not self._hidden:
            if local == "tc":
                self._cells -= 1
                self.found.append(_INDENT_OF_CELLS)
            elif local == "tr" or (local == "p" and not self._cells):
                self.found.append("\n")
            elif local == "p":
                self.found.append(" ")
        self._hidden -= local in _LEFT_OUT

    def text(self, data: str) -> None:
        if not self._hidden and self._within and self._within[-1] == "t":
            self.found.append(data)


def _text(file: zipfile.ZipFile, part: str, name: str) -> str:
    gathered = _Text()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = gathered.start
    parser.EndElementHandler = gathered.end
    parser.CharacterDataHandler = gathered.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    read = 0
    with file.open(part) as stream:
        while piece := stream.read(_READ_AT_ONCE):
            read += len(piece)
            if read > _MAX_XML:
                raise OversizedInputError(f"{name}: more than {_MAX_XML} bytes of text")
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    return "".join(gathered.found)


def _refuse_doctype(*_: object) -> None:
    """Refuse document type declarations: Office files have none (ISO/IEC 29500-2), and entities can expand to
    huge texts.
    """
    raise expat.ExpatError("a document type is declared")


# --- on pages ------------------------------------------------------------------------------------------


@cache
def _font() -> ImageFont.FreeTypeFont:
    for each in _FONTS:
        try:
            return ImageFont.truetype(each, _SIZE)
        except OSError:
            continue
    raise MissingToolError(
        "no font with Vietnamese letters is installed, which DOCX files need: "
        "apt-get install fonts-dejavu-core"
    )


Placed = tuple[str, float]
"""A word and where it begins on its line, in pixels."""


def _lines(text: str) -> Iterator[list[Placed] | None]:
    """The lines of a text, broken where they are full; None: a new page begins."""
    font, room = _font(), _WIDTH - 2 * _MARGIN
    blank = font.getlength(" ")
    for at, part in enumerate(text.split(_PAGE_BREAK)):
        if at:
            yield None
        for paragraph in nfc(part).split("\n"):
            line: list[Placed] = []
            x = 0.0
            for word in _words(paragraph, font, room):
                width = font.getlength(word)
                if line and x + width > room:
                    yield line
                    line, x = [], 0.0
                line.append((word, x))
                x += width + blank
            yield line


def _words(paragraph: str, font: ImageFont.FreeTypeFont, room: float) -> Iterator[str]:
    """The words of a paragraph without what can't be printed; one that is wider than the page is broken."""
    for token in paragraph.split():
        word = "".join(char for char in token if char.isprintable())
        while word:
            length = len(word)
            while length > 1 and font.getlength(word[:length]) > room:
                length = length * 3 // 4
            yield word[:length]
            word = word[length:]


def _pages(text: str) -> Iterator[list[list[Placed]]]:
    """The lines of each page; empty lines at its top and bottom are left out."""
    most = (_HEIGHT - 2 * _MARGIN) // _LINE
    page: list[list[Placed]] = []
    for line in _lines(text):
        if line is None or len(page) == most:
            if any(page):
                yield page
            page = []
        if line or (line is not None and page):
            page.append(line)
    if any(page):
        yield page


def _page(no: int, lines: list[list[Placed]]) -> CapturedPage:
    image = Image.new("L", (_WIDTH, _HEIGHT), 255)
    draw, font = ImageDraw.Draw(image), _font()
    words: list[Word] = []
    for row, line in enumerate(lines):
        top = _MARGIN + row * _LINE
        for text, x in line:
            left = _MARGIN + x
            draw.text((left, top), text, font=font, fill=0)
            right = left + font.getlength(text)
            box = Box(left * _TOINCH, top * _TOINCH, right * _TOINCH, (top + _SIZE * 1.2) * _TOINCH)
            words.append(Word(text, box, 1.0, 0, row))
    target = io.BytesIO()
    image.save(target, "PNG", dpi=(_DPI, _DPI))
    return CapturedPage(
        no=no,
        data=target.getvalue(),
        media_type="image/png",
        width=_WIDTH,
        height=_HEIGHT,
        dpi=(_DPI, _DPI),
        dpi_source="stated",
        kind="render",
        words=tuple(words),
        altered=("rendered",),
        stated_dpi=(_DPI, _DPI),
    )
