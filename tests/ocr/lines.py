"""Lines of words as an engine gives them."""

from scanflow.model import Box, Word

SIZE = (595.0, 842.0)  # A4 in points
HEIGHT = 10.0
LETTER = 5.5


def line(text: str, left: float, top: float, block: int, number: int = 0) -> list[Word]:
    """A line of words, 5.5 points a letter, as an engine would give it."""
    words = []
    for word in text.split():
        right = left + LETTER * len(word)
        words.append(Word(word, Box(left, top, right, top + HEIGHT), 0.9, block, number))
        left = right + 0.6 * LETTER
    return words


def text(words: list[Word]) -> list[str]:
    """The lines as they come."""
    lines: dict[tuple[int, int], list[str]] = {}
    for word in words:
        lines.setdefault((word.block, word.line), []).append(word.text)
    return [" ".join(line) for line in lines.values()]


def joined(left: list[Word], right: list[Word]) -> list[Word]:
    """Two columns' lines that the engine took for one line."""
    first = left[0]
    return left + [Word(w.text, w.box, w.confidence, first.block, first.line) for w in right]
