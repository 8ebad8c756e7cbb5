"""Reads the numbers of a table's narrow column that the engine left out: 1, 2, 3 below `TT`.

The engine's layout analysis does not take a single digit in a cell for a line, and a picture of one digit is
often misread. So the numbers of a column are put side by side in one picture and read together, also those
that were read already.
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

# Lengths are in points; the values were set by judgement.
WIDEST_COLUMN = 22.0 * POINTS_PER_MM
SAME_EDGE = 1.5 * POINTS_PER_MM  # cells whose left edges are closer than this are in one column
INSIDE = 0.4 * POINTS_PER_MM  # a margin at a cell's edges that is left out: the rule and dirt beside it
LOWEST, HIGHEST = 1.3 * POINTS_PER_MM, 4.5 * POINTS_PER_MM  # the height of a digit
WIDEST = 8.0 * POINTS_PER_MM  # the width of a number
FEWEST, MOST = 2, 40  # numbers of a column that are read together

_NUMBER = re.compile(r"\d{1,3}[.)]?")


@dataclass(frozen=True, slots=True)
class _Piece:
    """The content of a cell in a column: its row, its ink's box in points, whether the engine read it."""

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
    """The words read from `copy` (grey, h, w), with numbers inserted that were left out of tables' cells.

    `tables` has the cells of each table. Boxes of words and cells are in points of the copy.
    """
    result = list(words)
    for table in tables:
        for column in _columns(table):
            found = (_piece(row, cell, words, copy, dpi) for row, cell in enumerate(column))
            pieces = [piece for piece in found if piece is not None]
            if len(pieces) >= FEWEST and not all(piece.read for piece in pieces):
                for number in _read(pieces[:MOST], copy, dpi, engine):
                    result = insert_words(result, [number])
    return result


def _columns(table: Sequence[Box]) -> Iterator[list[Box]]:
    """The columns of narrow cells, each from top to bottom."""
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
    """The content of a cell that is a number, or, if nothing was read there, may be one; else None."""
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
    whole = left.min() > 0 and top.min() > 0 and right.max() < part.shape[1] and bottom.max() < part.shape[0]
    if not whole or box.height > HIGHEST or box.width > WIDEST:
        return None
    return _Piece(row, box.moved(inside.left, inside.top), read=False)


def _read(pieces: Sequence[_Piece], copy: Raster, dpi: float, engine: LineEngine) -> Iterator[Word]:
    """The numbers of the pieces that were not read before.

    None if more than one of the pieces, which may be the column's title, is not read as a number.
    """
    texts = read_side_by_side([piece.box for piece in pieces], copy, dpi, engine)
    numbers = [
        (piece, text, confidence)
        for piece, (text, confidence) in zip(pieces, texts, strict=True)
        if _NUMBER.fullmatch(text)
    ]
    if len(numbers) < max(FEWEST, len(pieces) - 1):
        return
    # The numbers of a list grow by one from row to row, so the number less its row is the same for all: a
    # number that fits needs no high confidence.
    offsets = [int(text.rstrip(".)")) - piece.row for piece, text, _ in numbers]
    usual = max(offsets, key=offsets.count)
    is_list = 2 * offsets.count(usual) > len(offsets)
    for (piece, text, confidence), offset in zip(numbers, offsets, strict=True):
        sure = confidence >= engine.scale.sure_digits or (is_list and offset == usual)
        if sure and not piece.read:
            yield Word(text, piece.box, confidence, 0, 0)
