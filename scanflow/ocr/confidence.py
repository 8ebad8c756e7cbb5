"""How far a reading can be believed."""

from collections.abc import Iterable, Sequence

from scanflow.model import Word
from scanflow.ocr.vietnamese import is_plausible

# Measured on real pages and fixtures (docs/reading.md): what goes is seals, signatures and stamps' edges.
NOISE = 0.1
UNLIKELY = 0.4


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean over the words' letters, 0 where there are none."""
    letters = count_letters(words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def count_letters(words: Iterable[Word]) -> int:
    """Characters of all words, spaces not counted."""
    return sum(len(word.text) for word in words)


def worth(words: Iterable[Word]) -> float:
    """How many letters of a reading can be believed: those of plausible words, each by its confidence.

    A page read upside down or through a bad preparation gives letters too, but few legal syllables, and
    none that the engine is sure of.
    """
    return sum(len(word.text) * word.confidence for word in words if is_plausible(word.text))


def without_noise(words: Iterable[Word]) -> list[Word]:
    """The words without what is clearly no print: seals, signatures, dirt that the engine took for letters.

    A word goes when the engine itself gives it next to no chance, or little chance and it is neither a
    possible syllable nor a number.
    """
    return [word for word in words if word.confidence >= (NOISE if is_plausible(word.text) else UNLIKELY)]
