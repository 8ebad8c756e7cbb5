"""What an engine's confidences mean: the limits that steps decide by, and chances fitted to one model.

Another engine or model has another scale. What is fitted here belongs to `scanflow_vie` and, for the limits,
to Tesseract's Vietnamese models; an engine from outside brings its own
(docs/decisions/0014-steps-and-engines.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

WordClass = Literal["syllable", "other", "corrected"]

Curve = tuple[Sequence[float], Sequence[float]]
"""Confidences of the engine, ascending, and the share of right words at each; linear between them."""

Calibration = Mapping[WordClass, Curve]
"""The chance that a word is right, by its class and the engine's confidence. Empty: nothing was fitted, and
the engine's confidence is kept as it is.
"""


@dataclass(frozen=True, slots=True)
class ConfidenceScale:
    """Limits on an engine's confidence (0 to 1), each used by the steps that its comment names."""

    noise: float  # drop_noise: below it nothing is print
    unlikely: float  # drop_noise, recover_missed_lines: below it only a plausible word is print
    uncertain_word: float  # rerecognize_uncertain_lines: a word below it puts its line in doubt
    printed_line: float  # rerecognize_uncertain_lines: a line whose mean is below it is no print
    sure_word: float  # recover_missed_lines, drop_scraps: from here on a word is believed by itself
    sure_letter: float  # drop_scraps: from here on a single letter is believed
    sure_foreign: float  # recover_missed_lines: from here on a word of another language is believed
    sure_digits: float  # read_digit_boxes: from here on a number in boxes is believed
    maybe_handwriting: float  # mark_handwriting: from here on a word is print, whatever its look
    typical_print: float  # mark_handwriting: words from here on show how the page's print looks
    poor_page: float  # a page worth less a letter is read again as it came
    turned_page: float  # a page worth less a letter is tried the other ways up
    sure_orientation: float  # of the engine's orientation detection, on its own scale


# Measured on real pages and fixtures (docs/reading.md). Of 56 printed pages in all four turns none that lay
# upright was worth less than 0.71 a letter (forms full of handwriting: 0.53), none on its head more than
# 0.10. Orientation: right pages have 10 to 28, and the one error had 1.6.
TESSERACT = ConfidenceScale(
    noise=0.1,
    unlikely=0.4,
    uncertain_word=0.7,
    printed_line=0.3,
    sure_word=0.75,
    sure_letter=0.8,
    # On pages that it was not chosen on (docs/benchmarks.md, Single limits): two wrong words fewer on six
    # pages with tables, one more on twelve synthetic ones; 0.94 one fewer and none more.
    sure_foreign=0.88,
    sure_digits=0.85,
    maybe_handwriting=0.8,
    typical_print=0.93,
    poor_page=0.45,
    turned_page=0.3,
    sure_orientation=2.0,
)

# python -m bench.calibration --fit --sets fixtures,synthetic --rendered 6
SCANFLOW_VIE: Calibration = {
    "syllable": (
        (0.184, 0.409, 0.610, 0.757, 0.830, 0.883, 0.912, 0.933, 0.957, 0.967),
        (0.208, 0.340, 0.554, 0.833, 0.854, 0.933, 0.983, 0.990, 0.998, 0.999),
    ),
    "other": (
        (0.453, 0.589, 0.814, 0.883, 0.911, 0.930, 0.968),
        (0.083, 0.083, 0.479, 0.878, 0.986, 0.996, 0.998),
    ),
    # Too few on those pages: fitted on 17 real ones (--fit --sets real-pages,real-pages-2,real-tables).
    "corrected": ((0.220, 0.412, 0.614, 0.749, 0.896), (0.250, 0.250, 0.562, 0.833, 0.879)),
}

NOT_FITTED: Calibration = {}


def calibration_of(language: str) -> Calibration:
    """The chances fitted to a Tesseract model; none for a model that was not measured."""
    return SCANFLOW_VIE if language == "scanflow_vie" else NOT_FITTED
