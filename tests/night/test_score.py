"""Two readings of a page compared, and words brought from one geometry to another."""

from dataclasses import replace

import pytest

from scanflow.model import Box, Geometry, Word
from scanflow.night.readings.placing import matrix_of, moved, quarter_turns
from scanflow.night.readings.score import compare
from scanflow.pdf.writer import placement


def words(text: str, confidence: float = 0.95) -> list[Word]:
    return [
        Word(each, Box(40.0 * no, 10, 40.0 * no + 30, 22), confidence, 0, 0)
        for no, each in enumerate(text.split())
    ]


def beside(found: list[Word]) -> list[Word]:
    """The same words where nothing else stands."""
    return [replace(each, box=Box(each.box.left + 400, 10, each.box.right + 400, 22)) for each in found]


def test_equal_readings_with_other_boxes_are_equal() -> None:
    old = words("một hai ba")
    new = [replace(each, box=each.box.moved(6, 3)) for each in old]
    found = compare(old, [replace(new[0], text="một,"), *new[1:]])
    assert (found.gain, found.apart) == (0, 0) and not found.is_better and not found.is_worse


def test_a_word_at_another_place_is_another_word() -> None:
    old = words("sử dụng")
    found = compare(old, beside(old))
    assert found.apart == 2 * len("sửdụng") and len(found.places) == 4


def test_a_likelier_word_is_better_and_an_unlikelier_one_worse() -> None:
    old, new = words("quyết đinh", 0.7), [words("quyết", 0.7)[0], words("quyết định", 0.99)[1]]
    assert compare(old, new).is_better and compare(new, old).is_worse
    # What can be no syllable is believed less, however sure its engine is.
    assert compare(words("quyếtz", 0.98), words("quyết", 0.99)).is_better


def test_a_slightly_likelier_word_is_no_safe_gain() -> None:
    old = words("môi trường", 0.9)
    assert not compare(old, [old[0], replace(old[1], text="trưởng", confidence=0.92)]).is_better
    assert compare(old, [old[0], replace(old[1], text="trưởng", confidence=0.999)]).is_better


def test_neighbouring_words_decide_between_two_words() -> None:
    old = words("trách nhiệm trước pháp luật", 0.97)
    old[3] = replace(old[3], confidence=0.6)
    new = [replace(each, text="phán", confidence=0.95) if each.text == "pháp" else each for each in old]
    assert not compare(old, new).is_better
    # Names and numbers have none that could speak for them.
    old = [replace(each, text="17", confidence=0.6) if each.text == "pháp" else each for each in old]
    new = [replace(each, text="12", confidence=0.99) if each.text == "17" else each for each in old]
    assert compare(old, new).is_better


def inserted(line: str, word: str, confidence: float) -> bool:
    """Whether a page gains where only the new reading has a word, which stands at the line's `_`."""
    known = words(line.replace("_", word), 0.99)
    new = [replace(each, confidence=confidence) if each.text == word else each for each in known]
    return compare([each for each in known if each.text != word], new).is_better


def test_the_rest_of_a_word_that_a_seal_has_cut_is_no_gain() -> None:
    """Engines are sure of such rests, some of which are syllables; the whole words are believed sooner."""
    for line, rest, whole in (
        ("chịu trách nhiệm trước _ luật", "háp", "pháp"),
        ("bảo vệ môi _", "rường", "trường"),
        ("sử _ đúng mục đích", "dụn", "dụng"),
    ):
        assert not inserted(line, rest, 0.989)
        assert inserted(line, whole, 0.9)
    # Of names and numbers their neighbours say nothing.
    assert inserted("bảo vệ _", "Rường", 0.989) and inserted("ngày _ tháng", "17", 0.989)
    # Nor does a rare word go that the engine is surest of.
    assert inserted("diện tích mét _", "khối", 0.999)


def test_abbreviations_and_numerals_in_capitals_are_words() -> None:
    for wrong, right in (("CŒCCD", "CCCD"), ("IN", "III")):
        old = words(f"số {wrong} ngày", 0.7)
        assert compare(old, [replace(each, text=right, confidence=0.98) if each.text == wrong else each
                             for each in old]).is_better  # fmt: skip


def test_a_word_of_one_letter_is_a_word_beside_words_that_it_goes_with() -> None:
    for line, letter, stays in (("đất ở đô thị", "ở", True), ("sử d đất", "d", False)):
        old = words(line, 0.97)
        (place,) = compare(old, [each for each in old if each.text != letter]).places
        assert place.taken is not stays


def test_only_better_places_are_taken() -> None:
    old = words("quyền sử đất ở đô thị", 0.97)
    spoilt = [replace(each, text="đồ", confidence=0.85) if each.text == "đô" else each for each in old]
    found = compare(old, [*spoilt, *beside(words("dụng", 0.99))])
    assert found.is_better and [read.text for each in found.taken_places for read in each.new] == ["dụng"]
    assert [(each.old[0].text, each.taken) for each in found.places if each.old] == [("đô", False)]


def test_one_word_stands_for_several_at_its_place() -> None:
    (joined,) = words("xé/Zgiải", 0.24)
    old = [replace(joined, box=Box(40, 10, 110, 22))]
    new = [replace(each, box=each.box.moved(40, 0)) for each in words("xét giải", 0.99)]
    (place,) = compare(old, new).places
    assert [len(place.old), len(place.new)] == [1, 2] and place.taken


def test_a_word_that_covers_one_in_both_readings_is_not_taken() -> None:
    old = words("nghị", 0.99)
    found = compare(old, [*old, replace(old[0], text="ng", box=Box(4, 12, 20, 20), confidence=0.97)])
    assert not found.is_better


def test_a_line_that_the_older_reader_missed_is_taken_as_a_whole() -> None:
    missed = [replace(each, line=1, box=each.box.moved(0, 30)) for each in words("một hai ba bốn", 0.99)]
    unsure = replace(missed[1], confidence=0.5)
    found = compare(words("trên"), [*words("trên"), missed[0], unsure, *missed[2:]])
    assert found.is_better and len(found.taken_places) == 4
    # Not where that is mostly dirt.
    dirt = [missed[0], *(replace(each, confidence=0.2) for each in missed[1:])]
    assert [each.new[0].text for each in compare([], dirt).taken_places] == ["một"]


def test_dirt_that_was_read_as_a_word_is_worse_than_nothing() -> None:
    assert compare(words("một", 0.99), words("một hai", 0.99)).is_better
    assert compare(words("một"), [*words("một"), *beside(words("|l~", 0.3))]).is_worse


def test_a_reading_of_nothing_takes_nothing_away() -> None:
    doubtful = words("mợt hãi bạ bổng", 0.3)
    assert not compare(doubtful, []).is_better
    assert compare([*words("trên"), *beside(doubtful)], words("trên")).is_better


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
