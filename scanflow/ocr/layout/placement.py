"""Where words belong that were read apart from the page: on a line of it, below one, or by themselves."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from scanflow.model import Word
from scanflow.ocr.layout.lines import Line, line_of, lines_of

# Multiples of the height of the page's words.
SAME_ROW = 0.5
NEAR = 4.0  # how far a line above may be to be of the same paragraph


def insert_words(words: Sequence[Word], found: Sequence[Word]) -> list[Word]:
    """The words with those found: on the line that stands at their height, else below the line above them."""
    height = median(word.box.height for word in words or found)
    new = line_of(found)
    lines = lines_of(words)
    beside = [line for line in lines if abs(line.middle - new.middle) < SAME_ROW * height]
    if beside:
        host = min(beside, key=lambda line: _apart(line, new))
        return _behind(words, host, found, (host.block, host.words[0].line))
    above = [line for line in lines if line.middle < new.middle and _apart(line, new) <= 0]
    if not above:
        return [*(replace(word, block=_next(words), line=0) for word in found), *words]
    last = max(above, key=lambda line: line.middle)
    if new.middle - last.middle > NEAR * height:
        return _behind(words, last, found, (_next(words), 0))
    numbers = (word.line for word in words if word.block == last.block)
    return _behind(words, last, found, (last.block, 1 + max(numbers)))


def _next(words: Sequence[Word]) -> int:
    return 1 + max((word.block for word in words), default=-1)


def _behind(words: Sequence[Word], line: Line, found: Sequence[Word], number: tuple[int, int]) -> list[Word]:
    """The words with those found set in behind a line, under a block's and a line's number."""
    place = 1 + max(index for index, word in enumerate(words) if word in line.words)
    block, row = number
    return [*words[:place], *(replace(word, block=block, line=row) for word in found), *words[place:]]


def _apart(one: Line, other: Line) -> float:
    """The space between two lines across the page; below zero where one stands over the other."""
    return max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
