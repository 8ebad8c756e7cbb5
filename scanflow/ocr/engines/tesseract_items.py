"""The words of a page that Tesseract has analysed or recognized, with their blocks and lines."""

from collections.abc import Iterator

import tesserocr


def numbered_words(items: tesserocr.PyPageIterator) -> Iterator[tuple[int, int, tesserocr.PyPageIterator]]:
    """Block and line of each word, counted from 0, and the iterator, which stands at that word.

    Lines are counted anew in each block. It is the same iterator each time, so a caller must not keep it.
    """
    block = line = -1
    for item in tesserocr.iterate_level(items, tesserocr.RIL.WORD):
        if item.IsAtBeginningOf(tesserocr.RIL.BLOCK):
            block, line = block + 1, -1
        if item.IsAtBeginningOf(tesserocr.RIL.TEXTLINE):
            line += 1
        yield block, line, item
