"""Cells are found between a table's rules, also where a copy broke them; other rules are no table."""

import cv2
import numpy as np
import pytest

from scanflow.imaging.ruled_tables import find_tables
from scanflow.model import Box
from tests.imaging.tables import ACROSS, DOWN, DPI, MM, Page, page, rule, table

POINTS = 72 / 25.4  # of a millimetre


def corners(cells: list[Box]) -> list[tuple[int, int]]:
    """Of each cell in whole millimetres."""
    return [(round(cell.left / POINTS), round(cell.top / POINTS)) for cell in cells]


ALL = [(x, y) for y in DOWN[:-1] for x in ACROSS[:-1]]


def test_cells_row_by_row() -> None:
    (cells,) = find_tables(table(page()), DPI)
    assert corners(cells) == ALL
    assert cells[0].width / POINTS == pytest.approx(20, abs=1)
    assert cells[0].height / POINTS == pytest.approx(15, abs=1)


def test_cells_of_a_skewed_table() -> None:
    copy = table(page())
    turn = cv2.getRotationMatrix2D((800, 500), 0.15, 1)
    askew = np.asarray(cv2.warpAffine(copy, turn, copy.shape[::-1], borderValue=255), dtype=np.uint8)
    (cells,) = find_tables(askew, DPI)
    assert len(cells) == len(ALL)


def test_cells_of_a_table_with_broken_rules() -> None:
    copy = table(page())
    rng = np.random.default_rng(1)
    for _ in range(60):
        x, y = rng.integers(150, 1200), rng.integers(380, 680)
        copy[y : y + 6, x : x + 6] = 255
    rule_of_side = np.s_[round(52 * MM) : round(62 * MM), round(149 * MM) : round(151 * MM)]
    copy[rule_of_side] = 255
    (cells,) = find_tables(copy, DPI)
    assert corners(cells) == ALL


def test_a_cell_over_two_columns_is_one() -> None:
    copy = table(page())
    copy[round(76 * MM) : round(84 * MM), round(39 * MM) : round(41 * MM)] = 255
    (cells,) = find_tables(copy, DPI)
    assert corners(cells) == [corner for corner in ALL if corner != (40, 75)]


def test_rules_and_frames_are_no_table() -> None:
    copy = page()
    rule(copy, 20, 40, 80, 40)  # below an agency's name
    for ends in ((20, 60, 180, 60), (20, 200, 180, 200), (20, 60, 20, 200), (180, 60, 180, 200)):
        rule(copy, *ends)
    cv2.circle(copy, (800, 1900), 140, 0, 6)
    assert find_tables(copy, DPI) == []


def test_cells_of_two_tables() -> None:
    copy = table(page())
    for y in (120, 140, 160):
        rule(copy, 20, y, 100, y)
    for x in (20, 60, 100):
        rule(copy, x, 120, x, 160)
    assert sorted(map(len, find_tables(copy, DPI))) == [4, 9]


def dashed(copy: Page, *ends: float, dash: float = 0.8) -> None:
    """Dashes of this length in millimetres, with spaces of 0.6 between them."""
    x0, y0, x1, y1 = ends
    step = np.array([x1 - x0, y1 - y0]) / np.hypot(x1 - x0, y1 - y0)
    for at in np.arange(0, np.hypot(x1 - x0, y1 - y0) - dash, dash + 0.6):
        start, end = np.array([x0, y0]) + at * step, np.array([x0, y0]) + (at + dash) * step
        rule(copy, *start.tolist(), *end.tolist())


def framed(copy: Page) -> Page:
    for y in (DOWN[0], DOWN[-1]):
        rule(copy, ACROSS[0], y, ACROSS[-1], y)
    for x in (ACROSS[0], ACROSS[-1]):
        rule(copy, x, DOWN[0], x, DOWN[-1])
    return copy


def test_dashed_rules_inside_a_frame_are_rules() -> None:
    copy = framed(page())
    for x in ACROSS[1:-1]:
        dashed(copy, x, DOWN[0], x, DOWN[-1])
    for y in DOWN[1:-1]:
        dashed(copy, ACROSS[0], y, ACROSS[-1], y)
    (cells,) = find_tables(copy, DPI)
    assert corners(cells) == ALL


def test_dotted_lines_to_write_on_are_no_rules() -> None:
    copy = framed(page())
    for y in DOWN[1:-1]:
        dashed(copy, ACROSS[0] + 2, y, ACROSS[-1] - 2, y, dash=0.2)
    cv2.putText(copy, "lllllIIIIII", (round(45 * MM), round(60 * MM)), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    assert find_tables(copy, DPI) == []
