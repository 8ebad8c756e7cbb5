"""How far a reading can be believed.

Two scales. The engine's own (0 to 0.97, and 0.93 for a word that is hardly ever wrong) is what everything
that decides while a page is read works with: noise, the second look, marks, the turn. `calibrated` turns it
into a chance, as the very last step, for people and for what is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from scanflow.model import Word
from scanflow.ocr.vietnamese import is_plausible

# Measured on real pages and fixtures (docs/reading.md): what goes is seals, signatures and stamps' edges.
NOISE = 0.1
UNLIKELY = 0.4

# Of words with such a confidence of the engine's (first row) this share is right (second row), between the
# points in proportion: `python -m bench.calibration --fit --sets fixtures,synthetic --rendered 6`.
_CHANCES = {
    "syllable": (
        (0.184, 0.409, 0.610, 0.757, 0.830, 0.883, 0.912, 0.933, 0.957, 0.967),
        (0.208, 0.340, 0.554, 0.833, 0.854, 0.933, 0.983, 0.990, 0.998, 0.999),
    ),
    "other": (
        (0.453, 0.589, 0.814, 0.883, 0.911, 0.930, 0.968),
        (0.083, 0.083, 0.479, 0.878, 0.986, 0.996, 0.998),
    ),
    # By hand: of the 60 there were on those pages, most were names.
    "corrected": ((0.3, 0.7, 0.85), (0.2, 0.5, 0.75)),
}

WordClass = Literal["syllable", "other", "corrected"]


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean over the printed words' letters, 0 where there are none.

    What a pen wrote does not count: a form filled in by hand is not badly scanned.
    """
    printed = [word for word in words if word.kind == "print"]
    letters = count_letters(printed)
    return sum(word.confidence * len(word.text) for word in printed) / letters if letters else 0.0


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
    possible syllable nor a number. What a pen wrote stays: it is no noise, whatever it was read as.
    """
    return [word for word in words if word.kind == "handwriting" or word.confidence >= _least(word)]


def _least(word: Word) -> float:
    return NOISE if is_plausible(word.text) else UNLIKELY


def word_class(word: Word) -> WordClass:
    """What kind of word its chance goes by.

    At the same confidence of the engine's a legal syllable or number is right more often than anything else;
    and of a word that `ocr.language` changed, the engine's confidence was in another one.
    """
    if word.raw is not None:
        return "corrected"
    return "syllable" if is_plausible(word.text) else "other"


def calibrated(words: Iterable[Word]) -> list[Word]:
    """The words with the chance that each is right in place of the engine's confidence."""
    return [replace(word, confidence=_chance(word)) for word in words]


def _chance(word: Word) -> float:
    said, right = _CHANCES[word_class(word)]
    return float(np.interp(word.confidence, said, right))
