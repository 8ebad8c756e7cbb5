"""Numbers that stand alone in a table's cells are read together; what is no list of numbers is left alone."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fixtures import fonts
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine, open_engine
from scanflow.ocr.layout.table_cells import drop_rule_scraps
from scanflow.ocr.postcorrection.cell_numbers import read_cell_numbers
from scanflow.settings import OcrSettings
from tests.tools import missing

DPI = 200
PER_POINT = DPI / 72
EDGES = (100, 170, 500)  # pixels: the upright rules
HEIGHT = 60

Copy = NDArray[np.uint8]
Table = list[Box]


@pytest.fixture(scope="module")
def engine() -> LineEngine:
    engine = open_engine(OcrSettings())
    assert isinstance(engine, LineEngine)
    return engine


def table(*texts: str) -> tuple[Copy, Table]:
    """A table with these texts in its first column, and its cells in points."""
    try:
        font = fonts.at("serif", 36)
    except FileNotFoundError as error:
        missing(str(error))
    image = Image.new("L", (800, 200 + HEIGHT * len(texts)), 255)
    draw = ImageDraw.Draw(image)
    cells = []
    for row, text in enumerate(texts):
        top = 100 + HEIGHT * row
        draw.text((sum(EDGES[:2]) // 2, top + 10), text, font=font, anchor="ma")
        cells += [
            Box(left / PER_POINT, top / PER_POINT, right / PER_POINT, (top + HEIGHT) / PER_POINT)
            for left, right in pairwise(EDGES)
        ]
    copy = np.array(image, dtype=np.uint8)
    for cell in cells:
        corners = [round(edge * PER_POINT) for edge in (cell.left, cell.top, cell.right, cell.bottom)]
        cv2.rectangle(copy, (corners[0], corners[1]), (corners[2], corners[3]), 0, 2)
    return copy, cells


def read(engine: LineEngine, *texts: str, words: tuple[Word, ...] = ()) -> list[str]:
    copy, cells = table(*texts)
    held = read_cell_numbers(words, copy, DPI, [cells], engine)
    assert all(any(cell.holds(word.box) for cell in cells) for word in held)
    ordered = sorted(held, key=lambda word: word.box.top)
    return [word.text for word in ordered]


def test_a_column_of_numbers_is_read(engine: LineEngine) -> None:
    assert read(engine, "1", "2", "3", "4", "5", "6") == ["1", "2", "3", "4", "5", "6"]


def test_numbers_that_were_read_stay_and_the_others_are_added(engine: LineEngine) -> None:
    _, cells = table("7", "8", "9")
    middle = Box(cells[2].left + 9, cells[2].top + 4, cells[2].left + 14, cells[2].top + 15)
    seen = Word("8", middle, 0.9, 4, 2)
    assert read(engine, "7", "8", "9", words=(seen,)) == ["7", "8", "9"]


def test_letters_and_a_lone_number_are_left_alone(engine: LineEngine) -> None:
    assert read(engine, "a", "b", "c", "d") == []
    assert read(engine, "1", "", "") == []
    assert read(engine, "", "", "") == []


def test_what_a_rule_was_read_as_is_dropped() -> None:
    _, cells = table("1", "2")
    edge = cells[1].left
    scrap = Word("i", Box(edge - 1, cells[1].top + 2, edge + 1, cells[1].top + 14), 0.6, 0, 0)
    digit = Word("1", Box(edge - 1, cells[1].top + 2, edge + 1, cells[1].top + 14), 0.6, 0, 0)
    word = Word("ai", Box(edge + 5, cells[1].top + 2, edge + 15, cells[1].top + 14), 0.6, 0, 0)
    assert drop_rule_scraps([scrap, digit, word], [cells]) == [digit, word]
    assert drop_rule_scraps([scrap], []) == [scrap]
