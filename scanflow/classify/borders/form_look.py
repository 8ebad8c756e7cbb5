"""How much a page looks like a form, blank or filled in, each from 0 to 1."""

from collections.abc import Sequence

from scanflow.classify import page_patterns as patterns
from scanflow.classify.page_view import Line, PageView
from scanflow.model import PageReading

# A line of so many words is running text, unless it is set in capitals.
LONG_LINE = 7


def open_form(page: PageView, head: Sequence[Line]) -> float:
    """How much it looks like a blank form: open dates and labels, instructions, a placeholder in the head.

    `head` are the lines of the page's head.
    """
    signs = sum(bool(patterns.OPEN_DATE.search(line.folded)) for line in page.lines)
    signs += sum(bool(patterns.OPEN_NUMBER.search(line.folded)) for line in head)
    signs += sum(bool(patterns.INSTRUCTION.search(line.folded)) for line in page.lines)
    short = [line for line in page.lines if len(line.words) < LONG_LINE]
    labels = sum(bool(patterns.OPEN_LABEL.search(line.folded)) for line in short)
    return min(1.0, has_placeholder(head) + signs / 4 + labels / 8)


def has_placeholder(head: Sequence[Line]) -> bool:
    """Whether the lines of a head have a placeholder in the place of an agency's name."""
    return any(patterns.PLACEHOLDER.match(line.folded) for line in head)


def filled_form(page: PageView, reading: PageReading) -> float:
    """How much it looks like a form that somebody filled in: numbers of persons, handwriting."""
    pen = sum(word.kind in ("handwriting", "pen") for word in reading.words)
    numbers = sum(bool(patterns.IDENTITY.search(line.text)) for line in page.lines)
    return min(1.0, (numbers + pen / 10) / 2)


def typed_form(page: PageView) -> float:
    """How much it looks like a form that was typed: how many of its lines are a label and a value.

    Two such lines occur in any text and don't count.
    """
    short = [line for line in page.lines if len(line.words) <= 2 * LONG_LINE]
    return min(1.0, max(0, sum(bool(patterns.ANSWER.match(line.folded)) for line in short) - 2) / 4)
