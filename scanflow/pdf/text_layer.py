"""The invisible text layer: words at the places of their print, in reading order, to select and copy.

A line has one string for each run of words with the same horizontal scaling. Adjustments in the `TJ` array
set the left edges of words exactly; their right edges are right within `TOLERANCE`. There are space
characters between words, because programs that derive spaces from gaps make errors on scans.
"""

import statistics
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from scanflow.model import Word
from scanflow.pdf import invisible_font
from scanflow.text.normalization import nfc

FONT_NAME = Name("/F")
TOLERANCE = 0.7
"""Points: the greatest error of a word's right edge. With this much most lines need only one scaling."""

MIN_GAP = 0.17
"""The least space between two words in ems: Poppler ignores a space that is narrower than 0.15."""

_MIN_SIZE, _MAX_SIZE = 2.0, 400.0  # points
_MIN_SCALE, _MAX_SCALE = 5.0, 2000.0  # per cent of the natural width
_BASENAME = Name("/Scanflow-Glyphless")
# Characters that can't be text of a PDF: controls, single surrogates, and what ISO 19005-2 6.2.11.7.2
# excludes.
_UNTEXT = frozenset("\ufeff\ufffe\uffff")
_ESCAPES = {0x28: b"\\(", 0x29: b"\\)", 0x5C: b"\\\\", 0x0D: b"\\r"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A word as it is written on the page.

    `text`: its printable characters with the following space; `ems`: its advance; `least` and `most`: the
    range of scalings (per cent) at which the word ends at its right edge.
    """

    text: str
    left: float
    ems: float
    least: float
    most: float


def printable(text: str) -> str:
    """`text` in NFC without characters that can't be copied, and without spaces inside a word."""
    return "".join(
        char
        for char in nfc(text)
        if not char.isspace() and unicodedata.category(char) not in ("Cc", "Cs") and char not in _UNTEXT
    )


class TextFont:
    """The only font of a file, with a code for each character of the file's words."""

    def __init__(self, words: Iterable[Word]) -> None:
        """Number the characters of `words` from 1 in the order of Unicode, the space first."""
        used = sorted({char for word in words for char in printable(word.text)} | {" "})
        self._codes: Mapping[str, int] = {char: code for code, char in enumerate(used, 1)}

    def encode(self, text: str) -> bytes:
        """`text` as a PDF string operand of two-byte codes."""
        raw = b"".join(self._codes[char].to_bytes(2, "big") for char in text)
        return b"(" + b"".join(_ESCAPES.get(byte) or bytes((byte,)) for byte in raw) + b")"

    def embed(self, pdf: Pdf) -> Object:
        """Write the font into `pdf`; returns the indirect font dictionary (ISO 32000-1, 9.7)."""
        chars = list(self._codes)
        program = invisible_font.font_program()
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=_BASENAME,
            Flags=4,  # symbolic: the codes follow no standard encoding
            FontBBox=Array([0, invisible_font.DESCENT, max(invisible_font.WIDTHS), invisible_font.ASCENT]),
            ItalicAngle=0,
            Ascent=invisible_font.ASCENT,
            Descent=invisible_font.DESCENT,
            CapHeight=invisible_font.ASCENT,
            StemV=80,
            FontFile2=deflated(pdf, program, Length1=len(program)),
        )
        glyphs = b"\0\0" + b"".join(invisible_font.glyph_of(char).to_bytes(2, "big") for char in chars)
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=_BASENAME,
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=0,
            W=Array([1, Array([invisible_font.width_of(char) for char in chars])]),
            CIDToGIDMap=deflated(pdf, glyphs),
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=_BASENAME,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]),
                ToUnicode=deflated(pdf, _to_unicode(chars)),
            )
        )


def deflated(pdf: Pdf, data: bytes, **entries: object) -> Stream:
    """A stream of `data`, compressed as far as zlib can."""
    return Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode, **entries)


def _to_unicode(chars: Sequence[str]) -> bytes:
    """The CMap from codes 1, 2, ... to `chars` (ISO 32000-1, 9.10.3)."""
    rows = [f"<{code:04X}><{char.encode('utf-16-be').hex().upper()}>" for code, char in enumerate(chars, 1)]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    mapping = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
        f"{mapping}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


def text_content(words: Sequence[Word], font: TextFont, height: float) -> bytes:
    """The text object (`BT` ... `ET`) of a page that is `height` points high; empty without words."""
    writer = _TextWriter(font, height)
    for _, line in groupby(words, key=lambda word: (word.block, word.line)):
        parts = list(_level_parts(word for word in line if printable(word.text)))
        for part, following in zip_longest(parts, parts[1:]):
            writer.write(part, following[0] if following else None)
    return b"BT 3 Tr\n" + b"\n".join(writer.operators) + b"\nET" if writer.operators else b""


def _level_parts(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Divide a line where it does not go on to the right at the same height (noise, a sloping base line)."""
    part: list[Word] = []
    for word in words:
        if part and not _continues(part, word):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _continues(part: Sequence[Word], word: Word) -> bool:
    previous, box = part[-1].box, word.box
    top, bottom = _cell(part)
    middle = box.centre_y
    level = top < middle < bottom or box.top < (top + bottom) / 2 < box.bottom
    like = box.height < 2 * (bottom - top) or len(part) == 1
    return level and like and box.left > previous.centre_x


def _cell(words: Sequence[Word]) -> tuple[float, float]:
    """Top and bottom of a part of a line: those of most of its words, with ascenders and descenders."""
    tops = sorted(word.box.top for word in words)
    bottoms = sorted(word.box.bottom for word in words)
    outlying = len(words) // 5
    return tops[outlying], bottoms[-1 - outlying]


class _TextWriter:
    """Writes lines into one text object, and keeps track of the PDF text state."""

    def __init__(self, font: TextFont, height: float) -> None:
        self.operators: list[bytes] = []
        self._font = font
        self._height = height
        self._x = self._y = 0.0
        self._size = self._scale = 0.0

    def write(self, words: Sequence[Word], follower: Word | None) -> None:
        """Write a part of a line; `follower` is the next word of the line after this part."""
        size, x, baseline = self._place(words)
        following = [*words[1:], follower]
        shown = [_fit(word, next_word, size) for word, next_word in zip(words, following, strict=True)]
        for run, scale in _runs(shown):
            if scale != self._scale:
                self._emit(f"{_number(scale)} Tz")
                self._scale = scale
            x = self._show(run, x, size * scale / 100)
        self._x, self._y = self._start, baseline

    def _place(self, words: Sequence[Word]) -> tuple[float, float, float]:
        """Set size and position for a part of a line; returns size, x and baseline as emitted."""
        top, bottom = _cell(words)
        size = min(max(round(2 * (bottom - top)) / 2, _MIN_SIZE), _MAX_SIZE)
        drop = size * -invisible_font.DESCENT / 1000
        baseline = round(self._height - (top + bottom) / 2 - size / 2 + drop, 1)
        self._start = round(words[0].box.left, 1)
        if size != self._size:
            self._emit(f"{FONT_NAME} {_number(size)} Tf")
            self._size = size
        self._emit(f"{_number(self._start - self._x)} {_number(baseline - self._y)} Td")
        return size, self._start, baseline

    def _show(self, run: Sequence[_Shown], x: float, em: float) -> float:
        """Emit one `TJ` that starts at `x`, with `em` points per em; returns where it ends."""
        operand = b""
        text = ""
        for word in run:
            adjustment = round((x - word.left) / em * 1000)
            if adjustment:
                operand += (self._font.encode(text) if text else b"") + b"%d" % adjustment
                text = ""
                x -= adjustment * em / 1000
            text += word.text
            x += word.ems * em
        self.operators.append(b"[" + operand + self._font.encode(text) + b"]TJ")
        return x

    def _emit(self, operator: str) -> None:
        self.operators.append(operator.encode("ascii"))


def _fit(word: Word, follower: Word | None, size: float) -> _Shown:
    """Find the scalings that end a word at its right edge, but with a gap before the next word."""
    text, box = printable(word.text), word.box
    natural = _ems(text) * size / 100
    right = box.right + TOLERANCE
    if follower:
        text += " "
        right = min(right, follower.box.left - MIN_GAP * size)
    most = _MAX_SCALE
    least = _MIN_SCALE
    if natural:
        most = _clamped(max(right - box.left, box.width / 3) / natural)
        # Dashes and dots have any width in print: they get the scaling of their neighbours.
        if any(char.isalnum() for char in text):
            least = _clamped(min((box.width - TOLERANCE) / natural, 0.97 * most))
    return _Shown(text, box.left, _ems(text), least, most)


def _clamped(scale: float) -> float:
    return min(max(scale, _MIN_SCALE), _MAX_SCALE)


def _ems(text: str) -> float:
    return sum(invisible_font.width_of(char) for char in text) / 1000


def _runs(words: Sequence[_Shown]) -> Iterator[tuple[list[_Shown], float]]:
    """Divide a line into as few runs as possible, each with one scaling (per cent)."""
    run: list[_Shown] = []
    low, high = _MIN_SCALE, _MAX_SCALE
    for word in words:
        if run and max(low, word.least) > min(high, word.most):
            # PDFium treats a dash at the end of a string as a hyphen and drops the space after it.
            carried = [run.pop()] if len(run) > 1 and run[-1].text.endswith("- ") else []
            yield run, _between(low, high)
            run, low, high = carried, _MIN_SCALE, _MAX_SCALE
        run.append(word)
        low, high = max(low, word.least), min(high, word.most)
    if run:
        yield run, _between(low, high)


def _between(low: float, high: float) -> float:
    """A short number between the bounds: whole if there is one."""
    middle = statistics.fmean((low, high))
    return round(middle) if low <= round(middle) <= high else round(middle, 1)


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
