"""Confidences of words and pages.

There are two scales. The engine's own (0 to 0.97; 0.93 for a word that is hardly ever wrong) is used by all
steps of recognition. `calibrated` converts it to the probability that the word is right; it is the last step,
and its result is what is stored and shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale, WordClass
from scanflow.text.plausibility import is_plausible


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


def believable_letters(words: Iterable[Word]) -> float:
    """Return the number of characters in plausible words, each weighted by its word's confidence.

    A page read upside down or through a bad preparation gives letters too, but few legal syllables, and
    none that the engine is sure of.
    """
    return sum(len(word.text) * word.confidence for word in words if is_plausible(word.text))


def drop_noise(words: Iterable[Word], scale: ConfidenceScale) -> list[Word]:
    """The words without what is clearly no print: seals, signatures, dirt that the engine took for letters.

    A word goes when the engine itself gives it next to no chance, or little chance and it is neither a
    possible syllable nor a number. What a pen wrote stays: it is no noise, whatever it was read as.
    """
    return [word for word in words if word.kind == "handwriting" or word.confidence >= _least(word, scale)]


def _least(word: Word, scale: ConfidenceScale) -> float:
    return scale.noise if is_plausible(word.text) else scale.unlikely


def word_class(word: Word) -> WordClass:
    """What kind of word its chance goes by.

    At the same confidence of the engine's a legal syllable or number is right more often than anything else;
    and of a word that `ocr.postcorrection` changed, the engine's confidence was in another one.
    """
    if word.raw is not None:
        return "corrected"
    return "syllable" if is_plausible(word.text) else "other"


def calibrated(words: Iterable[Word], calibration: Calibration) -> list[Word]:
    """The words with the chance that each is right in place of the engine's confidence.

    As they are where nothing was fitted to the engine's model.
    """
    return (
        [replace(word, confidence=_chance(word, calibration)) for word in words]
        if calibration
        else list(words)
    )


def _chance(word: Word, calibration: Calibration) -> float:
    said, right = calibration[word_class(word)]
    return float(np.interp(word.confidence, said, right))
