"""Words that were read as one are parted; everything else stays whole."""

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.postcorrection.glued_words import part_glued_words
from scanflow.ocr.postcorrection.language_model import load_language

USUAL = load_language().is_usual


def texts(text: str) -> list[str]:
    word = Word(text, Box(100, 10, 100 + 6 * len(text), 20), 0.9, 0, 0)
    return [one.text for one in part_glued_words([word], USUAL)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Sốlượng", ["Số", "lượng"]),
        ("(ngườidân)", ["(người", "dân)"]),
        ("22tháng", ["22", "tháng"]),
        ("năm2026,", ["năm", "2026,"]),
        ("ngày.23", ["ngày.", "23"]),
        ("Bộ,Tư", ["Bộ,", "Tư"]),
        ("Bộ,ngành", ["Bộ,", "ngành"]),
    ],
)
def test_a_glued_word_is_parted(text: str, parts: list[str]) -> None:
    assert texts(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "nghiêng",
        "dichvucong.gov.vn",
        "5.000",
        "12:30",
        "QĐ-UBND",
        "UBND",
        "Internet",
        "a.m",
        "100m",
    ],
)
def test_what_is_one_word_stays(text: str) -> None:
    assert texts(text) == [text]


def test_the_parts_keep_the_place_and_what_was_read() -> None:
    one, other = part_glued_words([Word("Sốlượng", Box(0, 0, 70, 10), 0.8, 3, 4)], USUAL)
    assert (one.box.right, other.box.left, other.box.right) == (20, 20, 70)
    assert (one.raw, other.raw, other.block, other.line) == ("Sốlượng", "Sốlượng", 3, 4)
