"""Confidences of words and pages.

There are two scales. All steps of recognition use the engine's own (Tesseract's ends at 0.97; words with 0.93
are hardly ever wrong). The last step, `calibrated`, converts it to the probability that the word is right,
which is stored and shown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scanflow.model import Word
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale, WordClass
from scanflow.text.plausibility import is_plausible

# The number and symbol of an official paper, e.g. /QĐ-BTC or 12/2025/NĐ-CP.
_SYMBOL = re.compile(r"[.,]{0,2}\d{0,4}/(?:\d{4}/)?[A-ZĐƯ]{2,6}-[A-ZĐƯ]{2,}[A-Za-zĐƯ]*[,.;]?")


def mean_confidence(words: Sequence[Word]) -> float:
    """The mean confidence of the printed words, weighted by their characters; 0 where there are none.

    Handwriting does not count: a form that was filled in by hand is not badly scanned.
    """
    printed = [word for word in words if word.kind == "print"]
    letters = count_letters(printed)
    return sum(word.confidence * len(word.text) for word in printed) / letters if letters else 0.0


def count_letters(words: Iterable[Word]) -> int:
    """Characters of all words, spaces not counted."""
    return sum(len(word.text) for word in words)


def believable_letters(words: Iterable[Word]) -> float:
    """The number of characters in plausible words, each weighted by its word's confidence.

    Also a page that is upside down or badly prepared gives characters, but few plausible words, and these
    with low confidence. So the sum tells which of several attempts to read a page is the best.
    """
    return sum(len(word.text) * word.confidence for word in words if is_plausible(word.text))


def drop_noise(words: Iterable[Word], scale: ConfidenceScale) -> list[Word]:
    """The words without noise: seals, signatures and dirt that the engine read as letters.

    A plausible word or the symbol of a paper (/QĐ-BTC) is dropped below the confidence `scale.noise`, any
    other word below `scale.unlikely`. Handwriting is never dropped.
    """

    def least(word: Word) -> float:
        likely = is_plausible(word.text) or _SYMBOL.fullmatch(word.text)
        return scale.noise if likely else scale.unlikely

    return [word for word in words if word.kind == "handwriting" or word.confidence >= least(word)]


def word_class(word: Word) -> WordClass:
    """The class of a word, which decides its calibration curve.

    At the same confidence of the engine, plausible words are right more often than others. A corrected word
    has a class of its own because the engine's confidence is that of the word before the correction.
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
    confidences, shares = calibration[word_class(word)]
    return float(np.interp(word.confidence, confidences, shares))
