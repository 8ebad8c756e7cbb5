from dataclasses import replace

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.confidence import believable_letters, calibrated, drop_noise, mean_confidence
from scanflow.ocr.engines.confidence_scale import SCANFLOW_VIE, TESSERACT


def word(text: str, confidence: float) -> Word:
    return Word(text, Box(0, 0, 10, 10), confidence, 0, 0)


def test_mean_confidence_counts_letters_not_words() -> None:
    assert mean_confidence([word("nghiêng", 1.0), word("a", 0.0)]) == pytest.approx(7 / 8)
    assert mean_confidence([]) == 0.0


def test_worth_counts_plausible_letters_only() -> None:
    assert believable_letters([word("Quyết", 0.8), word("£¬ÿ#", 0.9), word("2026", 0.5)]) == pytest.approx(
        5 * 0.8 + 4 * 0.5
    )


def test_noise_is_dropped_and_doubtful_print_kept() -> None:
    kept = [word("Quyết", 0.15), word("UBND", 0.5), word("ĐT-02", 0.41), word("/QĐ-BTC", 0.3)]
    noise = [word("`.", 0.33), word("th@wÔj", 0.0), word("ố", 0.05), word("_", 0.36)]
    assert drop_noise([*noise[:2], *kept, *noise[2:]], TESSERACT) == kept


def test_a_chance_rises_with_the_engines_confidence_and_is_never_1() -> None:
    for text, raw in (("Quyết", None), ("30/4/2026", None), ("UBND", None), ("phố", "phô")):
        words = [replace(word(text, percent / 100), raw=raw) for percent in range(101)]
        chances = [each.confidence for each in calibrated(words, SCANFLOW_VIE)]
        assert chances == sorted(chances)
        assert 0 < chances[0] < chances[-1] < 1


def test_the_surest_words_of_an_engine_are_nearly_certain_and_doubtful_ones_stay_so() -> None:
    sure, common, doubtful = calibrated(
        [word("Quyết", 0.967), word("Quyết", 0.93), word("Quyết", 0.6)], SCANFLOW_VIE
    )
    assert sure.confidence > 0.995
    assert common.confidence > 0.97
    assert doubtful.confidence < 0.6


def test_what_is_no_syllable_or_was_corrected_is_less_sure() -> None:
    syllable, other = calibrated([word("nghiêng", 0.85), word("nghxiêng", 0.85)], SCANFLOW_VIE)
    [corrected] = calibrated([replace(word("phố", 0.93), raw="phô")], SCANFLOW_VIE)
    assert other.confidence < syllable.confidence
    assert corrected.confidence < 0.9


def test_calibration_changes_nothing_else() -> None:
    words = [replace(word("phố", 0.5), raw="phô"), word("?", 0.5)]
    assert [replace(each, confidence=0.5) for each in calibrated(words, SCANFLOW_VIE)] == words
