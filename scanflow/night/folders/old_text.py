"""Which pages keep the text that they came with: those where it is better than what we read."""

from scanflow.capture.pdf.layer_quality import layer_quality
from scanflow.errors import InputError
from scanflow.model import Box, Word
from scanflow.pipeline.standalone import ReadFile, ReadPage

_MARGIN = 0.05
"""So much better an old layer's quality must be (0 to 1): engines differ by as much from page to page."""
_AS_LONG = 0.8
"""Share of the words that we read which an old layer must have at least, or it lacks a part of the page."""
_MUCH_LONGER = 2.0
"""With so many times the words that we read, a layer of fair quality has what we didn't find."""
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
