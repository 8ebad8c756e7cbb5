"""The font of the invisible text layer: it has advance widths, and its glyphs paint nothing.

Each glyph is a contour of two points, from the bottom left to the top right of its cell. It has no area, so
that even a program that ignores the invisible mode paints nothing; but it has a bounding box, from which
PDFium takes the height of a selection.

There is one glyph for each advance width of Times, which official papers must use (NĐ 30/2020): so the widths
of letters follow the print, and selecting half of a word marks about half of its print. The PDF maps codes to
these few glyphs (`CIDToGIDMap`), so the font program is small and the same in every file.
"""

import struct
import unicodedata
from functools import cache

UNITS_PER_EM = 1000
ASCENT = 800
DESCENT = -200

# Advance widths of Times Roman in thousandths of the font size, by letter.
_LETTERS = {
    180: "'",
    250: " .,",
    278: "ijlt:;/\\",
    333: "frIJ()[]-!`‘’",
    389: "s",
    444: 'aceãz?“”"',
    500: "bdghknopquvxyđ0123456789*$–_#",
    556: "SPFEL«»+=<>",
    611: "TZBsß",
    667: "CR",
    722: "ADĐGHKNOQUVXYw&",
    778: "m",
    833: "%",
    889: "M",
    944: "W@",
    1000: "—…",
}
_DEFAULT, _WIDE, _MARK = 500, 1000, 0  # widths of other characters, of East Asian ones, of combining marks
_OUTLINE_SIZE = 24  # bytes
_MAGIC = 0x5F0F3CF5  # `magicNumber` of the table `head` (OpenType)
# The start of 2026 in seconds since 1904; constant, so that the file is always the same.
_MADE = 3_850_070_400
_WIDTH_OF = {letter: width for width, letters in _LETTERS.items() for letter in letters}
WIDTHS = tuple(sorted({_MARK, *_LETTERS}))
"""The advance widths of glyphs 1, 2, ...; glyph 0 is `.notdef` and is never shown."""


@cache
def glyph_of(char: str) -> int:
    """The glyph whose width is that of the character's base letter."""
    base = unicodedata.normalize("NFD", char)[0]
    if unicodedata.combining(base):
        width = _MARK
    elif unicodedata.east_asian_width(base) in "WF":
        width = _WIDE
    else:
        width = _WIDTH_OF.get(base, _DEFAULT)
    return WIDTHS.index(width) + 1


def width_of(char: str) -> int:
    """Advance width in thousandths of the font size."""
    return WIDTHS[glyph_of(char) - 1]


@cache
def font_program() -> bytes:
    """A TrueType font with the six tables that PDF requires of an embedded font (ISO 32000-1, 9.9)."""
    advances = (_DEFAULT, *WIDTHS)
    count = len(advances)
    widest = max(advances)
    outlines = [_outline(advance) for advance in advances]
    ends = range(0, _OUTLINE_SIZE * (count + 1), _OUTLINE_SIZE)
    tables = {
        b"glyf": b"".join(outlines),
        b"head": struct.pack(
            ">4I2H2Q4h2H3h",
            *(0x00010000, 0x00010000, 0, _MAGIC),
            *(0, UNITS_PER_EM, _MADE, _MADE, 0, DESCENT, widest, ASCENT, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(
            ">I3hH3h3h8xhH", 0x00010000, ASCENT, DESCENT, 0, widest, 0, 0, 0, 1, 0, 0, 0, count
        ),
        b"hmtx": b"".join(struct.pack(">Hh", advance, 0) for advance in advances),
        b"loca": b"".join(struct.pack(">H", end // 2) for end in ends),
        b"maxp": struct.pack(">I3H4xH16x", 0x00010000, count, 2, 1, 1),
    }
    return _assemble(tables)


def _outline(advance: int) -> bytes:
    """A glyph of one contour with two points on the curve, whose coordinates are differences of 16 bits."""
    header = struct.pack(">5h", 1, 0, DESCENT, advance, ASCENT)
    return header + struct.pack(">HH2B4h", 1, 0, 1, 1, 0, advance, DESCENT, ASCENT - DESCENT)


def _checksum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF


def _assemble(tables: dict[bytes, bytes]) -> bytes:
    """The font file: header, table directory and tables, with the checksum of the whole in `head`."""
    count = len(tables)
    power = count.bit_length() - 1
    head = struct.pack(">I4H", 0x00010000, count, 16 << power, power, 16 * count - (16 << power))
    offset = 12 + 16 * count
    directory, body = b"", b""
    for tag, data in sorted(tables.items()):
        directory += struct.pack(">4s3I", tag, _checksum(data), offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    font = bytearray(head + directory + body)
    adjustment = (0xB1B0AFBA - _checksum(bytes(font))) & 0xFFFFFFFF
    at = font.index(_MAGIC.to_bytes(4, "big")) - 4
    font[at : at + 4] = struct.pack(">I", adjustment)
    return bytes(font)
