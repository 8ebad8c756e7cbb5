"""Text layers as words, and their quality."""

import unicodedata

from scanflow.capture.pdf.layer_quality import layer_quality
from scanflow.model import Box, Word


def words(text: str) -> list[Word]:
    return [Word(piece, Box(0, 0, 1, 1), 1.0, 0, 0) for piece in text.split()]


def quality(text: str, *, scan: bool = True, font: str = "Times") -> float:
    return layer_quality(words(text), [font], scan=scan)


def without_marks(text: str) -> str:
    """The text without its tone marks and diacritics, as a reader without Vietnamese gives it."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in bare if not unicodedata.combining(c))
