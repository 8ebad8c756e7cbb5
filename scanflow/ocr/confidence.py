"""Confidences of words and pages.

There are two scales. The engine's own (0 to 0.97; 0.93 for a word that is hardly ever wrong) is used by all
steps of recognition. `calibrated` converts it to the probability that the word is right; it is the last step,
and its result is what is stored and shown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale, WordClass
from scanflow.text.plausibility import is_plausible

_SYMBOL = re.compile(r"[.,]{0,2}\d{0,4}/(?:\d{4}/)?[A-ZĐƯ]{2,6}-[A-ZĐƯ]{2,}[A-Za-zĐƯ]*[,.;]?")


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean over the printed words' letters, 0 where there are none.

    Handwriting does not count: a form filled in by hand is not badly scanned.
    """
    printed = [word for word in words if word.kind == "print"]
    letters = count_letters(printed)
    return sum(word.confidence * len(word.text) for word in printed) / letters if letters else 0.0


def count_letters(words: Iterable[Word]) -> int:
    """Characters of all words, spaces not counted."""
    return sum(len(word.text) for word in words)


def believable_letters(words: Iterable[Word]) -> float:
    """The number of characters in plausible words, each weighted by its word's confidence.

    A page that is read upside down, or after a bad preparation, gives letters too, but few legal syllables,
    and these with low confidence.
    """
    return sum(len(word.text) * word.confidence for word in words if is_plausible(word.text))


def drop_noise(words: Iterable[Word], scale: ConfidenceScale) -> list[Word]:
    """The words without noise: seals, signatures and dirt that the engine read as letters.

    A word is dropped when its confidence is very low, or low and it is neither a legal syllable, a number nor
    the symbol of a paper's number (/QĐ-BTC).
    Handwriting is never dropped.
    """
    return [word for word in words if word.kind == "handwriting" or word.confidence >= _least(word, scale)]


def _least(word: Word, scale: ConfidenceScale) -> float:
    likely = is_plausible(word.text) or _SYMBOL.fullmatch(word.text)
    return scale.noise if likely else scale.unlikely


def word_class(word: Word) -> WordClass:
    """The class of a word, which decides its calibration curve.

    At the same confidence of the engine, legal syllables and numbers are right more often than other words.
    If `ocr.postcorrection` changed a word, the engine's confidence was in the word as it was read.
    """
    if word.raw is not None:
        return "corrected"
    return "syllable" if is_plausible(word.text) else "other"


def calibrated(words: Iterable[Word], calibration: Calibration) -> list[Word]:
    """The words with the probability that each is right, instead of the engine's confidence.

    Without a calibration for the engine's model they are returned unchanged.
    """
    return (
        [replace(word, confidence=_probability(word, calibration)) for word in words]
        if calibration
        else list(words)
    )


def _probability(word: Word, calibration: Calibration) -> float:
    said, right = calibration[word_class(word)]
    return float(np.interp(word.confidence, said, right))
