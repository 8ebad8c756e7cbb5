"""Reading order in ruled tables: row by row, in each row cell by cell, each cell from top to bottom.

An engine reads the lines of neighbouring cells that are at the same height as one line: `Số lượng Số lượng`
above `cổ phần cổ đông`. The rules between the cells tell that they are two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from scanflow.model import Box, Word, union
from scanflow.ocr.layout.lines import Line, line_of, rows_of

Cells = Sequence[Box]
"""The cells of a table, row by row; all cells of a row have the same top and bottom."""

# Points: the greatest width of a word that was read from a piece of a rule, and the greatest distance of its
# centre from the rule. Set by judgement.
_THIN, _NEAR = 6.0, 3.5


def drop_rule_scraps(words: Sequence[Word], tables: Iterable[Cells]) -> list[Word]:
    """The words without those that the engine read from vertical rules between cells: i, j, |."""
    inner = [cell for table in tables for cell in _inner(table)]
    return [word for word in words if not any(_is_of_rule(word, cell) for cell in inner)]


def _inner(table: Cells) -> Iterator[Box]:
    """The cells that have another one to their left."""
    for one, other in pairwise(table):
        if one.top == other.top:
            yield other


def _is_of_rule(word: Word, cell: Box) -> bool:
    """Whether a word is a thin letter on the left edge of a cell."""
    box = word.box
    on_edge = cell.top <= box.centre_y <= cell.bottom and abs(box.centre_x - cell.left) <= _NEAR
    thin = len(word.text) <= 2 and word.box.width <= _THIN and not word.text.isdecimal()
    return on_edge and thin


@dataclass(frozen=True, slots=True)
class DividedLines:
    """A page's lines above a table, in it (in reading order), and below it."""

    above: list[Line]
    inside: list[Line]
    below: list[Line]


def divide_at(lines: Iterable[Line], table: Cells, height: float) -> DividedLines | None:
    """The lines divided at a table with the given cells; lines that reach into it are cut. None if it has no
    words.

    `height` is that of the page's words in points.
    """
    frame = union(table)
    inside: list[Word] = []
    divided = DividedLines([], [], [])
    for line in lines:
        rest: list[Word] = []
        for word in line.words:
            (inside if frame.holds(word.box) else rest).append(word)
        if rest:
            upper = line.middle < frame.centre_y
            (divided.above if upper else divided.below).append(line_of(rest))
    if not inside:
        return None
    divided.inside.extend(_in_cells(inside, table, height))
    return divided


def _in_cells(words: Sequence[Word], table: Cells, height: float) -> list[Line]:
    """The lines of the words: one for a row of cells with at most one line each, else those of each cell."""
    rows = [list(row) for _, row in groupby(table, key=lambda cell: cell.top)]
    held: dict[Box, list[Word]] = {cell: [] for cell in table}
    for word in words:
        box = word.box
        row = min(rows, key=lambda row: _outside(box.centre_y, row[0].top, row[0].bottom))
        held[min(row, key=lambda cell: _outside(box.centre_x, cell.left, cell.right))].append(word)
    found: list[Line] = []
    for row in rows:
        cells = [rows_of([line_of([word]) for word in held[cell]], height) for cell in row if held[cell]]
        if all(len(lines) == 1 for lines in cells):
            found += [line_of([word for lines in cells for word in lines[0].words])] if cells else []
        else:
            found += [line for lines in cells for line in lines]
    return found


def _outside(at: float, start: float, end: float) -> float:
    """The distance of a coordinate from an interval; 0 inside."""
    return max(start - at, at - end, 0)
