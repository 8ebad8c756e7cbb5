"""A read page as printed lines: position, letter height, share of capitals."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from statistics import median

from scanflow.model import Box, PageReading, Seal, Word, union
from scanflow.text.folding import aligned_fold
from scanflow.text.national_head import is_national_head

# From this share of capitals on a line is set in capitals.
CAPITALS = 0.6
# Words of one line that are further apart than so many letter heights belong to different columns.
COLUMN_GAP = 2.5


@dataclass(frozen=True)
class Line:
    """One line of print. `height` is the median height of its words in points."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def folded(self) -> str:
        return aligned_fold(self.text)

    @cached_property
    def box(self) -> Box:
        return union([word.box for word in self.words])

    @cached_property
    def height(self) -> float:
        return median(word.box.height for word in self.words)

    @cached_property
    def capitals(self) -> float:
        """Share of capitals among the letters."""
        letters = [letter for letter in self.text if letter.isalpha()]
        return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0


@dataclass(frozen=True)
class PageView:
    """The lines of one page in reading order; `width` and `height` in points; the seals on it."""

    lines: tuple[Line, ...]
    width: float
    height: float
    seals: tuple[Seal, ...] = ()

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def letter_height(self) -> float:
        """The usual height of a word on the page, in points."""
        return median([line.height for line in self.lines]) if self.lines else 0.0

    @cached_property
    def motto(self) -> Line | None:
        """The national head (quốc hiệu, tiêu ngữ) in the upper third, where every official paper begins."""
        for line in self.lines:
            if line.box.top < self.height / 3 and is_national_head(line.folded):
                return line
        return None


def view(reading: PageReading) -> PageView:
    """The page as lines."""
    return view_of(reading.words, reading.size, reading.seals)


def view_of(words: Sequence[Word], size: tuple[float, float], seals: tuple[Seal, ...] = ()) -> PageView:
    """The same for a page of which only words, size (points) and seals are known."""
    width, height = size
    return PageView(tuple(_lines(words)), width, height, seals)


def _is_visible(word: Word) -> bool:
    return len(word.text) > 1 or re.search(r"[\w+–-]", word.text) is not None


def _lines(words: Sequence[Word]) -> Iterator[Line]:
    """The lines of the text, without the words of stamps and electronic signatures."""
    visible = (word for word in words if word.kind != "stamp" and _is_visible(word))
    for _, group in groupby(visible, key=lambda word: (word.block, word.line)):
        line = sorted(group, key=lambda word: word.box.left)
        height = median(word.box.height for word in line)
        start = 0
        for index, (left, right) in enumerate(pairwise(line), start=1):
            if right.box.left - left.box.right > COLUMN_GAP * height:
                yield Line(tuple(line[start:index]))
                start = index
        yield Line(tuple(line[start:]))
