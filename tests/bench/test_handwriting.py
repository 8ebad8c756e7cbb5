"""The bench of handwriting knows which words a pen wrote."""

import random

import numpy as np
import pytest

from bench.handwriting import Seen, Tally, count, written_with
from fixtures import fonts
from fixtures.sheet import Sheet, Text
from scanflow.model import Box, Word

MM = 72 / 25.4


def sheet() -> Sheet:
    found = Sheet()
    found.add(Text(30, 50, "Họ và tên:"), Text(60, 50, "Trần Thị Mẫu", fonts.HAND, 16))
    return found


def test_handwritten_words_are_separate_and_have_their_places() -> None:
    written, boxes = written_with(fonts.HAND, sheet(), random.Random(1))  # noqa: S311 (places, no secret)
    texts = [mark.text for mark in written.marks if isinstance(mark, Text)]
    assert texts == ["Họ và tên:", "Trần", "Thị", "Mẫu"]
    assert [box.left for box in boxes] == sorted(box.left for box in boxes)
    assert boxes[0].left == pytest.approx(60 * MM)
    assert boxes[0].top < 50 * MM < boxes[0].bottom


def test_words_are_counted_by_where_they_stand() -> None:
    pen_box = Box(100, 100, 150, 120)
    words = [
        Word("Trần", Box(102, 102, 148, 118), 0.5, 0, 0),
        Word("tên:", Box(60, 102, 95, 118), 0.96, 0, 0),
        Word("tên:Tr", Box(83, 102, 110, 118), 0.5, 0, 0),
    ]
    blank = np.full((400, 600), 255, np.uint8)
    pen, printed = Tally(), Tally()
    assert count(Seen(words, blank, blank, 100), [pen_box], pen, printed) == []
    assert (pen.words, pen.doubted, printed.words, printed.doubted) == (1, 1, 1, 0)
