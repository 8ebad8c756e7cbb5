"""Inserts words that were read separately among those of their page: on a line, below it, or as a block."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from scanflow.model import Word
from scanflow.ocr.layout.lines import Line, line_of, lines_of

# Multiples of the height of the page's words: the greatest distance between the middles of two lines that are
# in one row, and of two that are in one block.
SAME_ROW = 0.5
SAME_BLOCK = 4.0


def insert_words(words: Sequence[Word], found: Sequence[Word]) -> list[Word]:
    """The words of a page, with the words `found` of one row inserted in reading order.

    They go to the nearest line in the same row, else into the block of the lowest line above them, else into
    a new block: after that line, or before all others where no line is above them.
    """
    height = median(word.box.height for word in words or found)
    new = line_of(found)
    lines = lines_of(words)
    beside = [line for line in lines if abs(line.middle - new.middle) < SAME_ROW * height]
    if beside:
        nearest = max(beside, key=lambda line: line.box.shared_width(new.box))
        return _insert_after(words, nearest, found, (nearest.block, nearest.words[0].line))
    next_block = 1 + max((word.block for word in words), default=-1)
    above = [line for line in lines if line.middle < new.middle and line.box.shared_width(new.box) >= 0]
    if not above:
        return [*(replace(word, block=next_block, line=0) for word in found), *words]
    last = max(above, key=lambda line: line.middle)
    if new.middle - last.middle > SAME_BLOCK * height:
        return _insert_after(words, last, found, (next_block, 0))
    numbers = (word.line for word in words if word.block == last.block)
    return _insert_after(words, last, found, (last.block, 1 + max(numbers)))


def _insert_after(
    words: Sequence[Word], line: Line, found: Sequence[Word], number: tuple[int, int]
) -> list[Word]:
    """The words with those found inserted after the last word of `line`; `number`: their block and line."""
    place = 1 + max(index for index, word in enumerate(words) if word in line.words)
    block, row = number
    return [*words[:place], *(replace(word, block=block, line=row) for word in found), *words[place:]]
