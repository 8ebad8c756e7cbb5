"""Insert words that were read separately among those of their page: on a line, below one, or as a block."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from scanflow.model import Word
from scanflow.ocr.layout.lines import Line, line_of, lines_of

# Multiples of the height of the page's words.
SAME_ROW = 0.5
NEAR = 4.0  # the greatest distance to a line above in the same paragraph


def insert_words(words: Sequence[Word], found: Sequence[Word]) -> list[Word]:
    """The words with those found inserted: on the line at their height, else below the line above them."""
    height = median(word.box.height for word in words or found)
    new = line_of(found)
    lines = lines_of(words)
    beside = [line for line in lines if abs(line.middle - new.middle) < SAME_ROW * height]
    if beside:
        host = min(beside, key=lambda line: _apart(line, new))
        return _insert_after(words, host, found, (host.block, host.words[0].line))
    above = [line for line in lines if line.middle < new.middle and _apart(line, new) <= 0]
    if not above:
        return [*(replace(word, block=_next(words), line=0) for word in found), *words]
    last = max(above, key=lambda line: line.middle)
    if new.middle - last.middle > NEAR * height:
        return _insert_after(words, last, found, (_next(words), 0))
    numbers = (word.line for word in words if word.block == last.block)
    return _insert_after(words, last, found, (last.block, 1 + max(numbers)))


def _next(words: Sequence[Word]) -> int:
    return 1 + max((word.block for word in words), default=-1)


def _insert_after(
    words: Sequence[Word], line: Line, found: Sequence[Word], number: tuple[int, int]
) -> list[Word]:
    """The words with those found inserted after a line, with the given numbers of block and line."""
    place = 1 + max(index for index, word in enumerate(words) if word in line.words)
    block, row = number
    return [*words[:place], *(replace(word, block=block, line=row) for word in found), *words[place:]]


def _apart(one: Line, other: Line) -> float:
    """The horizontal space between two lines; negative where they overlap horizontally."""
    return max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
