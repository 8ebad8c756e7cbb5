"""The bench of confidences judges words as its description says."""

import pytest

from bench.calibration import Judged, fit, judge
from scanflow.model import Box, Word


def words(text: str, confidence: float = 0.9) -> list[Word]:
    return [Word(part, Box(0, 0, 1, 1), confidence, 0, 0) for part in text.split()]


def judged(text: str, truth: str, *, whole: bool = True, handwritten: tuple[str, ...] = ()) -> list[bool]:
    return [one.right for one in judge(words(text), truth, handwritten, whole=whole)]


def test_words_in_order_are_right_and_misread_ones_wrong() -> None:
    assert judged("Quyết đinh số 12 .", "Quyết định số 12.") == [True, False, True, True]


def test_a_word_out_of_order_is_right_once() -> None:
    assert judged("năm Hà Nội năm Nội", "Hà Nội năm") == [False, True, True, True, False]


def test_spellings_of_one_syllable_and_capitals_are_equal() -> None:
    assert judged("Cộng hoà uỷ ban", "cộng hòa Ủy ban") == [True] * 4


def test_what_a_typed_truth_lacks_is_left_out_but_what_it_has_otherwise_counts() -> None:
    assert judged("Nơi nhận Điều 1", "Điều 1", whole=False) == [True, True]
    assert judged("Điêu 1", "Điều 1", whole=False) == [False, True]
    assert judged("Nơi nhận Điều 1", "Điều 1") == [False, False, True, True]


def test_words_of_a_pen_count_neither_way() -> None:
    assert judged("Họ tên Lan", "Họ tên", handwritten=("Nguyễn Thị Lan",)) == [True, True]


def test_the_fitted_points_rise() -> None:
    wrong_above_right = [(0.4, True)] * 6 + [(0.6, False)] * 3 + [(0.6, True)] * 3 + [(0.955, True)] * 20
    [low, high] = fit([Judged(words("a", said)[0], right) for said, right in wrong_above_right])
    assert low == pytest.approx((0.5, 9.5 / 13))
    assert high == pytest.approx((0.955, 20.5 / 21))
