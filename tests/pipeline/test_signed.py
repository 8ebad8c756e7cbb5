"""A signed file stays one file: it is filed byte for byte, or kept whole in intake."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scanflow.archive.database.tables import pages as pages_table
from scanflow.archive.documents.page_words import decode_words
from scanflow.errors import ScanflowError
from scanflow.ledger.decisions import decide
from scanflow.ledger.files import batch_files
from scanflow.ledger.lease import lock
from scanflow.ledger.records import BatchPage, TakenFile
from scanflow.model import Paper
from scanflow.pipeline.filing.writing import Sheets
from scanflow.pipeline.services import Services, open_services
from scanflow.pipeline.waiting_batches import assign_batch
from scanflow.settings import Settings
from tests.pipeline.archives import Archive
from tests.pipeline.live_archive import process
from tests.pipeline.signedfiles import SIZE, require_whole, sheet, signed_pdf

TEXT, OTHER_TEXT, BLANK = sheet("1"), sheet("2"), sheet("")


def with_limits(services: Services, **limits: float) -> Settings:
    return services.settings.model_copy(
        update={"limits": services.settings.limits.model_copy(update={"retry_seconds": 0.01, **limits})}
    )


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param((TEXT, OTHER_TEXT), id="two pages"),
        pytest.param((TEXT, BLANK, OTHER_TEXT), id="a blank page"),
        pytest.param((BLANK, BLANK), id="nothing but blank pages"),
        pytest.param((TEXT, sheet("3", "H13.42-260804-9999"), OTHER_TEXT), id="a separator with a number"),
    ],
)
def test_a_signed_file_is_one_document_byte_for_byte(archive: Archive, inside: Sequence[bytes]) -> None:
    if any(page not in (TEXT, OTHER_TEXT, BLANK) for page in inside):
        archive.number = "H13.42-260804-9999"
    data = signed_pdf(*inside)
    outcome = archive.file(("1.jpg", sheet("A")), ("2.pdf", data), ("3.jpg", sheet("B")))
    assert outcome.state == "closed"
    filed = [each.pages for each in outcome.filed]
    assert filed == [1, len(inside), 1]
    assert archive.document(2) == data
    require_whole(archive.services, outcome.batch_id, [data])
    # The same bytes stand in the document: no second copy stays in intake.
    assert not list(archive.services.store.list(f"intake/{outcome.batch_id}/files/"))


def test_a_signed_file_of_known_pages_is_not_taken_apart(archive: Archive) -> None:
    archive.file(("1.jpg", TEXT), ("2.jpg", OTHER_TEXT))
    data = signed_pdf(TEXT, OTHER_TEXT)
    outcome = archive.file(("ky.pdf", data))
    assert [each.pages for each in outcome.filed] == [2]
    assert archive.document(outcome.filed[0].no) == data
    again = archive.file(("ky-lan-2.pdf", data))
    assert (again.filed, {laid.code for laid in again.laid}) == ((), {"duplicate"})
    for batch_id in (outcome.batch_id, again.batch_id):
        require_whole(archive.services, batch_id, [data])


def test_a_page_that_the_dossier_has_already_stays_in_the_signed_file(archive: Archive) -> None:
    archive.file(("1.jpg", TEXT))
    data = signed_pdf(TEXT, sheet("4"))
    outcome = archive.file(("ky.pdf", data))
    assert archive.document(outcome.filed[0].no) == data
    require_whole(archive.services, outcome.batch_id, [data])


def test_a_signed_file_with_two_numbers_waits_for_a_person_and_is_filed_whole(archive: Archive) -> None:
    data = signed_pdf(sheet("A", "H13.42-260804-8001"), sheet("B", "H13.42-260804-8002"))
    outcome = archive.file(("ky.pdf", data), number=None)
    assert outcome.state == "unassigned" and "several dossiers" in outcome.reason and outcome.reason_vi
    require_whole(archive.services, outcome.batch_id, [data])
    assign_batch(archive.services, outcome.batch_id, archive.number, None, "test")
    outcome = process(archive.services, outcome.batch_id)
    assert outcome.dossiers == (archive.number,)
    assert archive.document(1) == data
    require_whole(archive.services, outcome.batch_id, [data])


BROKEN = TEXT[:200] + b"\0" * (len(TEXT) - 200)


@pytest.mark.parametrize(
    ("inside", "stated", "code"),
    [
        pytest.param((TEXT, OTHER_TEXT, BROKEN), SIZE, "", id="can't be decoded"),
        pytest.param((TEXT, OTHER_TEXT), (90_000, 90_000), "oversized", id="too large"),
        pytest.param((TEXT,), (90_000, 90_000), "oversized", id="the only page"),
    ],
)
def test_an_unreadable_page_of_a_signed_file_loses_its_text_only(
    archive: Archive, inside: Sequence[bytes], stated: tuple[int, int], code: str
) -> None:
    data = signed_pdf(*inside, stated=stated)
    outcome = archive.file(("ky.pdf", data))
    assert outcome.state == "closed"
    (filed,) = outcome.filed
    assert (filed.pages, outcome.count.filed) == (outcome.count.captured, outcome.count.captured)
    assert archive.document(filed.no) == data
    (laid,) = outcome.laid
    assert (laid.where, laid.page) == ("unread", filed.pages)
    assert laid.reason and laid.reason_vi and laid.code.startswith(code)
    dossier = archive.services.catalog.dossier(archive.number)
    assert dossier is not None
    words = decode_words(archive.services.store.get(dossier.documents[-1].versions[-1].words.key))
    assert [bool(page.unread) for page in words] == [False] * (filed.pages - 1) + [True]
    assert words[-1].unread == laid.code and not words[-1].words
    require_whole(archive.services, outcome.batch_id, [data])


@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_pages_over_their_time_leave_a_signed_file_whole(
    tmp_path: Path, shared_services: Services, seconds: float
) -> None:
    """Whether nothing is done in that time, the file is taken apart, or some pages are read."""
    settings = with_limits(shared_services, seconds=seconds, attempts=1)
    data = signed_pdf(TEXT, OTHER_TEXT)
    with open_services(settings) as services:
        archive = Archive(services, tmp_path)
        outcome = archive.file(("1.jpg", sheet("A")), ("ky.pdf", data))
        assert outcome.state == "closed"
        require_whole(services, outcome.batch_id, [data])
        assert all(each.pages == 2 for each in outcome.filed if services.store.get(each.object_key) == data)


def test_decisions_on_single_pages_leave_a_signed_file_whole(archive: Archive) -> None:
    """An older release allowed decisions on single pages: they count for the whole file or not at all."""
    data = signed_pdf(TEXT, OTHER_TEXT, sheet("5"))
    batch_id = archive.take(("1.jpg", sheet("A")), ("ky.pdf", data), number=None)
    assert process(archive.services, batch_id).state == "unassigned"
    with archive.services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        decide(held, 2, place=1)
        decide(held, 3, removed="removed", begins=True, rotation=90)
        decide(held, 4, place=0, begins=True)
        decide(held, 1, place=2, begins=False)
        gone = pages_table.update().where(pages_table.c.batch_id == batch_id, pages_table.c.no == 3)
        connection.execute(gone.values(state="set_aside", reason_code="removed"))
    assign_batch(archive.services, batch_id, archive.number, None, "test")
    outcome = process(archive.services, batch_id)
    assert {each.no: each.pages for each in outcome.filed} == {1: 3, 2: 1}
    assert archive.document(1) == data
    require_whole(archive.services, batch_id, [data])


def test_a_part_of_a_signed_file_is_never_written(archive: Archive) -> None:
    """Should the pipeline try to write it, the batch fails and nothing is changed."""
    data = signed_pdf(TEXT, OTHER_TEXT)
    unpacked = archive.services.children.unpack(data, "ky.pdf").result()
    file = TakenFile(1, 1, "ky.pdf", "key", "sha256", 1, unpacked)
    reading = archive.services.children.read(unpacked.pages[0]).result()
    page = BatchPage(1, file, unpacked.pages[0], reading)
    with pytest.raises(ScanflowError, match="filed whole or not at all"):
        Sheets(Paper((0,), "unknown", 0.0), (page,)).stay  # noqa: B018  what is asked is whether it can be asked
    assert Sheets(Paper((0, 1), "unknown", 0.0), (page, replace(page, no=2))).stay


def test_a_signed_file_that_is_not_filed_is_kept_whole_and_locked(archive: Archive) -> None:
    data = signed_pdf(TEXT, OTHER_TEXT)
    batch_id = archive.take(("ky.pdf", data))
    assert process(archive.services, batch_id).state == "closed"
    batch_id = archive.take(("ky-2.pdf", data))
    assert process(archive.services, batch_id).state == "closed"
    with archive.services.catalog.reading() as connection:
        (row,) = batch_files(connection, batch_id)
    assert archive.services.store.get(row.stored_key) == data
    if archive.services.store.retains():
        assert archive.services.store.retained_until(row.stored_key) is not None
    require_whole(archive.services, batch_id, [data])
