"""Lines of words on a page; rows, which join lines at the same height; and phrases, which divide lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from scanflow.model import Box, Word

NEXT_ROW = 0.6
"""Lines whose middles are at least so far apart (in heights of the text) are in different rows."""

_ONE_COLUMN = 0.5
"""Blocks that share more than this part of the narrower one's width are in one column."""

_WIDE_SPACE = 1.3
"""Words with a wider space between them (in heights of words) are not in one phrase."""


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one text line, left to right, and its box in points."""

    words: tuple[Word, ...]
    box: Box

    @property
    def middle(self) -> float:
        """The vertical middle."""
        return self.box.centre_y

    @property
    def centre(self) -> float:
        """The horizontal centre."""
        return self.box.centre_x

    @property
    def block(self) -> int:
        return self.words[0].block


def line_of(words: Sequence[Word]) -> Line:
    """The words as one line."""
    boxes = [word.box for word in words]
    # The medians, since the high box of a word that was read from a seal or rule must not move the line.
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
    """Lines in the engine's order, except that no block comes before a block above it in the same column.

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
    """Whether all line middles of a block are above those of another one in the same column."""
    if max(line.middle for line in upper) >= min(line.middle for line in lower):
        return False
    (left, right), (other_left, other_right) = map(_extent, (upper, lower))
    common = min(right, other_right) - max(left, other_left)
    return common > _ONE_COLUMN * min(right - left, other_right - other_left)


def _extent(block: Sequence[Line]) -> tuple[float, float]:
    return min(line.box.left for line in block), max(line.box.right for line in block)


def rows_of(lines: Iterable[Line], height: float) -> list[Line]:
    """Rows from top to bottom: lines at the same height are joined.

    `height`: the height of the text's words in points.
    """
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < NEXT_ROW * height:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line_of([word for line in row for word in line.words]) for row in rows]


def phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words of each line, left to right, divided at wide spaces."""
    space = _WIDE_SPACE * median([word.box.height for word in words] or [0.0])
    for _, line in groupby(words, key=lambda word: (word.block, word.line)):
        phrase: list[Word] = []
        for word in sorted(line, key=lambda word: word.box.left):
            if phrase and word.box.left - phrase[-1].box.right > space:
                yield phrase
                phrase = []
            phrase.append(word)
        yield phrase
