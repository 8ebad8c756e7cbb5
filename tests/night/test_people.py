"""What people corrected is found in the versions, with and without marks, and stands in a new reading."""

from dataclasses import replace

from scanflow.archive.page_words import PageWords, decode_words, encode_words
from scanflow.clock import now
from scanflow.model import DocumentVersion, StoredObject, Word
from scanflow.night.people import carried_over, persons_pages
from scanflow.review.retyping import retyped
from tests.review.filing import SIZE, words_of

READ = words_of(["CỘNG HÒA", "Nguyen Thị Hoa", "vết bẩn", "dòng cuối"])
CORRECTED = (*READ[:2], *retyped(READ[2:5], "Nguyễn Thị Hòa"), *READ[7:])
"""The name typed over, the dirt in the third line taken away."""


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
