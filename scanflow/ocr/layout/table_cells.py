"""Reading order in ruled tables: row by row, in each row cell by cell, each cell from top to bottom.

Without the rules, the lines of neighbouring cells that stand level look like one line: `Số lượng Số lượng`
above `cổ phần cổ đông`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from scanflow.model import Box, Word, union
from scanflow.ocr.layout.lines import Line, line_of, rows_of

Cells = Sequence[Box]
"""A table's, row by row: those of a row have one top and one bottom."""


# Points: the greatest width of what the engine makes of a piece of a rule, and its distance from the rule.
_THIN, _NEAR = 6.0, 3.5


def drop_rule_scraps(words: Sequence[Word], tables: Iterable[Cells]) -> list[Word]:
    """The words without those that the engine made of upright rules between cells: i, j, |."""
    inner = [cell for table in tables for cell in _inner(table)]
    return [word for word in words if not any(_is_of_rule(word, cell) for cell in inner)]


def _inner(table: Cells) -> Iterator[Box]:
    """The cells that have another one at their left."""
    for one, other in pairwise(table):
        if one.top == other.top:
            yield other


def _is_of_rule(word: Word, cell: Box) -> bool:
    """Whether a word is a thin letter on the left edge of a cell."""
    middle, centre = (word.box.top + word.box.bottom) / 2, (word.box.left + word.box.right) / 2
    on_edge = cell.top <= middle <= cell.bottom and abs(centre - cell.left) <= _NEAR
    thin = len(word.text) <= 2 and word.box.width <= _THIN and not word.text.isdecimal()
    return on_edge and thin


@dataclass(frozen=True, slots=True)
class Parted:
    """A page's lines above a table, in it (in reading order), and below it."""

    above: list[Line]
    inside: list[Line]
    below: list[Line]


def part_at(lines: Iterable[Line], table: Cells, height: float) -> Parted | None:
    """Lines parted at a table with the given cells, lines that reach into it cut; None where it is empty.

    `height` is that of the page's words.
    """
    frame = union(table)
    inside: list[Word] = []
    parted = Parted([], [], [])
    for line in lines:
        rest: list[Word] = []
        for word in line.words:
            (inside if frame.holds(word.box) else rest).append(word)
        if rest:
            upper = line.middle < (frame.top + frame.bottom) / 2
            (parted.above if upper else parted.below).append(line_of(rest))
    if not inside:
        return None
    parted.inside.extend(_in_cells(inside, table, height))
    return parted


def _in_cells(words: Sequence[Word], table: Cells, height: float) -> list[Line]:
    """The words' lines: one for a row of cells with a line each, else those of each cell by themselves."""
    rows = [list(row) for _, row in groupby(table, key=lambda cell: cell.top)]
    held: dict[Box, list[Word]] = {cell: [] for cell in table}
    for word in words:
        middle = (word.box.top + word.box.bottom) / 2
        row = min(rows, key=lambda row: _outside(middle, row[0].top, row[0].bottom))
        centre = (word.box.left + word.box.right) / 2
        held[min(row, key=lambda cell: _outside(centre, cell.left, cell.right))].append(word)
    found: list[Line] = []
    for row in rows:
        cells = [rows_of([line_of([word]) for word in held[cell]], height) for cell in row if held[cell]]
        if all(len(lines) == 1 for lines in cells):
            found += [line_of([word for lines in cells for word in lines[0].words])] if cells else []
        else:
            found += [line for lines in cells for line in lines]
    return found


def _outside(at: float, start: float, end: float) -> float:
    """How far a place is from a stretch; 0 in it."""
    return max(start - at, at - end, 0)
