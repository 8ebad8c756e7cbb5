"""Text lines of a page and rows of lines: the input of the reading order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from scanflow.model import Box, Word

NEXT_ROW = 0.6
"""Lines whose middles are further apart than this (in heights of the text) are in different rows."""

_ONE_COLUMN = 0.5
"""Blocks that share more than this part of the narrower one's width are in one column."""


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one text line, left to right, and its box in points."""

    words: tuple[Word, ...]
    box: Box

    @property
    def middle(self) -> float:
        return (self.box.top + self.box.bottom) / 2

    @property
    def centre(self) -> float:
        return (self.box.left + self.box.right) / 2

    @property
    def block(self) -> int:
        return self.words[0].block


def line_of(words: Sequence[Word]) -> Line:
    """The words as one line."""
    boxes = [word.box for word in words]
    # The high box of a seal or rule must not move the line: the median word decides its top and bottom.
    box = Box(
        min(box.left for box in boxes),
        median(box.top for box in boxes),
        max(box.right for box in boxes),
        median(box.bottom for box in boxes),
    )
    return Line(tuple(sorted(words, key=lambda word: word.box.left)), box)


def lines_of(words: Iterable[Word]) -> list[Line]:
    """The engine's lines, in its order."""
    grouped: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        grouped.setdefault((word.block, word.line), []).append(word)
    return [line_of(line) for line in grouped.values()]


def downwards(lines: Iterable[Line]) -> list[Line]:
    """Lines in the engine's order, except that no block comes before a block above it.

    On poor copies the engine may take a list in the middle of a page for a separate column and give it first.
    """
    blocks: dict[int, list[Line]] = {}
    for line in lines:
        blocks.setdefault(line.block, []).append(line)
    waiting = list(blocks.values())
    found: list[Line] = []
    while waiting:
        free = (block for block in waiting if not any(_is_above(other, block) for other in waiting))
        chosen = next(free, waiting[0])
        waiting.remove(chosen)
        found += chosen
    return found


def _is_above(upper: Sequence[Line], lower: Sequence[Line]) -> bool:
    """Whether a block is completely above another one in the same column."""
    if max(line.middle for line in upper) >= min(line.middle for line in lower):
        return False
    (left, right), (other_left, other_right) = map(_extent, (upper, lower))
    common = min(right, other_right) - max(left, other_left)
    return common > _ONE_COLUMN * min(right - left, other_right - other_left)


def _extent(block: Sequence[Line]) -> tuple[float, float]:
    return min(line.box.left for line in block), max(line.box.right for line in block)


def rows_of(lines: Iterable[Line], height: float) -> list[Line]:
    """Rows from top to bottom: lines at the same height are joined. `height`: that of the text in points."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < NEXT_ROW * height:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line_of([word for line in row for word in line.words]) for row in rows]
