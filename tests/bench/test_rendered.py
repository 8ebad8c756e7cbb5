"""Sheets that are set anew keep the words apart that they had apart."""

import random
from itertools import pairwise

import pytest

from bench.rendered import KINDS
from fixtures import fonts
from fixtures.sheet import Sheet, Text
from fixtures.writer import Writer


def _justified() -> Sheet:
    writer = Writer()
    writer.paragraph("Căn cứ Nghị định số 123/2015/NĐ-CP ngày 15 tháng 11 năm 2015 của Chính phủ " * 3)
    return writer.sheet


@pytest.mark.parametrize("kind", ["sans", "italic", "bold italic"])
def test_no_word_runs_into_the_next(kind: str) -> None:
    sheet = KINDS[kind].change(_justified(), random.Random(1))  # noqa: S311 - lots are drawn, not keys
    runs = [mark for mark in sheet.marks if isinstance(mark, Text)]
    beside = [(one, other) for one, other in pairwise(runs) if one.y == other.y]
    assert beside
    for one, other in beside:
        gap = other.x - one.x - fonts.width(one.font, one.size, one.text)
        assert gap > 0.5, (one.text, other.text)


@pytest.mark.parametrize("kind", ["sans", "10 points"])
def test_centred_lines_keep_their_middle(kind: str) -> None:
    writer = Writer()
    writer.sign("GIÁM ĐỐC", name="Nguyễn Thị Mẫu")
    middles = set()
    for mark in KINDS[kind].change(writer.sheet, random.Random(1)).marks:  # noqa: S311 - lots, no keys
        if isinstance(mark, Text):
            middles.add(round(mark.x + fonts.width(mark.font, mark.size, mark.text) / 2))
    assert len(middles) == 1
