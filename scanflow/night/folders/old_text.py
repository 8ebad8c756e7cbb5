"""Which pages keep their old text layer: those where it is better than the new reading."""

from scanflow.capture.pdf.layer_quality import layer_quality
from scanflow.errors import InputError
from scanflow.model import Box, Word
from scanflow.pipeline.standalone.read_files import ReadFile, ReadPage

_MARGIN = 0.05
"""The old layer's quality (0 to 1) must be better by this: engines vary as much from page to page."""
_AS_LONG = 0.8
"""An old layer with a smaller share of the number of words that we read lacks a part of the page."""
_MUCH_LONGER = 2.0
"""A layer of fair quality with so many times the words that we read has text that we didn't find."""
_FAIR = 0.5


def pages_with_better_text(read: ReadFile) -> frozenset[int]:
    """The numbers of the pages whose old text layer is better than the new reading."""
    return frozenset(page.captured.no for page in read.pages if _keeps_its_text(page))


def _keeps_its_text(page: ReadPage) -> bool:
    layer, reading = page.captured.layer, page.reading
    if layer is None or isinstance(reading, InputError):
        return False
    old = [_word(text) for text in layer.split()]
    if len(old) < _AS_LONG * len(reading.printed):
        return False
    before, after = layer_quality(old, (), scan=True), layer_quality(reading.printed, (), scan=True)
    if len(old) > _MUCH_LONGER * len(reading.printed):
        return before >= max(_FAIR, after - _MARGIN)
    return before > after + _MARGIN


def _word(text: str) -> Word:
    return Word(text, Box(0, 0, 0, 0), confidence=0.0, block=0, line=0)
