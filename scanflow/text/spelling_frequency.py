"""Which spellings are usual among syllables that differ only in their marks (phố is, phô is rare).

The list is made by counting (`python -m training.usual_spellings`). A text with many unusual spellings was
probably misread.
"""

from functools import lru_cache
from pathlib import Path

from scanflow.text.normalization import nfc, without_marks

USUAL_SPELLINGS = Path(__file__).with_name("usual_spellings.txt")
"""One syllable per line, lower case, NFC."""


@lru_cache(maxsize=1)
def _usual() -> tuple[frozenset[str], frozenset[str]]:
    """The usual spellings, and their forms without marks."""
    spellings = frozenset(USUAL_SPELLINGS.read_text(encoding="utf-8").split())
    return spellings, frozenset(map(without_marks, spellings))


def usual_spellings() -> frozenset[str]:
    """The usual spellings, in lower case."""
    return _usual()[0]


def has_known_letters(word: str) -> bool:
    """Whether the list has a spelling with the letters of this lower-case word, whatever their marks."""
    return without_marks(word) in _usual()[1]


def is_usual(word: str) -> bool:
    """Whether this spelling of a lower-case word is in the list."""
    return nfc(word) in _usual()[0]
