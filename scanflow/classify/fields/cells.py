"""Table cells as labels and values: a label's value is in the cell to its right, or below it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from scanflow.classify.fields.searchable import Searchable, searchable
from scanflow.classify.page_view import Line, PageView
from scanflow.model import Word

_LONGEST_LABEL = 8
"""Words. A longer cell holds text, and is no label."""


def cells_text(pages: Sequence[PageView]) -> Searchable:
    """Each cell with its neighbour to the right, then with the one below, as lines that rules can search.

    Only cells of rows that have several count: running text has none.
    """
    lines: list[tuple[int, Sequence[Word]]] = []
    for no, page in enumerate(pages, start=1):
        rows = list(rows_of(page))
        lines += [(no, (*_as_label(a), *b.words)) for row in rows for a, b in pairwise(row) if _is_label(a)]
        lines += [(no, (*_as_label(a), *b.words)) for a, b in _columns(rows) if _is_label(a)]
    return searchable(lines)


def rows_text(pages: Sequence[PageView]) -> Searchable:
    """Lines side by side as one line, so that a label and a value far from it are together."""
    return searchable(
        (no, [word for line in row for word in line.words])
        for no, page in enumerate(pages, start=1)
        for row in all_rows(page)
    )


def rows_of(page: PageView) -> Iterator[list[Line]]:
    """The rows of a page with several lines side by side, from left to right."""
    return (row for row in all_rows(page) if len(row) > 1)


def all_rows(page: PageView) -> Iterator[list[Line]]:
    """The lines of a page by rows, from left to right in each."""
    row: list[Line] = []
    for line in sorted(page.lines, key=lambda line: line.box.centre_y):
        if row and not line.box.is_on_row_of(row[0].box):
            yield sorted(row, key=lambda line: line.box.left)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda line: line.box.left)


def _columns(rows: Sequence[list[Line]]) -> Iterator[tuple[Line, Line]]:
    """Each cell with the one below it in the next row, where both rows have the same number of cells."""
    for upper, lower in pairwise(rows):
        if len(upper) == len(lower):
            yield from ((a, b) for a, b in zip(upper, lower, strict=True) if a.box.shared_width(b.box) > 0)


def _is_label(line: Line) -> bool:
    return len(line.words) <= _LONGEST_LABEL and not any(letter.isdigit() for letter in line.text)


def _as_label(line: Line) -> tuple[Word, ...]:
    """The label's words, the last of them with a colon, which labels in tables often lack."""
    *before, last = line.words
    if last.text.endswith((":", ".")):
        return line.words
    return (*before, Word(f"{last.text}:", last.box, last.confidence, last.block, last.line, kind=last.kind))
