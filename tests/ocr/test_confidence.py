import pytest

from scanflow.model import Box, Word
from scanflow.ocr.confidence import mean_confidence, without_noise, worth


def word(text: str, confidence: float) -> Word:
    return Word(text, Box(0, 0, 10, 10), confidence, 0, 0)


def test_mean_confidence_counts_letters_not_words() -> None:
    assert mean_confidence([word("nghiêng", 1.0), word("a", 0.0)]) == pytest.approx(7 / 8)
    assert mean_confidence([]) == 0.0


def test_worth_counts_plausible_letters_only() -> None:
    assert worth([word("Quyết", 0.8), word("£¬ÿ#", 0.9), word("2026", 0.5)]) == pytest.approx(
        5 * 0.8 + 4 * 0.5
    )


def test_noise_is_dropped_and_doubtful_print_kept() -> None:
    kept = [word("Quyết", 0.15), word("UBND", 0.5), word("ĐT-02", 0.41)]
    noise = [word("`.", 0.33), word("th@wÔj", 0.0), word("ố", 0.05), word("_", 0.36)]
    assert without_noise([*noise[:2], *kept, *noise[2:]]) == kept
