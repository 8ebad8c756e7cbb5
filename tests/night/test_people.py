"""People's corrections are found in the versions, with and without marks, and kept in a new reading."""

from collections.abc import Sequence
from dataclasses import replace

from scanflow.archive.documents.page_words import PageWords, decode_words, encode_words
from scanflow.clock import now
from scanflow.model import Box, DocumentVersion, StoredObject, Word
from scanflow.night.readings.carrying import carried_over
from scanflow.night.readings.people import PersonsPage, persons_pages
from scanflow.review.corrections.retyping import retyped
from tests.review.filing import SIZE, words_of

READ = words_of(["CỘNG HÒA", "Nguyen Thị Hoa", "vết bẩn", "dòng cuối"])
CORRECTED = (*READ[:2], *retyped(READ[2:5], "Nguyễn Thị Hòa"), *READ[7:])
"""The name is corrected, the dirt in the third line removed."""


def versions(
    *pages: tuple[tuple[Word, ...], dict[str, str]],
) -> tuple[list[DocumentVersion], dict[str, PageWords]]:
    made, stored = [], {}
    for no, (words, made_by) in enumerate(pages, start=1):
        page = decode_words(encode_words([PageWords(SIZE, words, "test")]))[0]
        name = f"{hash(page.words)}"
        thing = StoredObject(f"v{no}", name, 1)
        made.append(DocumentVersion(no, thing, thing, 1, 0.9, made_by, now()))
        stored[name] = page
    return made, stored


def found(*pages: tuple[tuple[Word, ...], dict[str, str]]) -> list[str]:
    """The text of a new reading with what people corrected before."""
    made, stored = versions(*pages)
    persons = persons_pages(made, lambda thing: [stored[thing.sha256]])
    # Read again, everything stands a point further down, and the name is as wrong as before.
    again = [
        replace(word, box=word.box.moved(0.5, 1.0))
        for word in words_of(["CỘNG HOÀ", "Nguyen Thi Hoa", "vết bẩn", "dòng cuối"])
    ]
    if 0 not in persons:
        return [word.text for word in again]
    return [word.text for word in carried_over(again, persons[0])]


AS_CORRECTED = ["CỘNG", "HOÀ", "Nguyễn", "Thị", "Hòa", "dòng", "cuối"]


def test_typed_words_and_what_was_removed_are_carried_over() -> None:
    assert found((READ, {}), (CORRECTED, {"corrected": "text"})) == AS_CORRECTED


def test_corrections_of_releases_without_marks_are_known_by_the_versions() -> None:
    unmarked = tuple(replace(word, by_person=False) for word in CORRECTED)
    assert found((READ, {}), (unmarked, {"corrected": "text"})) == AS_CORRECTED


def test_a_run_in_between_forgets_nothing() -> None:
    between = tuple(
        replace(word, confidence=word.confidence - 0.01 * (not word.by_person)) for word in CORRECTED
    )
    assert found((READ, {}), (CORRECTED, {"corrected": "text"}), (between, {"run": "x"})) == AS_CORRECTED


def test_corrections_that_were_taken_back_are_gone() -> None:
    read_again = found((READ, {}), (CORRECTED, {"corrected": "text"}), (READ, {"corrected": "text"}))
    assert read_again == [
        word.text for word in words_of(["CỘNG HOÀ", "Nguyen Thi Hoa", "vết bẩn", "dòng cuối"])
    ]


def test_documents_that_nobody_corrected_have_nothing_of_people() -> None:
    made, stored = versions((READ, {}), (READ, {"run": "x"}))
    assert persons_pages(made, lambda thing: [stored[thing.sha256]]) == {}


def box(left: float, right: float, top: float = 40.0, height: float = 10.0) -> Box:
    return Box(left, top, right, top + height)


def again(*read: tuple[str, Box]) -> list[Word]:
    """A new reading: words of one line."""
    return [Word(text, place, 0.95, 0, 0) for text, place in read]


def texts(words: Sequence[Word], *emptied: Box, left: Sequence[Box] = ()) -> list[str]:
    """What stays of a new reading where a person removed some words and kept others."""
    return [word.text for word in carried_over(words, PersonsPage((), tuple(emptied), tuple(left)))]


def test_what_was_removed_stays_away_however_the_new_reading_cuts_it() -> None:
    removed = (box(100, 130), box(134, 160))
    # As one word, as many, as a word that is wider, higher (a seal's edge touches it) or begins elsewhere.
    assert texts(again(("haitừ", box(100, 160))), *removed) == []
    assert (
        texts(again(*((each, box(100 + 9 * no, 107 + 9 * no)) for no, each in enumerate("abcdef"))), *removed)
        == []
    )
    assert texts(again(("rộng", box(90, 136))), *removed) == []
    assert texts(again(("cao", box(101, 129, 33, 25))), *removed) == []
    assert texts(again(("lệch", box(112, 145))), *removed) == []


def test_what_the_older_reading_missed_between_removed_words_is_removed_with_them() -> None:
    removed = (box(100, 130), box(134, 160), box(200, 230, 42))
    assert texts(again(("giữa", box(165, 195))), *removed) == []
    # Not where the person let another word stand there, nor far from little that was removed.
    assert texts(again(("giữa", box(165, 195))), *removed, left=[box(164, 196)]) == ["giữa"]
    assert texts(again(("giữa", box(165, 195))), box(100, 104), box(200, 204)) == ["giữa"]


def test_a_word_stays_if_a_small_part_of_it_was_removed() -> None:
    word = again(("quyền", box(100, 140)))
    assert texts(word, box(141, 144)) == texts(word, box(118, 122)) == ["quyền"]
    assert texts(word, box(96, 112, 44)) == ["quyền"]
    # A scrap that covers most of a word which was read, and was let stand.
    assert texts(word, box(104, 138), left=[box(100, 140)]) == ["quyền"]


def test_words_under_a_seal_that_was_read_as_a_letter_stay_when_that_is_removed() -> None:
    seal = Box(90, 0, 190, 100)
    assert texts(again(("chữ", box(100, 120)), ("ký", box(124, 140))), seal) == ["chữ", "ký"]


def test_words_of_the_next_lines_stay() -> None:
    words = [*again(("trên", box(100, 130, 24))), *again(("dưới", box(100, 130, 56)))]
    assert texts(words, box(100, 130), box(134, 160)) == ["trên", "dưới"]


def typed(read: str, text: str, left: Sequence[Box] = ()) -> PersonsPage:
    """A page of which a person typed over the only line; words are 20 wide, a line's 24 apart."""
    line = [Word(each, box(24.0 * no, 24.0 * no + 20), 0.9, 0, 0) for no, each in enumerate(read.split())]
    return PersonsPage(tuple(retyped(line, text)), (), tuple(left))


def further(*more: str) -> list[Word]:
    """A new reading that goes on behind the first two words."""
    return again(*((each, box(24.0 * no, 24.0 * no + 20)) for no, each in enumerate(("một", "hai", *more))))


def test_nothing_is_appended_to_a_line_that_a_person_typed_anew() -> None:
    page = typed("mội hại", "năm sáu bảy tám chín")
    assert [word.text for word in carried_over(further("ba", "bốn"), page)] == [
        word.text for word in page.words
    ]
    # But for what stood there and was let stand, and what is too far away to be of the line.
    page = typed("mội hại", "năm sáu bảy tám chín", [box(72, 92)])
    assert carried_over(further("ba", "bốn"), page)[-1].text == "bốn"
    far = [*further(), *again(("xa", box(200, 220)))]
    assert carried_over(far, typed("mội hại", "năm sáu bảy tám chín"))[-1].text == "xa"


def test_what_the_older_reading_had_missed_behind_a_corrected_word_stays() -> None:
    found = carried_over(further("ba", "bốn"), typed("một hại", "một hai"))
    assert [word.text for word in found] == ["một", "hai", "ba", "bốn"]
    # The person added the word that the new reading has too.
    found = carried_over(further("ba", "bốn"), typed("một hại", "một hai ba"))
    assert [word.text for word in found] == ["một", "hai", "ba", "bốn"]


def test_what_a_person_let_stand_is_known_by_their_version() -> None:
    made, stored = versions((READ, {}), (CORRECTED, {"corrected": "text"}))
    page = persons_pages(made, lambda thing: [stored[thing.sha256]])[0]
    assert page.left == tuple(word.box for word in stored[made[1].words.sha256].words if not word.by_person)
