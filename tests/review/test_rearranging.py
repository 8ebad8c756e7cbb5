"""Pages put right: the same images, every page in one document, found at once, there after a rebuild."""

import io
from pathlib import Path

import pikepdf
import pytest

from fixtures.signing import sign
from scanflow.archive.documents.page_words import decode_words
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.keys import document_key
from scanflow.errors import NotFoundError, OutdatedError, SignedFileError, UsageError
from scanflow.model import Box
from scanflow.review.access import Opened, open_document, open_dossier
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import correct_type, set_compared
from scanflow.review.corrections.page_rotation import ArrangedPage, turned_box
from scanflow.review.corrections.rearranging import join, join_from_elsewhere, reorder, split
from scanflow.review.pages import picture
from tests.pipeline.live_archive import page, process, take_batch
from tests.review.filing import SIZE, file_document, value
from tests.review.versions import WHO, again, found, images, require_rebuilt, state

A, B = "H13.42-260804-0001", "H13.42-260804-0002"
PAGES = [["trang một", "Nguyễn Thị Hoa"], ["trang hai"], ["CĂN CƯỚC", "trang ba"]]


def filed(review: Review, pages: list[list[str]] = PAGES, **more: object) -> Opened:
    no = file_document(review.services.store, review.catalog, A, pages, **more)  # type: ignore[arg-type]  # by name
    return open_document(review, WHO, A, no)


def first_words(review: Review, opened: Opened) -> list[str]:
    pages = decode_words(review.services.store.get(opened.version.words.key))
    return [" ".join(word.text for word in each.words[:2]) for each in pages]


def test_pages_come_into_another_order_with_their_text_and_values(review: Review, tmp_path: Path) -> None:
    before = filed(review, fields=[value("name", "Nguyễn Thị Hoa", box=Box(36, 64, 200, 76))])
    assert reorder(review, WHO, before, [ArrangedPage(1), ArrangedPage(2), ArrangedPage(3)]) == 1
    assert reorder(review, WHO, before, [ArrangedPage(3), ArrangedPage(1), ArrangedPage(2)]) == 2
    after = again(review, before)
    old, new = images(review, before), images(review, after)
    assert new == [old[2], old[0], old[1]]
    assert first_words(review, after) == ["CĂN CƯỚC", "trang một", "trang hai"]
    assert after.document.field_details[0].page == 2 and after.version.made_by["conformance"] == "PDF/A-2b"
    assert found(review, '"trang ba"') == [(A, 1)]
    with pytest.raises(OutdatedError):
        reorder(review, WHO, before, [ArrangedPage(2), ArrangedPage(1), ArrangedPage(3)])
    for wrong in (
        [ArrangedPage(1)],
        [ArrangedPage(1), ArrangedPage(1), ArrangedPage(2)],
        [ArrangedPage(1), ArrangedPage(2), ArrangedPage(3, 45)],
    ):
        with pytest.raises(UsageError):
            reorder(review, WHO, after, wrong)
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)


def test_a_turned_page_has_its_words_where_they_stand(review: Review) -> None:
    before = filed(review)
    reorder(review, WHO, before, [ArrangedPage(1, 180), ArrangedPage(2, 90), ArrangedPage(3, 270)])
    after = again(review, before)
    assert images(review, after) == images(review, before)
    pages = decode_words(review.services.store.get(after.version.words.key))
    assert [each.size for each in pages] == [SIZE, SIZE[::-1], SIZE[::-1]]
    data = review.services.store.get(after.version.pdf.key)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert [[float(side) for side in list(each.mediabox)[2:]] for each in pdf.pages] == [
            list(each.size) for each in pages
        ]
    assert picture(review, after, 2, 160) != picture(review, before, 2, 160)
    # A full turn in four quarters is where it was.
    for _ in range(4):
        reorder(review, WHO, after, [ArrangedPage(1), ArrangedPage(2, 90), ArrangedPage(3)])
        after = again(review, after)
    assert decode_words(review.services.store.get(after.version.words.key))[1].size == SIZE[::-1]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_turn_with_their_page(turn: int) -> None:
    box, size = Box(10, 20, 40, 30), (200.0, 100.0)
    turned = size if turn == 180 else size[::-1]
    there = turned_box(box, size, turn)
    assert turned_box(there, turned, 360 - turn) == box
    assert 0 <= there.left < there.right <= turned[0] and 0 <= there.top < there.bottom <= turned[1]
    assert turned_box(Box(0, 0, 10, 5), size, 90) == Box(95, 0, 100, 10)  # top left goes to the right


def test_a_document_is_split_and_joined_again(review: Review, tmp_path: Path) -> None:
    fields = [value("name", "Nguyễn Thị Hoa"), value("number", "093", page=3)]
    before = filed(review, fields=fields)
    set_compared(review, WHO, before, compared=True)
    before = again(review, before)
    no = split(review, WHO, before, 3)
    left, right = again(review, before), open_document(review, WHO, A, no)
    assert (left.version.version, left.version.pages, right.version.version, right.version.pages) == (
        2,
        2,
        1,
        1,
    )
    assert images(review, left) + images(review, right) == images(review, before)
    assert left.document.fields == {"name": "Nguyễn Thị Hoa"}
    assert left.document.attested and right.document.attested
    assert found(review, '"trang ba"') == [(A, no)] and found(review, '"trang hai"') == [(A, 1)]
    require_rebuilt(review, tmp_path)
    assert join(review, WHO, left, right) == 3
    whole = again(review, before)
    assert images(review, whole) == images(review, before)
    assert found(review, '"trang ba"') == [(A, 1)]
    with pytest.raises(NotFoundError):
        open_document(review, WHO, A, no)
    assert [each.no for each in open_dossier(review, WHO, A).documents] == [1]
    with pytest.raises(OutdatedError):
        join(review, WHO, left, right)
    with pytest.raises(UsageError):
        join(review, WHO, whole, whole)
    for wrong in (1, 4):
        with pytest.raises(UsageError):
            split(review, WHO, whole, wrong)
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path / "joined")


def test_a_document_of_another_dossier_is_joined_in_one_action(review: Review, tmp_path: Path) -> None:
    here = filed(review, PAGES[:1])
    for pages in (PAGES[1:], PAGES[:1]):
        file_document(review.services.store, review.catalog, B, pages)
    there, kept = (open_document(review, WHO, B, no) for no in (1, 2))
    wanted = images(review, here) + images(review, there)
    assert join_from_elsewhere(review, WHO, here, there) == 2
    assert images(review, again(review, here)) == wanted
    assert found(review, '"trang ba"') == [(A, 1)]
    assert [each.no for each in open_dossier(review, WHO, A).documents] == [1]
    # Where another person was faster nothing is moved.
    with pytest.raises(OutdatedError):
        join_from_elsewhere(review, WHO, here, kept)
    assert [each.no for each in open_dossier(review, WHO, B).documents] == [2]
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)


def test_pages_that_were_read_stay_in_exactly_one_document(review: Review, tmp_path: Path) -> None:
    batch = take_batch(review.services, [page("001", lines=3), page("002", lines=2)], number=A)
    process(review.services, batch)
    opened = open_document(review, WHO, A, 1)
    if opened.version.pages == 1:  # cut into two papers: make them one, so that there is something to split
        join(review, WHO, opened, open_document(review, WHO, A, 2))
        opened = again(review, opened)
    assert split(review, WHO, opened, 2) in (2, 3)
    split_state = state(review.services, review.catalog)["pages"]
    assert [(no, document == 1) for no, _, document, _ in split_state] == [(1, True), (2, False)]
    other = open_document(review, WHO, A, split_state[1][2])
    join(review, WHO, again(review, opened), other)
    assert {document for _, _, document, _ in state(review.services, review.catalog)["pages"]} == {1}
    # What was joined and is split again is the document that it was.
    assert split(review, WHO, again(review, opened), 2) == other.document.no
    assert open_document(review, WHO, A, other.document.no).version.version == 2
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)


def test_a_signed_file_is_refused_and_stays_as_it_is(review: Review) -> None:
    plain = filed(review, PAGES[:2])
    data = sign(review.services.store.get(document_key(A, 1, "to-khai-dang-ky-khai-sinh", 1)))
    signed = filed(review, PAGES[:2], kept=True, file=data)
    with pytest.raises(SignedFileError):
        reorder(review, WHO, signed, [ArrangedPage(2), ArrangedPage(1)])
    with pytest.raises(SignedFileError):
        split(review, WHO, signed, 2)
    for one, other in ((plain, signed), (signed, plain)):
        with pytest.raises(SignedFileError):
            join(review, WHO, one, other)
    assert again(review, signed) == signed and again(review, plain) == plain


def test_a_file_that_was_kept_without_a_signature_may_be_rearranged(review: Review) -> None:
    kept = filed(review, PAGES[:2], kept=True)
    reorder(review, WHO, kept, [ArrangedPage(2), ArrangedPage(1)])
    after = again(review, kept)
    assert first_words(review, after) == ["trang hai", "trang một"]
    assert after.document.versions[0].pdf == kept.version.pdf
    assert review.services.store.get(kept.version.pdf.key)


def test_comparing_with_the_original_is_noted_and_taken_back(review: Review, tmp_path: Path) -> None:
    seen = filed(review)
    set_compared(review, WHO, seen, compared=True)
    now = again(review, seen)
    assert now.document.attested is not None and now.document.attested.by == "thu"
    correct_type(review, WHO, now, "can-cuoc")
    require_rebuilt(review, tmp_path)
    set_compared(review, WHO, again(review, seen), compared=False)
    assert again(review, seen).document.attested is None
