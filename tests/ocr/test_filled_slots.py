"""Digits that were filled into the gaps of a head are marked; printed ones stay print."""

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection.filled_slots import mark_filled_slots


def marked(line: str) -> list[str]:
    """The words of kind `pen` of a line such as `Số: 445~0.9 /NQ-CP`; without a number a word has 0.97."""
    words = []
    for no, token in enumerate(line.split()):
        text, _, sure = token.partition("~")
        words.append(Word(text, Box(50.0 * no, 0, 50.0 * no + 40, 10), float(sure or 0.97), 0, 0))
    return [word.text for word in mark_filled_slots(words, TESSERACT) if word.kind == "pen"]


@pytest.mark.parametrize(
    ("line", "pen"),
    [
        ("Số: 445~0.9 /NQ-CP", ["445"]),
        ("số: |S2~0.44 /TB-ĐHKTCN", ["|S2"]),
        ("Số: 24~0.69 /2026/TT-BCT", ["24"]),
        ("Số: 115 /NQ-CP", []),  # as sure as print
        ("Số: 115/NQ-CP", []),
        ("Số: /QĐ-UBND", []),
        ("Hà Nội, ngày 43~0.92 tháng 4 năm 2026", ["43"]),
        ("Phú Thọ, ngày 3|~0.8 tháng 12 năm 2019", ["3|"]),
        ("Phú Thọ, ngày 17 tháng 14 năm 2019", ["14"]),
        ("Phú Thọ, ngày ² tháng 12 năm 2019", ["²"]),  # a digit that is no number
        ("Hà Nội, ngày 13~0.92 tháng 01~0.92 năm 2010", []),
        ("Hà Nội, ngày 13~0.7 tháng 01 năm 2010", ["13"]),
        ("Hà Nội, ngày ... tháng … năm 2010", []),
        ("Số: 02~0.9 /2010~0.9 /TT-BTC", ["02"]),
        ("Hà Nội ngày 82~0.2 tháng 14 năm 2026", ["82", "14"]),  # the comma was not read
        ("Hà Nội ngày 13~0.7 tháng 01 năm 2010", []),
        ("15/2010/NĐ-CP ngày 82 tháng 4 năm 2026", []),
        ("Luật Đất đai ngày 43 tháng 4 năm 2026", []),  # no head's date
        ("Hà Nội, ngày ban~0.5 hành tháng 4 năm 2026", []),
    ],
)
def test_what_a_pen_filled_in_is_marked(line: str, pen: list[str]) -> None:
    assert marked(line) == pen


def test_marked_digits_are_searchable_and_no_part_of_the_text() -> None:
    word = Word("445", Box(0, 0, 1, 1), 0.9, 0, 0, kind="pen")
    assert word.searchable
