"""Reading order in ruled tables: row by row, in each row cell by cell, each cell from top to bottom.

Without the rules, the lines of neighbouring cells that stand level look like one line: `Số lượng Số lượng`
above `cổ phần cổ đông`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanflow.model import Box, Word
from scanflow.ocr.lines import Line, line_of, rows_of

Cells = Sequence[Box]

_SAME_ROW = 0.5  # of the lower cell's height: cells whose upper rules differ by less begin one row


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
    frame = _frame(table)
    inside: list[Word] = []
    parted = Parted([], [], [])
    for line in lines:
        within = [word for word in line.words if _holds(frame, word.box)]
        inside += within
        rest = [word for word in line.words if word not in within]
        if rest:
            upper = line.middle < (frame.top + frame.bottom) / 2
            (parted.above if upper else parted.below).append(line_of(rest))
    if not inside:
        return None
    parted.inside.extend(_in_cells(inside, table, height))
    return parted


def _in_cells(words: Sequence[Word], table: Cells, height: float) -> list[Line]:
    """The words' lines: one for a row of cells with a line each, else those of each cell by themselves."""
    held: dict[Box, list[Word]] = {cell: [] for cell in _ordered(table)}
    for word in words:
        held[min(table, key=lambda cell: _distance(cell, word.box))].append(word)
    rows = _rows_of_cells(cell for cell in held if held[cell])
    found: list[Line] = []
    for row in rows:
        cells = [rows_of([line_of([word]) for word in held[cell]], height) for cell in row]
        if all(len(lines) == 1 for lines in cells):
            found.append(line_of([word for lines in cells for word in lines[0].words]))
        else:
            found += [line for lines in cells for line in lines]
    return found


def _ordered(table: Cells) -> list[Box]:
    return [cell for row in _rows_of_cells(table) for cell in row]


def _rows_of_cells(cells: Iterable[Box]) -> list[list[Box]]:
    """Cells that begin at one height, from left to right; a cell of two rows belongs to the upper one."""
    rows: list[list[Box]] = []
    for cell in sorted(cells, key=lambda cell: cell.top):
        if rows and cell.top - rows[-1][0].top < _SAME_ROW * min(cell.height, rows[-1][0].height):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [sorted(row, key=lambda cell: cell.left) for row in rows]


def _frame(table: Cells) -> Box:
    return Box(
        min(cell.left for cell in table),
        min(cell.top for cell in table),
        max(cell.right for cell in table),
        max(cell.bottom for cell in table),
    )


def _holds(frame: Box, box: Box) -> bool:
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return frame.left < across < frame.right and frame.top < down < frame.bottom


def _distance(cell: Box, box: Box) -> float:
    """How far a word's middle is outside the cell, in points."""
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return max(cell.left - across, across - cell.right, 0) + max(cell.top - down, down - cell.bottom, 0)
