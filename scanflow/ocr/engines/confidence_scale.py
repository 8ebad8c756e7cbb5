"""The meaning of an engine's confidences: the limits that steps use, and the probabilities for them.

Each engine and model has its own scale. The limits here are those of Tesseract's Vietnamese models, the
calibration is that of the model `scanflow_vie`; an engine of another package brings its own
(docs/decisions/0014-steps-and-engines.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

WordClass = Literal["syllable", "other", "corrected"]

Curve = tuple[Sequence[float], Sequence[float]]
"""Two lists of equal length: ascending confidences of the engine, and the share of right words at each.

Between two confidences the share is interpolated linearly; outside it is that of the nearest one.
"""

Calibration = Mapping[WordClass, Curve]
"""The probability that a word is right, by its class and the engine's confidence.

If it is empty, nothing was fitted to the model, and the engine's confidence is kept.
"""


@dataclass(frozen=True, slots=True)
class ConfidenceScale:
    """Limits on an engine's confidence (0 to 1), each used by the steps that its comment names."""

    noise: float  # drop_noise: below it no word is print
    unlikely: float  # drop_noise, recover_missed_lines: below it only a plausible word is print
    uncertain_word: float  # rerecognize_uncertain_lines: a word below it makes its line uncertain
    printed_line: float  # rerecognize_uncertain_lines: a line with a mean below it is not print
    sure_word: float  # recover_missed_lines, drop_scraps: at or above it a word is accepted
    sure_letter: float  # drop_scraps: at or above it a single letter is accepted
    sure_foreign: float  # recover_missed_lines: at or above it a foreign word is accepted
    sure_digits: float  # read_digit_boxes: at or above it a number in boxes is accepted
    maybe_handwriting: float  # mark_handwriting: at or above it a word is print in any case
    sure_slot: float  # mark_filled_slots: a number below it in the gap of `Số: … /QĐ` was filled in by hand
    typical_print: float  # mark_handwriting: words at or above it are samples of the page's print
    poor_page: float  # read_unprepared: an attempt with a lower `score_per_letter` is poor
    turned_page: float  # try_other_orientations: as `poor_page`, for pages in a wrong orientation
    sure_orientation: float  # rotate_pages: at or above it the engine's orientation detection is believed


# Chosen on real pages and fixtures (docs/reading.md; docs/benchmarks.md, Single limits, has other values of
# some). `poor_page` and `turned_page`: of 56 printed pages in all four orientations, upright pages had scores
# per letter of 0.71 or more (forms full of handwriting: 0.53), pages upside down of 0.10 at most.
# `sure_orientation`: correct results have 10 to 28, the only error had 1.6.
TESSERACT = ConfidenceScale(
    noise=0.1,
    unlikely=0.4,
    uncertain_word=0.7,
    printed_line=0.3,
    sure_word=0.75,
    sure_letter=0.8,
    # Measured on other pages than those that it was chosen on (docs/benchmarks.md, Single limits): two wrong
    # words fewer on six pages with tables, one more on twelve synthetic pages; with 0.94 one fewer, none
    # more.
    sure_foreign=0.88,
    sure_digits=0.85,
    maybe_handwriting=0.8,
    # On 17 real pages, numbers that were filled in by hand or by a stamp have 0.95 at most, printed codes
    # 0.97.
    sure_slot=0.955,
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
    # The pages above have too few corrected words. So this curve is fitted on 17 real pages:
    # --fit --sets real-pages,real-pages-2,real-tables
    "corrected": ((0.220, 0.412, 0.614, 0.749, 0.896), (0.250, 0.250, 0.562, 0.833, 0.879)),
}

NOT_FITTED: Calibration = {}


def calibration_of(language: str) -> Calibration:
    """The calibration of a Tesseract model; empty for a model that was not measured."""
    return SCANFLOW_VIE if language == "scanflow_vie" else NOT_FITTED
