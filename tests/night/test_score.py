"""Two readings of a page compared, and words brought from one geometry to another."""

from dataclasses import replace

import pytest

from scanflow.model import Box, Geometry, Word
from scanflow.night.placing import matrix_of, moved, quarter_turns
from scanflow.night.score import compare
from scanflow.pdf.writer import placement


def words(text: str, confidence: float = 0.95) -> list[Word]:
    return [
        Word(each, Box(40.0 * no, 10, 40.0 * no + 30, 22), confidence, 0, 0)
        for no, each in enumerate(text.split())
    ]


def beside(found: list[Word]) -> list[Word]:
    """The same words where nothing else stands."""
    return [replace(each, box=Box(each.box.left + 400, 10, each.box.right + 400, 22)) for each in found]


def test_equal_readings_in_another_order_are_equal() -> None:
    found = compare(words("một hai ba"), words("ba, hai một"))
    assert (found.gain, found.apart) == (0, 0) and not found.is_better and not found.is_worse


def test_a_likelier_word_is_better_and_the_other_way_round_worse() -> None:
    old, new = words("quyết đinh", 0.7), [*words("quyết", 0.7), *words("định", 0.98)]
    assert compare(old, new).is_better and compare(new, old).is_worse
    # What can be no syllable is believed less, however sure its engine is.
    assert compare(words("quyếtz", 0.98), words("quyết", 0.9)).is_better


def test_of_two_words_at_one_place_a_little_likelier_one_is_no_safe_gain() -> None:
    old = words("môi trường", 0.9)
    assert not compare(old, [*words("môi", 0.9), replace(old[1], text="trưởng", confidence=0.92)]).is_better
    assert compare(old, [*words("môi", 0.9), replace(old[1], text="trưởng", confidence=0.98)]).is_better


def test_what_is_put_right_here_does_not_pay_for_what_is_spoilt_there() -> None:
    old = words("quyền sử đất ở đô thị", 0.97)
    new = [replace(each, text="đồ", confidence=0.85) if each.text == "đô" else each for each in old]
    more = beside(words("dụng"))
    found = compare(old, [*new, *more])
    assert found.gain > found.margin and not found.is_better
    assert compare(old, [*new, *beside(words("dụng từ ngày ký ban hành"))]).is_better


def test_text_that_was_missed_is_worth_more_than_dirt_that_was_read() -> None:
    assert compare(words("một"), words("một hai")).is_better
    assert compare(words("một"), [*words("một"), *words("|l~", 0.3)]).is_worse


def test_what_a_person_typed_counts_for_neither() -> None:
    typed = [replace(each, by_person=True) for each in words("sửa tay")]
    assert compare(typed, words("khác")).old == 0


@pytest.mark.parametrize(
    "geometry", [Geometry(), Geometry(90, 1.5), Geometry(180, -2.0, mirrored=True), Geometry(270, 0.4)]
)
def test_a_page_is_placed_as_the_writer_places_it(geometry: Geometry) -> None:
    drawn = placement((595, 842), geometry)
    as_written = (drawn.a, drawn.b, drawn.c, drawn.d, drawn.e, drawn.f)
    assert matrix_of((595, 842), geometry) == pytest.approx(as_written)


def test_words_come_to_their_place_on_a_page_that_was_filed_skewed_or_turned() -> None:
    size = (600.0, 800.0)
    straight, skewed = matrix_of(size, Geometry(skew=2.0)), matrix_of(size, Geometry())
    word = Word("x", Box(500, 390, 540, 402), 0.9, 0, 0)
    (there,) = moved([word], straight, 800, skewed, 800)
    # The text lines of the filed page fall towards the right by 2 degrees about its centre.
    middle = (there.box.top + there.box.bottom) / 2
    assert middle - 396 == pytest.approx(220 * 0.0349, abs=0.2)
    assert (there.box.width, there.box.height) == pytest.approx((40, 12))
    assert quarter_turns(skewed, straight) == 0
    turned = matrix_of((800.0, 600.0), Geometry(rotation=90))
    assert quarter_turns(skewed, turned) % 2 == 1
    (across,) = moved([word], skewed, 800, turned, 600)
    assert (across.box.width, across.box.height) == pytest.approx((12, 40))
    (back,) = moved([across], turned, 600, skewed, 800)
    assert back.box.left == pytest.approx(word.box.left)
