"""Corrections: a new version each, the images untouched, found at once, and there again after a rebuild."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from scanflow.archive.bucket_ahead import knows_dossier
from scanflow.archive.documents.confirmed_papers import confirmed_documents
from scanflow.archive.documents.page_words import decode_words
from scanflow.archive.manifest import dossier_content, read_manifest
from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.canonical_json import dump_bytes
from scanflow.archive.store.keys import document_key, dossier_prefix, manifest_key, manifest_number
from scanflow.errors import OtherAgencyError, OutdatedError, UsageError
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.review.access import Opened, open_document
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import (
    SetField,
    Typed,
    correct_fields,
    correct_text,
    correct_type,
    restore_text,
)
from scanflow.review.corrections.moving import move_document
from tests.pipeline.live_archive import page, process, take_batch
from tests.review.filing import file_document, value
from tests.review.versions import WHO, again, found, images, require_rebuilt, state

A, B, C = "H13.42-260804-0001", "H13.42-260804-0002", "H13.42-260804-0003"
PAGES = [["CỘNG HÒA", "Nguyen Thị Hoa"], ["trang hai"]]


def filed(review: Review, number: str = A, **more: Any) -> Opened:
    no = file_document(review.services.store, review.catalog, number, PAGES, **more)
    return open_document(review, WHO, number, no)


def test_a_corrected_line_is_a_new_version_with_the_same_images(review: Review, tmp_path: Path) -> None:
    before = filed(review)
    assert correct_text(review, WHO, before, 1, [Typed(2, 3, "Nguyễn Thị Hoa")]) == 2
    now = again(review, before)
    words = decode_words(review.services.store.get(now.version.words.key))
    assert [(word.text, word.raw) for word in words[0].words[2:4]] == [("Nguyễn", "Nguyen"), ("Thị", None)]
    assert images(review, now) == images(review, before)
    assert now.version.pdf.key.endswith("/v2.pdf") and now.version.made_by["by"] == "thu"
    assert now.version.made_by["source"] == "written"
    with pikepdf.open(io.BytesIO(review.services.store.get(now.version.pdf.key))) as pdf:
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
    assert found(review, '"nguyễn thị hoa"') == [(A, 1)]
    # What was read is still there, in the version before.
    older = decode_words(review.services.store.get(before.version.words.key))
    assert older[0].words[2].text == "Nguyen"
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)


def test_an_older_text_is_brought_back_as_a_version_of_its_own(review: Review, tmp_path: Path) -> None:
    first = filed(review)
    correct_text(review, WHO, first, 1, [Typed(2, 3, "Nguyễn Thị Hoa")])
    second = again(review, first)
    assert restore_text(review, WHO, second, 1) == 3
    third = again(review, first)
    assert review.services.store.get(third.version.words.key) == review.services.store.get(
        first.version.words.key
    )
    assert images(review, third) == images(review, first) and len(third.document.versions) == 3
    with pytest.raises(OutdatedError):
        restore_text(review, WHO, second, 1)
    require_rebuilt(review, tmp_path)


def test_the_text_in_the_pdf_is_the_corrected_one(review: Review) -> None:
    import subprocess  # noqa: PLC0415 - poppler's own view of the file

    before = filed(review)
    correct_text(review, WHO, before, 2, [Typed(0, 2, "trang thứ hai")])
    data = review.services.store.get(again(review, before).version.pdf.key)
    said = subprocess.run(
        ["pdftotext", "-", "-"], input=data, capture_output=True, check=True
    ).stdout.decode()
    assert "trang thứ hai" in said and "Nguyen Thị Hoa" in said


def test_a_kept_file_is_not_changed(review: Review, tmp_path: Path) -> None:
    before = filed(review, kept=True)
    correct_text(review, WHO, before, 1, [Typed(2, 3, "Nguyễn Thị Hoa")])
    now = again(review, before)
    assert now.version.version == 2 and now.version.pdf == before.version.pdf
    assert found(review, "nguyễn") == [(A, 1)]
    require_rebuilt(review, tmp_path)


def test_two_people_do_not_overwrite_each_other(review: Review) -> None:
    seen = filed(review)
    correct_text(review, WHO, seen, 1, [Typed(2, 3, "Nguyễn Thị Hoa")])
    with pytest.raises(OutdatedError):
        correct_text(review, WHO, seen, 1, [Typed(2, 3, "Nguyên Thị Hòa")])
    with pytest.raises(OutdatedError):
        correct_type(review, WHO, seen, "can-cuoc")
    now = again(review, seen)
    correct_type(review, WHO, now, "can-cuoc")
    with pytest.raises(OutdatedError):
        correct_type(review, WHO, now, "giay-chung-sinh")


def test_a_version_that_came_too_late_leaves_nothing_that_blocks_its_dossier(
    review: Review, tmp_path: Path
) -> None:
    """Objects of a version that came after another person's, in a document that is then moved."""
    seen, other = filed(review), filed(review)

    def correct(text: str) -> int:
        try:
            return correct_text(review, WHO, seen, 1, [Typed(2, 3, text)])
        except OutdatedError:
            return 0

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(correct, ["Nguyễn Thị Hoa", "Nguyễn Thị Hòa", "Nguyễn Thi Hoa", "N"]))
    assert sum(map(bool, made)) == 1
    # As the slowest of them leaves it.
    late = document_key(A, seen.document.no, seen.document.type, 9)
    review.services.store.put(late, b"%PDF-", content_type="application/pdf")
    move_document(review, WHO, again(review, seen), B)
    assert correct_text(review, WHO, other, 1, [Typed(2, 3, "Nguyễn Thị Hoa")]) == 2
    assert filed(review).document.no == 3
    require_rebuilt(review, tmp_path)


def test_lines_that_are_not_there_change_nothing(review: Review) -> None:
    seen = filed(review)
    for line in (Typed(50, 1, "x"), Typed(0, 3, "over two lines"), Typed(0, 0, "x")):
        with pytest.raises(UsageError):
            correct_text(review, WHO, seen, 1, [line])
    assert correct_text(review, WHO, seen, 1, []) == 1
    assert again(review, seen).version.version == 1


def test_a_type_set_by_a_person_is_found_kept_and_learned_from(review: Review, tmp_path: Path) -> None:
    seen = filed(review, type="unknown", title="GIẤY LẠ", confidence=0.3)
    correct_type(review, WHO, seen, "giay-chung-sinh")
    now = again(review, seen)
    assert (now.document.type, now.document.confidence) == ("giay-chung-sinh", 1.0)
    assert found(review, "giay-chung-sinh") == [(A, 1)]
    with review.catalog.reading() as connection:
        (confirmed,) = confirmed_documents(connection, CHOSEN, 10)
    assert confirmed.type == "giay-chung-sinh"
    entry = review.catalog.log_entries("dossiers/" + A)[-1]
    assert (entry.actor, entry.before["type"], entry.after["type"]) == ("thu", "unknown", "giay-chung-sinh")
    for wrong in ("unknown", "nothing-such", "row:nothing"):
        with pytest.raises(UsageError):
            correct_type(review, WHO, now, wrong)
    require_rebuilt(review, tmp_path)


def test_a_value_set_by_a_person_is_sure_and_found(review: Review, tmp_path: Path) -> None:
    fields = [value("name", "Nguyen Thị Hoa", 0.5, problems=("filled-in",)), value("date", "04/08/2026")]
    seen = filed(review, fields=fields)
    correct_fields(review, WHO, seen, [SetField(0, "Nguyen Thị Hoa", " Nguyễn  Thị Hòa ")])
    now = again(review, seen)
    assert now.document.fields == {"name": "Nguyễn Thị Hòa", "date": "04/08/2026"}
    changed = now.document.field_details[0]
    assert (changed.raw, changed.confidence, changed.source) == ("Nguyen Thị Hoa", 1.0, "person")
    assert found(review, '"thị hòa"') == [(A, 1)]
    with pytest.raises(OutdatedError):
        correct_fields(review, WHO, seen, [SetField(0, "Nguyen Thị Hoa", "x")])
    correct_fields(review, WHO, now, [SetField(1, "04/08/2026", "")])
    assert "date" not in again(review, now).document.fields
    require_rebuilt(review, tmp_path)


def test_a_document_moves_to_the_right_dossier_and_back(review: Review, tmp_path: Path) -> None:
    first, second = filed(review), filed(review, type="can-cuoc", title="CĂN CƯỚC")
    filed(review, B)
    number, no = move_document(review, WHO, second, B.lower())
    assert (number, no) == (B, 2)
    moved = open_document(review, WHO, B, 2)
    assert moved.document.type == "can-cuoc" and moved.version.pdf == second.version.pdf
    assert found(review, f"{B} can-cuoc") == [(B, 2)] and found(review, f"{A} can-cuoc") == []
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)
    # Its old number is given to no other document.
    assert filed(review, type="can-cuoc", title="CĂN CƯỚC").document.no == 3
    # A version made there, and the way back.
    correct_text(review, WHO, moved, 1, [Typed(2, 3, "Nguyễn Thị Hoa")])
    assert move_document(review, WHO, again(review, moved), A) == (A, 4)
    require_rebuilt(replace(review), tmp_path / "second")
    with pytest.raises(OutdatedError):
        move_document(review, WHO, moved, C)
    actions = [entry.action for entry in review.catalog.log_entries("dossiers/" + A)]
    assert actions.count("moved out") == 1 and actions.count("moved in") == 1
    assert first.document.no == 1


def test_moving_refuses_invalid_numbers_and_other_agencies_dossiers(review: Review) -> None:
    seen = filed(review)
    with pytest.raises(UsageError):
        move_document(review, WHO, seen, A)
    with pytest.raises(UsageError):
        move_document(review, WHO, seen, "../../etc")
    review.catalog.ensure_dossier(C, agency="H57.133")
    with pytest.raises(OtherAgencyError):
        move_document(review, WHO, seen, C)
    assert again(review, seen).document == seen.document
    assert move_document(review, WHO, seen, B) == (B, 1)  # one that isn't there is made


def test_a_document_that_was_read_moves_with_its_pages(review: Review, tmp_path: Path) -> None:
    process(review.services, take_batch(review.services, [page("001", lines=3)], number=A))
    opened = open_document(review, WHO, A, 1)
    assert move_document(review, WHO, opened, B) == (B, 1)
    assert state(review.services, review.catalog)["pages"] == [(1, "filed", 1, B)]
    assert verify(review.services.store, review.catalog).ok
    require_rebuilt(review, tmp_path)


def test_a_manifest_of_before_a_move_that_comes_late_stops_nothing(review: Review, tmp_path: Path) -> None:
    """Its writer read the dossier before the move and wrote the manifest after it."""
    store, catalog = review.services.store, review.catalog
    seen, other = filed(review), filed(review)
    with catalog.reading() as connection:
        late = dump_bytes(dossier_content(catalog, connection, A))
    move_document(review, WHO, seen, B)
    newest = max(manifest_number(key) or 0 for key in store.keys(dossier_prefix(A)))
    store.put(manifest_key(A, newest + 1), late, content_type="application/json")
    assert correct_text(review, WHO, other, 1, [Typed(2, 3, "Nguyễn Thị Hoa")]) == 2
    assert verify(store, catalog).ok
    require_rebuilt(review, tmp_path)


def test_a_manifest_of_what_the_catalog_never_moved_away_is_ahead(review: Review) -> None:
    """The catalog is of before the move, the bucket of after it."""
    seen = filed(review)
    filed(review, B)
    content = read_manifest(review.services.store.get(manifest_key(B, 1)))
    with review.catalog.reading() as connection:
        moved = dossier_content(review.catalog, connection, A)["documents"][0] | {"no": 2}
        assert knows_dossier(connection, content)
        assert not knows_dossier(connection, content | {"documents": [*content["documents"], moved]})
    assert again(review, seen) == seen


def test_a_document_whose_words_are_lost_can_be_moved(review: Review) -> None:
    seen = filed(review)
    review.services.store.delete(seen.version.words.key, seen.version.words.version_id)
    assert move_document(review, WHO, seen, B) == (B, 1)
    for number, documents in ((A, 0), (B, 1)):
        newest = max(key for key in review.services.store.keys(dossier_prefix(number)) if "/manifest/" in key)
        assert len(json.loads(review.services.store.get(newest))["documents"]) == documents


def test_a_lost_object_of_a_moved_document_is_written_into_the_right_manifest(review: Review) -> None:
    opened = filed(review)
    move_document(review, WHO, opened, B)
    key = opened.version.pdf.key
    data = review.services.store.get(key)
    review.services.store.delete(key)
    repair(review.services.store, review.catalog)
    assert review.services.store.get(key) == data
    assert verify(review.services.store, review.catalog).ok
