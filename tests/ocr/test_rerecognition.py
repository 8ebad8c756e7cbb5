import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine, open_engine
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection.rerecognition import rerecognize_uncertain_lines
from scanflow.settings import OcrSettings
from scanflow.text.folding import fold
from tests.ocr.pages import BODY, DPI, official_page

COPY: NDArray[np.uint8] = np.full((1000, 1000), 255, dtype=np.uint8)
DOTS = 72.0  # one pixel a point, so that places are easy to follow


def words(*texts_and_confidences: tuple[str, float], line: int = 0) -> list[Word]:
    """A line of words 40 points wide, 50 apart, 20 high."""
    return [
        Word(text, Box(100 + 50 * i, 100 + 40 * line, 140 + 50 * i, 120 + 40 * line), confidence, 3, line)
        for i, (text, confidence) in enumerate(texts_and_confidences)
    ]


class AnsweringEngine:
    """Gives the same words for every line, where they would stand in the part cut out."""

    scale = TESSERACT

    def __init__(self, said: list[Word]) -> None:
        self.said, self.asked = said, 0

    def recognize_line(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        self.asked += 1
        assert (grey.shape[0], dpi) == (20, DOTS)
        beside = 3
        return [
            Word(
                w.text, Box(w.box.left - 100 + beside, 0, w.box.right - 100 + beside, 20), w.confidence, 0, 0
            )
            for w in self.said
        ]


def text(read: list[Word]) -> str:
    return " ".join(word.text for word in read)


def test_the_surer_reading_of_each_word_is_kept() -> None:
    first = words(("Quyét", 0.5), ("định", 0.9), ("sô", 0.8))
    engine = AnsweringEngine(words(("Quyết", 0.9), ("đinh", 0.6), ("số", 0.95)))
    read = rerecognize_uncertain_lines(first, COPY, DOTS, engine)
    assert text(read) == "Quyết định số"
    assert {(word.block, word.line) for word in read} == {(3, 0)}
    assert read[0].box.left == pytest.approx(100, abs=1)
    assert read[0].box.top == pytest.approx(100, abs=1)


def test_a_word_stays_at_the_place_of_the_first_reading() -> None:
    second = words(("Quyết", 0.9), ("định", 0.9))
    second[1] = Word("định", Box(141, 100, 190, 120), 0.95, 3, 0)
    read = rerecognize_uncertain_lines(
        words(("Quyét", 0.5), ("đinh", 0.6)), COPY, DOTS, AnsweringEngine(second)
    )
    assert text(read) == "Quyết định"
    assert read[1].box == Box(150, 100, 190, 120)


def test_an_implausible_word_must_be_much_surer() -> None:
    first = words(("nghị", 0.5), ("định", 0.9))
    assert (
        text(
            rerecognize_uncertain_lines(
                first, COPY, DOTS, AnsweringEngine(words(("nghj;", 0.9), ("định", 0.9)))
            )
        )
        == "nghị định"
    )


def test_no_word_is_lost_or_made_up() -> None:
    first = words(("Điều", 0.9), ("1.", 0.4), ("Phê", 0.9))
    assert rerecognize_uncertain_lines(first, COPY, DOTS, AnsweringEngine([])) == first
    more = words(("Điều", 0.5), ("1.", 0.3), ("Phê", 0.5), ("—", 0.99))
    assert text(rerecognize_uncertain_lines(first, COPY, DOTS, AnsweringEngine(more))) == "Điều 1. Phê"


def test_words_that_were_split_or_joined_are_weighed_together() -> None:
    joined = [Word("Quyếtđịnh", Box(100, 100, 190, 120), 0.6, 3, 0)]
    read = rerecognize_uncertain_lines(
        joined, COPY, DOTS, AnsweringEngine(words(("Quyết", 0.9), ("định", 0.9)))
    )
    assert text(read) == "Quyết định"


def test_sure_lines_and_scrawls_are_left_alone() -> None:
    engine = AnsweringEngine([])
    sure, scrawl = words(("Điều", 0.9), ("1", 0.8)), words(("f£¬", 0.1), ("Hộ", 0.2), line=1)
    assert rerecognize_uncertain_lines([*sure, *scrawl], COPY, DOTS, engine) == [*sure, *scrawl]
    assert engine.asked == 0


def test_only_a_few_lines_are_read_again() -> None:
    engine = AnsweringEngine([])
    page = [word for line in range(20) for word in words(("Điều", 0.9), ("1", 0.6), line=line)]
    assert rerecognize_uncertain_lines(page, COPY, DOTS, engine) == page
    assert engine.asked == 5


def test_a_spoilt_line_is_read_anew_with_tesseract() -> None:
    """A line whose words were spoilt is read anew from the page; its neighbours are not touched."""
    page = official_page()
    engine = open_engine(OcrSettings())
    assert isinstance(engine, LineEngine)
    read = engine.recognize(page, DPI)
    line = next(word for word in read if word.text == "Xét")
    spoilt = [
        Word("ỗ", word.box, 0.55, word.block, word.line)
        if (word.block, word.line) == (line.block, line.line)
        else word
        for word in read
    ]
    again = rerecognize_uncertain_lines(spoilt, page, DPI, engine)
    anew = [w.text for w in again if (w.block, w.line) == (line.block, line.line)]
    assert fold(" ".join(anew)) == fold(BODY[2])  # its marks are what the two readings are weighed for
    assert len(again) == len(read)
    assert again[0] == read[0]
