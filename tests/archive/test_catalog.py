"""Dossiers, documents, versions, objects and the log."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.logbook import LogEntry, batch_subject, document_subject, dossier_subject
from scanflow.archive.store.folder import FolderStore
from scanflow.errors import CatalogError, NotFoundError
from scanflow.model import Paper, StoredObject
from scanflow.settings import Settings
from tests.archive.filing import NUMBER, OTHER, add_version, detail, file_paper, words_of
from tests.archive.searching import search

PAPER = Paper((0,), "giay-khai-sinh", 0.8)


def test_a_filed_paper_comes_back(catalog: Catalog, folder: FolderStore) -> None:
    file_paper(folder, catalog, ["trang một", "trang hai"], fields={"so": "12/2026", "ho_ten": "Lê Văn Thử"})
    dossier = catalog.dossier(NUMBER)
    assert dossier is not None
    assert (dossier.number, dossier.procedure_code) == (NUMBER, "1.001193")
    [document] = dossier.documents
    assert (document.no, document.type, document.batch_id) == (1, "to-khai-dang-ky-khai-sinh", "b1")
    assert document.fields == {"ho_ten": "Lê Văn Thử", "so": "12/2026"}
    assert document.field_details == (detail("so", "12/2026"), detail("ho_ten", "Lê Văn Thử"))
    assert document.evidence[0].cue == "title"
    [version] = document.versions
    assert (version.version, version.pages, version.confidence) == (1, 2, 0.91)
    assert folder.stat(version.pdf.key) == version.pdf
    assert folder.stat(version.words.key) == version.words
    assert version.made_by["engine"] == "tesseract 5.5.0 vie"


def test_unknown_dossiers(catalog: Catalog) -> None:
    assert catalog.dossier("N1") is None
    assert not catalog.dossier_known("N1")
    with pytest.raises(NotFoundError):
        catalog.allocate_document("N1", PAPER, "b1", 1)


def test_a_procedure_once_known_stays(catalog: Catalog) -> None:
    first = catalog.ensure_dossier("N1")
    assert catalog.ensure_dossier("N1", "1.001193") == first
    assert catalog.ensure_dossier("N1", "2.000815") == first
    assert catalog.ensure_dossier("N1") == first
    dossier = catalog.dossier("N1")
    assert dossier is not None
    assert dossier.procedure_code == "1.001193"


def test_numbers_are_given_once(catalog: Catalog) -> None:
    catalog.ensure_dossier("N1")
    catalog.ensure_dossier("N2")
    given = [catalog.allocate_document("N1", PAPER, "b1", first_page) for first_page in (1, 3, 1, 7, 3)]
    assert [ref.no for ref in given] == [1, 2, 1, 3, 2]
    assert catalog.allocate_document("N1", PAPER, "b2", 1).no == 4
    assert catalog.allocate_document("N2", PAPER, "b3", 1).no == 1


def test_numbers_have_no_gaps_when_many_ask_at_once(catalog: Catalog) -> None:
    catalog.ensure_dossier("N1")
    with ThreadPoolExecutor(8) as pool:
        given = pool.map(lambda n: catalog.allocate_document("N1", PAPER, f"b{n % 12}", 1).no, range(24))
        assert sorted(given) == sorted([*range(1, 13), *range(1, 13)])


def test_numbering_a_document_waits_for_another_transaction_that_numbers_one(
    catalog: Catalog, settings: Settings
) -> None:
    """Two machines work on one dossier, and two on the same page (one had wrongly counted as dead)."""
    catalog.ensure_dossier("N1")
    with open_catalog(settings) as other, ThreadPoolExecutor(2) as pool:
        with catalog.transaction() as c:
            first = catalog.allocate_document("N1", PAPER, "b1", 1, connection=c)
            same = pool.submit(other.allocate_document, "N1", PAPER, "b1", 1)
            next_one = pool.submit(other.allocate_document, "N1", PAPER, "b2", 1)
            wait([same, next_one], timeout=0.3)
            assert not same.done()
            assert not next_one.done()
        assert same.result() == first
        assert (first.no, next_one.result().no) == (1, 2)


def test_what_many_enter_at_once_is_entered_once(
    catalog: Catalog, folder: FolderStore, settings: Settings
) -> None:
    ref = file_paper(folder, catalog, ["trang một"])
    made = catalog.dossier(NUMBER)
    assert made is not None
    again = replace(made.documents[0].versions[0], version=2)
    stored = StoredObject("intake/b/1", "00", 1)

    def enter(number: int) -> None:
        opened[number % 2].ensure_dossier("N9", "1.001193")
        opened[number % 2].record_object(stored)
        opened[number % 2].record_version(ref.id, again, [words_of("đọc lại")])

    with open_catalog(settings) as other, ThreadPoolExecutor(6) as pool:
        opened = (catalog, other)
        list(pool.map(enter, range(12)))
    assert [each.number for each in catalog.dossiers()] == ["N9", NUMBER]
    assert catalog.objects("intake/") == [stored]
    found = catalog.dossier(NUMBER)
    assert found is not None
    assert [version.version for version in found.documents[0].versions] == [1, 2]
    assert len(search(catalog, "đọc lại")) == 1


def test_a_version_is_entered_once(catalog: Catalog, folder: FolderStore) -> None:
    ref = file_paper(folder, catalog, ["trang một"])
    dossier = catalog.dossier(NUMBER)
    assert dossier is not None
    version = dossier.documents[0].versions[0]
    catalog.record_version(ref.id, version, [words_of("khác")])
    assert catalog.dossier(NUMBER) == dossier
    with pytest.raises(CatalogError, match="other bytes"):
        catalog.record_version(ref.id, replace(version, pdf=replace(version.pdf, sha256="00")), [])


def test_the_list_counts_the_newest_versions(catalog: Catalog, folder: FolderStore) -> None:
    catalog.ensure_dossier("N0")
    ref = file_paper(folder, catalog, ["một", "hai"])
    file_paper(folder, catalog, ["ba"], first_page=3)
    add_version(folder, catalog, ref, ["một", "hai", "hai rưỡi"], version=2)
    file_paper(folder, catalog, ["bốn"], number=OTHER, batch_id="b2")
    counts = {each.number: (each.documents, each.pages) for each in catalog.dossiers()}
    assert counts == {"N0": (0, 0), NUMBER: (2, 4), OTHER: (1, 1)}
    assert [each.number for each in catalog.dossiers()] == [OTHER, NUMBER, "N0"]


def test_objects_are_recorded_listed_and_forgotten(catalog: Catalog) -> None:
    plain = StoredObject("intake/a%_/1", "00", 1)
    versioned = [StoredObject("intake/ab/1", "01", 2, "v1"), StoredObject("intake/ab/1", "02", 3, "v2")]
    for stored in (plain, *versioned, plain):
        catalog.record_object(stored)
    assert catalog.objects() == [plain, *versioned]
    assert catalog.objects("intake/a%_/") == [plain]
    catalog.forget_object(versioned[0])
    catalog.forget_object(plain)
    assert catalog.objects() == [versioned[1]]


def test_the_log_by_subject(catalog: Catalog) -> None:
    def entry(action: str, subject: str) -> LogEntry:
        return LogEntry(datetime.now(UTC), "tester", action, subject, {"a": 1}, ["ă"])

    entries = [
        entry("opened", dossier_subject("N1")),
        entry("filed", document_subject("N1", 2)),
        entry("opened", dossier_subject("N10")),
        entry("closed", batch_subject("N1")),
    ]
    for each in entries:
        catalog.append_log(each)
    assert catalog.log_entries(dossier_subject("N1")) == entries[:2]
    assert catalog.log_entries(document_subject("N1", 2)) == entries[1:2]
    assert catalog.log_entries(batch_subject("N1")) == entries[3:]
