"""Reads the numbers of a table's narrow column that the engine left out: 1, 2, 3 below `TT`.

Alone in its cell a digit is no line for the engine's layout analysis, and a picture of one digit is often
misread. So the numbers of a column are put side by side in one picture and read together, those that were
read already among them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine
from scanflow.ocr.layout.placement import insert_words
from scanflow.units import POINTS_PER_MM, pixels_per_point

# Points.
WIDEST_COLUMN = 22.0 * POINTS_PER_MM
SAME_EDGE = 1.5 * POINTS_PER_MM  # cells whose left edges are closer than this are in one column
INSIDE = 0.4 * POINTS_PER_MM  # from a cell's edge: the rule itself and its dirt
LOWEST, HIGHEST, WIDEST = 1.3 * POINTS_PER_MM, 4.5 * POINTS_PER_MM, 8.0 * POINTS_PER_MM
SPACE = 3.0 * POINTS_PER_MM  # between two numbers in the picture that is read
EDGE = 0.7 * POINTS_PER_MM  # around the picture's numbers
FEWEST, MOST = 2, 40  # numbers of a column
PAPER = 255

_NUMBER = re.compile(r"\d{1,3}[.)]?")


_Place = tuple[float, float]
"""From where to where a part of the picture reaches, in pixels."""


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
    part = _cut(copy, inside, scale)
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
    scale = pixels_per_point(dpi)
    tallest = max(piece.box.height for piece in pieces) + 2 * EDGE
    picture, places = _side_by_side([_above(piece.box, tallest) for piece in pieces], copy, scale)
    found = engine.recognize_line(picture, dpi)
    held = [_text_at(place, places, found, scale) for place in places]
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


def _text_at(
    place: _Place, places: Sequence[_Place], found: Sequence[Word], scale: float
) -> tuple[str, float]:
    """What was read at a place, and how sure: the only word there, or its digit of several read as one."""
    middle = sum(place) / 2 / scale
    over = [word for word in found if word.box.left <= middle <= word.box.right]
    if len(over) != 1:
        return "", 0.0
    word = over[0]
    covered = [each for each in places if word.box.left <= sum(each) / 2 / scale <= word.box.right]
    if len(covered) == 1:
        return word.text, word.confidence
    single = len(covered) == len(word.text)
    return (word.text[covered.index(place)] if single else ""), word.confidence


def _above(box: Box, tallest: float) -> Box:
    """The box with a margin, and so high that all pieces have one height and one base line."""
    bottom = box.bottom + EDGE
    return Box(box.left - EDGE / 2, bottom - tallest, box.right + EDGE / 2, bottom)


def _side_by_side(boxes: Sequence[Box], copy: Raster, scale: float) -> tuple[Raster, list[_Place]]:
    """The parts of the copy in one line, and from where to where each reaches with half of the space."""
    height = round(max(box.height for box in boxes) * scale)
    space = np.full((height, round(SPACE * scale)), PAPER, np.uint8)
    parts: list[Raster] = [space]
    places = []
    at = float(space.shape[1])
    for box in boxes:
        part = np.full((height, round(box.width * scale)), PAPER, np.uint8)
        cut = _cut(copy, box, scale)[-height:, : part.shape[1]]
        part[height - cut.shape[0] :, : cut.shape[1]] = cut
        parts += [part, space]
        half = space.shape[1] / 2
        places.append((at - half, at + part.shape[1] + half))
        at += part.shape[1] + space.shape[1]
    return np.ascontiguousarray(as_raster(np.hstack(parts))), places


def _cut(raster: Raster, place: Box, scale: float) -> Raster:
    left, top, right, bottom = (
        max(0, round(edge * scale)) for edge in (place.left, place.top, place.right, place.bottom)
    )
    return raster[top:bottom, left:right]
