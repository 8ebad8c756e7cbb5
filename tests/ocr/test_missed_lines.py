"""Lines that the page's analysis left out are read and put in their place; other ink is not read."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine, open_engine
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection.missed_lines import MOST, recover_missed_lines
from scanflow.settings import OcrSettings
from tests.ocr.pages import BODY, DPI, official_page

DOTS = 72.0  # one pixel a point
SIZE = 20  # of the letters
Copy = NDArray[np.uint8]


class AnsweringEngine:
    """Answers each row with the next of the given words, in the middle of the part cut out."""

    scale = TESSERACT

    def __init__(self, *said: tuple[str, float]) -> None:
        self.said, self.asked = list(said), 0
        self.widths: list[int] = []

    def recognize_line(self, grey: Copy, dpi: float) -> list[Word]:
        self.asked += 1
        self.widths.append(grey.shape[1])
        assert dpi == DOTS
        if not self.said:
            return []
        text, confidence = self.said.pop(0)
        height, width = grey.shape
        return [Word(text, Box(5, 5, width - 5, height - 5), confidence, 0, 0)]


def page(*rows: tuple[int, int, int]) -> Copy:
    """White, with rows of letter-like ink: left, top, count of letters."""
    copy = np.full((1000, 1000), 255, np.uint8)
    for left, top, count in rows:
        for no in range(count):
            cv2.rectangle(copy, (left + 14 * no, top), (left + 14 * no + 8, top + SIZE - 1), 0, -1)
    return copy


def read(place: tuple[int, int, int], text: str, *, line: int = 0, sure: float = 0.9) -> Word:
    left, top, count = place
    return Word(text, Box(left, top, left + 14 * count, top + SIZE), sure, 0, line)


ABOVE, BELOW = (100, 100, 20), (100, 160, 20)
LINES = [read(ABOVE, "Căn cứ"), read(BELOW, "Điều 1.", line=1)]


def texts(words: list[Word]) -> list[str]:
    return [word.text for word in words]


def test_a_row_between_two_lines_is_read_between_them() -> None:
    found = recover_missed_lines(
        LINES, page(ABOVE, BELOW, (180, 130, 6)), DOTS, AnsweringEngine(("Phong", 0.9))
    )
    assert texts(found) == ["Căn cứ", "Phong", "Điều 1."]
    new = found[1]
    assert new.block == 0
    assert new.line not in {0, 1}
    assert new.box.top == pytest.approx(130, abs=6)
    assert new.box.left == pytest.approx(180, abs=6)


def test_a_row_beside_a_line_joins_it() -> None:
    found = recover_missed_lines(
        LINES, page(ABOVE, BELOW, (600, 101, 6)), DOTS, AnsweringEngine(("Nam", 0.9))
    )
    assert texts(found) == ["Căn cứ", "Nam", "Điều 1."]
    assert (found[1].block, found[1].line) == (0, 0)


def test_a_row_far_below_is_a_block_of_its_own() -> None:
    found = recover_missed_lines(
        LINES, page(ABOVE, BELOW, (100, 700, 6)), DOTS, AnsweringEngine(("Lưu", 0.9))
    )
    assert texts(found) == ["Căn cứ", "Điều 1.", "Lưu"]
    assert found[-1].block == 1


def test_a_list_number_is_read_with_the_words_behind_it() -> None:
    engine = AnsweringEngine()
    recover_missed_lines(LINES, page(ABOVE, BELOW, (76, 100, 1)), DOTS, engine)
    assert engine.widths == [pytest.approx(24 + 20 * 14 + 2 * 7, abs=4)]


@pytest.mark.parametrize("place", [(30, 100, 1), (600, 100, 1), (76, 300, 1)])
def test_a_letter_far_from_a_line_or_behind_it_is_no_list_number(place: tuple[int, int, int]) -> None:
    engine = AnsweringEngine()
    recover_missed_lines(LINES, page(ABOVE, BELOW, place), DOTS, engine)
    assert engine.asked == 0


def test_the_stop_of_a_lost_list_number_does_not_hide_it() -> None:
    stop = Word(".", Box(88, 115, 92, 119), 0.9, 0, 0)
    engine = AnsweringEngine()
    recover_missed_lines([stop, *LINES], page(ABOVE, BELOW, (76, 100, 1)), DOTS, engine)
    assert engine.asked == 1


@pytest.mark.parametrize("said", [("Phong", 0.5), ("x~yz", 0.9), ("PHOTOCOPY", 0.8)])
def test_what_is_read_unsurely_or_is_no_word_is_left_out(said: tuple[str, float]) -> None:
    assert (
        recover_missed_lines(LINES, page(ABOVE, BELOW, (180, 130, 6)), DOTS, AnsweringEngine(said)) == LINES
    )


def test_a_foreign_word_has_to_be_surer() -> None:
    found = recover_missed_lines(
        LINES, page(ABOVE, BELOW, (180, 130, 6)), DOTS, AnsweringEngine(("PHOTOCOPY", 0.9))
    )
    assert texts(found) == ["Căn cứ", "PHOTOCOPY", "Điều 1."]


def test_a_machine_readable_line_is_kept_by_its_shape() -> None:
    line = "IDVNM2030003754093203000375<<4"
    found = recover_missed_lines(
        LINES, page(ABOVE, BELOW, (180, 130, 30)), DOTS, AnsweringEngine((line, 0.5))
    )
    assert line in texts(found)


@pytest.mark.parametrize(("said", "kept"), [("Ihuỳnh", True), ("Ihuýnk", False), ("huỳnh", False)])
def test_a_family_name_whose_first_letter_was_crossed_is_believed_by_the_rest(said: str, kept: bool) -> None:
    found = recover_missed_lines(LINES, page(ABOVE, BELOW, (180, 130, 6)), DOTS, AnsweringEngine((said, 0.3)))
    assert (said in texts(found)) is kept


def test_the_rest_of_a_word_whose_box_was_cut_is_not_read_twice() -> None:
    copy = page(ABOVE, BELOW, (180, 130, 6))
    cut = read((100, 130, 5), "ĐỒNG", line=2)
    assert recover_missed_lines([*LINES, cut], copy, DOTS, AnsweringEngine(("ÔNG", 0.9))) == [*LINES, cut]
    assert "NAM" in texts(recover_missed_lines([*LINES, cut], copy, DOTS, AnsweringEngine(("NAM", 0.9))))


def test_what_was_read_is_not_read_again() -> None:
    engine = AnsweringEngine()
    assert recover_missed_lines(LINES, page(ABOVE, BELOW), DOTS, engine) == LINES
    assert engine.asked == 0


def test_ink_larger_than_letters_is_not_read() -> None:
    copy = page(ABOVE, BELOW)
    cv2.ellipse(copy, (600, 600), (200, 200), 0, 0, 360, 0, 4)
    cv2.line(copy, (100, 300), (900, 300), 0, 2)
    engine = AnsweringEngine()
    recover_missed_lines(LINES, copy, DOTS, engine)
    assert engine.asked == 0


def test_an_unsure_word_in_the_place_goes_and_a_surer_one_stays() -> None:
    copy = page(ABOVE, BELOW, (180, 130, 6))
    unsure = read((180, 130, 6), "/uộn2", line=2, sure=0.2)
    assert "/uộn2" not in texts(
        recover_missed_lines([*LINES, unsure], copy, DOTS, AnsweringEngine(("Phong", 0.9)))
    )
    sure = read((180, 130, 6), "Phong", line=2)
    assert (
        texts(recover_missed_lines([*LINES, sure], copy, DOTS, AnsweringEngine(("Phong", 0.9)))).count(
            "Phong"
        )
        == 1
    )


def test_so_many_rows_are_read_and_no_more() -> None:
    engine = AnsweringEngine()
    rows = [(100, 250 + 40 * no, 6) for no in range(MOST + 5)]
    recover_missed_lines(LINES, page(ABOVE, BELOW, *rows), DOTS, engine)
    assert engine.asked == MOST


def test_tesseract_reads_a_list_number_that_was_lost() -> None:
    copy = official_page(("1. Họ và tên: Phạm Tấn Lộc", "2. Nơi ở: xã Hỏa Lựu", "3. Nghề nghiệp: nông dân"))
    engine = open_engine(OcrSettings())
    assert isinstance(engine, LineEngine)
    words = engine.recognize(copy, DPI)
    assert {"1.", "2.", "3."} <= set(texts(words))
    rest = [word for word in words if word.text != "2."]
    assert "2." in texts(recover_missed_lines(rest, copy, DPI, engine))


def test_a_page_without_words_has_none() -> None:
    assert recover_missed_lines([], page(ABOVE), DOTS, AnsweringEngine(("Phong", 0.9))) == []


def test_tesseract_reads_a_line_that_was_lost() -> None:
    copy = official_page()
    engine = open_engine(OcrSettings())
    assert isinstance(engine, LineEngine)
    words = engine.recognize(copy, DPI)
    lost = BODY[3].split()
    rest = [word for word in words if word.text not in lost or word.box.top < 200]
    gone = [word for word in words if word not in rest]
    assert len(gone) >= len(lost)
    found = texts(recover_missed_lines(rest, copy, DPI, engine))
    assert sum(word in found for word in lost) > 0.8 * len(lost)
