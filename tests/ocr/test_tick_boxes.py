"""Boxes to tick are found with their state; letters, cells and blocks are none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.imaging.decoding.decode import decode
from scanflow.model import Box, Word
from scanflow.ocr.preprocessing.tick_boxes import EMPTY, MOST, TICKED, find_tick_boxes, insert_tick_boxes
from scanflow.settings import LimitSettings
from tests.ocr.pages import DPI, as_captured, official_page

MM = DPI / 25.4
Page = NDArray[np.uint8]


def page() -> Page:
    return np.full((800, 1000), 255, np.uint8)


def box(copy: Page, left: int, top: int, side: float = 4.0, thick: int = 2) -> tuple[int, int]:
    """A frame with sides in millimetres; gives its far corner."""
    right, bottom = round(left + side * MM), round(top + side * MM)
    cv2.rectangle(copy, (left, top), (right, bottom), 0, thick)
    return right, bottom


def states(copy: Page) -> list[bool]:
    return [found.ticked for found in find_tick_boxes(copy, DPI)]


@pytest.mark.parametrize("side", [2.5, 4.0, 6.0])
def test_an_empty_box_and_one_with_a_cross(side: float) -> None:
    copy = page()
    box(copy, 100, 100, side)
    right, bottom = box(copy, 100, 200, side)
    cv2.line(copy, (104, 204), (right - 4, bottom - 4), 0, 1)
    cv2.line(copy, (right - 4, 204), (104, bottom - 4), 0, 1)
    assert states(copy) == [False, True]
    first = find_tick_boxes(copy, DPI)[0].box
    assert first.left == pytest.approx(100 * 72 / DPI, abs=1)
    assert first.width == pytest.approx(side * 72 / 25.4, abs=1.5)


def test_a_speck_in_a_box_is_no_tick() -> None:
    copy = page()
    box(copy, 100, 100, 5.0)
    copy[120:122, 120:122] = 0
    assert states(copy) == [False]


def test_letters_cells_and_blocks_are_no_boxes() -> None:
    copy = page()
    for at in range(6):  # a row of digit boxes: one piece of ink
        box(copy, 100 + round(4 * MM) * at, 100)
    copy[200:232, 100:132] = 0
    right, bottom = box(copy, 300, 200, 4.4)  # the corner of a QR code
    copy[206 : bottom - 5, 306 : right - 5] = 0
    for row, text in enumerate(("ODQBHNE08", "DOHQUOE")):
        cv2.putText(copy, text, (100, 350 + 100 * row), cv2.FONT_HERSHEY_TRIPLEX, 1 + row, 0, 2 + row)
    assert states(copy) == []


@pytest.mark.parametrize(("more", "found"), [(0, MOST), (1, 0)])
def test_so_many_boxes_are_a_pattern(more: int, found: int) -> None:
    copy = page()
    for number in range(MOST + more):
        box(copy, 20 + number % 12 * 80, 20 + number // 12 * 80)
    assert len(states(copy)) == found


def test_a_page_of_text_has_none() -> None:
    captured = as_captured(official_page())
    assert states(np.asarray(decode(captured, LimitSettings()), dtype=np.uint8)) == []


def test_a_box_takes_the_place_of_what_was_read_there() -> None:
    copy = page()
    right, bottom = box(copy, 100, 100, 4.0)
    cv2.line(copy, (104, 110), (right - 4, bottom - 4), 0, 3)
    box(copy, 100, 200, 4.0)
    scale = 72 / DPI
    words = [
        Word("D", Box(100 * scale, 100 * scale, right * scale, bottom * scale), 0.6, 0, 0),
        Word("Nam", Box(150 * scale, 100 * scale, 220 * scale, bottom * scale), 0.9, 0, 0),
        Word("Nữ", Box(150 * scale, 200 * scale, 220 * scale, (bottom + 100) * scale), 0.9, 0, 1),
    ]
    found = insert_tick_boxes(words, find_tick_boxes(copy, DPI))
    assert sorted(word.text for word in found) == sorted([TICKED, "Nam", EMPTY, "Nữ"])
    places = {word.text: (word.block, word.line) for word in found}
    assert places[TICKED] == places["Nam"]
    assert places[EMPTY] == places["Nữ"]
    assert insert_tick_boxes(words, []) == words
