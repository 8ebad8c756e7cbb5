"""Words and seals of a page that a person turns go where they then stand."""

from scanflow.archive.documents.page_words import PageWords
from scanflow.model import Box, Seal, Word
from scanflow.review.corrections.page_rotation import turned_page


def test_words_and_seals_turn_together() -> None:
    box = Box(400.0, 600.0, 500.0, 700.0)
    page = PageWords((595.0, 842.0), (Word("Hà", box, 0.9, 0, 0),), "e", seals=(Seal(box, "round", "red"),))
    turned = turned_page(page, 90)
    assert turned.size == (842.0, 595.0)
    assert turned.seals[0].box == turned.words[0].box == Box(142.0, 400.0, 242.0, 500.0)
    assert turned_page(turned, 270) == page
