"""Reads the numbers of a table's narrow column that the engine left out: 1, 2, 3 below `TT`.

Alone in its cell a digit is no line for the engine's layout analysis, and a picture of one digit is often
misread. So the numbers of a column are put side by side in one picture and read together, those that were
read already among them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2

from scanflow.imaging.raster import Raster, components, cut_out
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine
from scanflow.ocr.layout.placement import insert_words
from scanflow.ocr.postcorrection.side_by_side import read_side_by_side
from scanflow.units import POINTS_PER_MM, pixels_per_point

# Points.
WIDEST_COLUMN = 22.0 * POINTS_PER_MM
SAME_EDGE = 1.5 * POINTS_PER_MM  # cells whose left edges are closer than this are in one column
INSIDE = 0.4 * POINTS_PER_MM  # from a cell's edge: the rule itself and its dirt
LOWEST, HIGHEST, WIDEST = 1.3 * POINTS_PER_MM, 4.5 * POINTS_PER_MM, 8.0 * POINTS_PER_MM
FEWEST, MOST = 2, 40  # numbers of a column

_NUMBER = re.compile(r"\d{1,3}[.)]?")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands in the cell of a row: its ink's box in points, and whether the engine read it."""

    row: int
    box: Box
    read: bool


def read_cell_numbers(
    words: Sequence[Word],
    copy: Raster,
    dpi: float,
    tables: Sequence[Sequence[Box]],
    engine: LineEngine,
) -> list[Word]:
    """The words read from `copy` (grey, h, w), with the numbers that were left out of tables' cells inserted.

    Boxes of words and cells are in points of the copy.
    """
    result = list(words)
    for table in tables:
        for column in _columns(table):
            placed = (_piece(row, cell, words, copy, dpi) for row, cell in enumerate(column))
            pieces = [piece for piece in placed if piece is not None]
            if len(pieces) >= FEWEST and not all(piece.read for piece in pieces):
                for number in _read(pieces[:MOST], copy, dpi, engine):
                    result = insert_words(result, [number])
    return result


def _columns(table: Sequence[Box]) -> Iterator[list[Box]]:
    """The narrow cells below each other."""
    columns: list[list[Box]] = []
    for cell in table:
        if cell.width > WIDEST_COLUMN:
            continue
        above = (column for column in columns if abs(column[-1].left - cell.left) < SAME_EDGE)
        column = next(above, None)
        if column is None:
            columns.append([cell])
        else:
            column.append(cell)
    yield from columns


def _piece(row: int, cell: Box, words: Sequence[Word], copy: Raster, dpi: float) -> _Piece | None:
    """The ink of a cell that holds a number, or may hold one."""
    held = [word for word in words if cell.holds(word.box)]
    if held:
        number = len(held) == 1 and _NUMBER.fullmatch(held[0].text)
        return _Piece(row, held[0].box, read=True) if number else None
    scale = pixels_per_point(dpi)
    inside = Box(cell.left + INSIDE, cell.top + INSIDE, cell.right - INSIDE, cell.bottom - INSIDE)
    part = cut_out(copy, inside, scale)
    if not part.size:
        return None
    _, stats = components(find_ink(part, dpi))
    high = stats[:, cv2.CC_STAT_HEIGHT]
    digits = stats[1:][(high[1:] >= LOWEST * scale) & (high[1:] <= HIGHEST * scale)]
    if not len(digits):
        return None
    left, top = digits[:, cv2.CC_STAT_LEFT], digits[:, cv2.CC_STAT_TOP]
    right, bottom = left + digits[:, cv2.CC_STAT_WIDTH], top + digits[:, cv2.CC_STAT_HEIGHT]
    box = Box(*(float(edge) / scale for edge in (left.min(), top.min(), right.max(), bottom.max())))
    inner = left.min() > 0 and top.min() > 0 and right.max() < part.shape[1] and bottom.max() < part.shape[0]
    if not inner or box.height > HIGHEST or box.width > WIDEST:
        return None
    return _Piece(row, box.moved(inside.left, inside.top), read=False)


def _read(pieces: Sequence[_Piece], copy: Raster, dpi: float, engine: LineEngine) -> Iterator[Word]:
    """The numbers of the pieces that were not read; none where a picture of all is not read as so many."""
    held = read_side_by_side([piece.box for piece in pieces], copy, dpi, engine)
    numbers = [
        (piece, text, confidence)
        for piece, (text, confidence) in zip(pieces, held, strict=True)
        if _NUMBER.fullmatch(text)
    ]
    if len(numbers) < max(FEWEST, len(pieces) - 1):  # all but the column's head
        return
    # A list's numbers count on from row to row.
    firsts = [int(text.rstrip(".)")) - piece.row for piece, text, _ in numbers]
    usual = max(firsts, key=firsts.count)
    listed = 2 * firsts.count(usual) > len(firsts)
    for (piece, text, confidence), first in zip(numbers, firsts, strict=True):
        sure = confidence >= engine.scale.sure_digits or (listed and first == usual)
        if sure and not piece.read:
            yield Word(text, piece.box, confidence, 0, 0)
