"""The fonts that training lines are set in, weighted as Vietnamese papers use them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from scanflow.text.alphabet import NON_ASCII_LETTERS

_TRUETYPE = Path("/usr/share/fonts/truetype")
_GYRE = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre")


@dataclass(frozen=True)
class Family:
    """A family's files (regular, bold, italic, bold italic) and how often it is drawn."""

    folder: Path
    files: tuple[str, str, str, str]
    weight: float


_STYLES = ("-Regular.ttf", "-Bold.ttf", "-Italic.ttf", "-BoldItalic.ttf")
_GYRE_STYLES = ("-regular.otf", "-bold.otf", "-italic.otf", "-bolditalic.otf")


def _family(folder: Path, name: str, weight: float, styles: tuple[str, str, str, str] = _STYLES) -> Family:
    first, second, third, fourth = (name + style for style in styles)
    return Family(folder, (first, second, third, fourth), weight)


_FREE = (".ttf", "Bold.ttf", "Italic.ttf", "BoldItalic.ttf")
_OBLIQUE = (".ttf", "Bold.ttf", "Oblique.ttf", "BoldOblique.ttf")
# Times-likes first: decree 30/2020 prescribes Times New Roman for every official paper.
TRAINED = (
    _family(_TRUETYPE / "liberation", "LiberationSerif", 42),
    _family(_TRUETYPE / "freefont", "FreeSerif", 22, _FREE),
    _family(_TRUETYPE / "liberation", "LiberationSans", 9),
    _family(_TRUETYPE / "freefont", "FreeSans", 4, _OBLIQUE),
    _family(_TRUETYPE / "charis", "CharisSIL", 4),
    _family(_TRUETYPE / "noto", "NotoSerif", 3),
    _family(_TRUETYPE / "noto", "NotoSans", 3),
    _family(_TRUETYPE / "crosextra", "Carlito", 3),
    _family(_GYRE, "texgyreschola", 4, _GYRE_STYLES),
    _family(_GYRE, "texgyrepagella", 3, _GYRE_STYLES),
    _family(_TRUETYPE / "liberation", "LiberationMono", 2),
)
# Kept for the held-out lines: these tell whether what was learnt carries over to another cut of Times.
HELD_OUT = (
    _family(_GYRE, "texgyretermes", 80, _GYRE_STYLES),
    _family(_GYRE, "texgyreheros", 20, _GYRE_STYLES),
)


@cache
def path(family: Family, style: int) -> Path:
    """The file of a style. FileNotFoundError says how to get it, ValueError that it lacks letters."""
    found = family.folder / family.files[style]
    if not found.exists():
        raise FileNotFoundError(f"{found}: docker/install-packages.sh training/packages.txt")
    with TTFont(found, lazy=True) as font:
        if missing := {letter for letter in NON_ASCII_LETTERS if ord(letter) not in font.getBestCmap()}:
            raise ValueError(f"{found} lacks {' '.join(sorted(missing))}")
    return found


@cache
def load(family: Family, style: int, pixels: float) -> ImageFont.FreeTypeFont:
    """A style at a size in pixels an em."""
    return ImageFont.truetype(str(path(family, style)), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def has(family: Family, style: int, letter: str) -> bool:
    """Whether the style can show a character."""
    with TTFont(path(family, style), lazy=True) as font:
        return ord(letter) in font.getBestCmap()
