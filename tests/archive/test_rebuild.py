"""The bucket is enough: a catalog made anew from it equals the one that was lost. And `verify`."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import insert, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import (
    batches,
    documents,
    files,
    pages,
    workers,
)
from scanflow.archive.logbook import batch_subject, dossier_subject
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.search.question import Hit
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import intake_file_key, intake_key, manifest_key
from scanflow.errors import CatalogError, StoreUnavailableError
from tests.archive.contents import content_of, fill
from tests.archive.filing import (
    NUMBER,
    OTHER,
    add_batch,
    file_paper,
)
from tests.archive.searching import search
from tests.conftest import NewSettings


@pytest.fixture
def anew(new_settings: NewSettings) -> Iterator[Catalog]:
    """An empty catalog elsewhere."""
    with open_catalog(new_settings("anew")) as opened:
        yield opened


NOT_IN_THE_BUCKET = {
    "review_claims",
    "file_attempts",
    "readings",
    "undo_steps",
    "workers",
    "users",
    "sessions",
    "counters",
    "agencies",
    "orders",
    "tries",
    "browsers",
    "api_tokens",
    "sso_users",
    "webhooks",
    "events",
    "event_position",
    "saved_searches",
    "night_items",
    "night_runs",
    "daily_figures",
    "daily_counters",
    "counted_documents",
    "counted_changes",
}


def hits(catalog: Catalog, query: str) -> list[Hit]:
    return [replace(hit, document_id=0) for hit in search(catalog, query)]


def test_a_rebuilt_catalog_equals_the_lost_one(store: ObjectStore, catalog: Catalog, anew: Catalog) -> None:
    fill(store, catalog)
    report = rebuild(store, anew)
    assert report.problems == []
    assert (report.dossiers, report.documents, report.versions, report.batches) == (2, 3, 4, 3)
    before, after = content_of(catalog), content_of(anew)
    assert before.keys() == after.keys()
    for table, rows in before.items():
        if table == "search_changes":
            continue  # each catalog counts its own, with tokens that say whose they are
        assert after[table] == rows, table
        # Readings are kept only while a batch is open, and are made again; nobody works or signs in here.
        assert rows or table in NOT_IN_THE_BUCKET, f"{table} is empty: nothing is compared"
    for number in (NUMBER, OTHER):
        assert anew.dossier(number) == catalog.dossier(number)
        assert anew.log_entries(dossier_subject(number)) == catalog.log_entries(dossier_subject(number))
    assert anew.log_entries(batch_subject("b1")) == catalog.log_entries(batch_subject("b1"))
    for query in ("dang ky khai sinh", "đọc lại", OTHER, "giay-uy-quyen", '"Lê Văn Thử"'):
        # The score may differ: SQLite goes on counting pages of older versions that left the index.
        assert hits(anew, query) == hits(catalog, query) != []


def test_a_rebuilt_catalog_verifies_and_goes_on(store: ObjectStore, catalog: Catalog, anew: Catalog) -> None:
    fill(store, catalog)
    rebuild(store, anew)
    report = verify(store, anew)
    assert report.ok
    assert report.unknown == ()
    file_paper(store, anew, ["thêm một tờ"], batch_id="b9")
    stored = write_manifest(store, anew, NUMBER)
    assert stored.key == manifest_key(NUMBER, 3)


def test_only_an_empty_catalog_is_filled(folder: FolderStore, catalog: Catalog) -> None:
    catalog.ensure_dossier("N1")
    with pytest.raises(CatalogError, match="not empty"):
        rebuild(folder, catalog)


def test_names_of_workers_do_not_hinder_a_rebuild(folder: FolderStore, anew: Catalog) -> None:
    """The name of a killed worker may be there; a worker that runs may go on running."""
    with anew.transaction() as connection:
        row = {"id": "a", "host": "a", "pid": 1, "born": "1", "beats": 1, "started_at": datetime.now(UTC)}
        connection.execute(insert(workers).values(**row))
    assert rebuild(folder, anew).problems == []


def test_an_empty_store_gives_an_empty_catalog(folder: FolderStore, anew: Catalog) -> None:
    report = rebuild(folder, anew)
    assert (report.dossiers, report.problems) == (0, [])


def test_a_damaged_manifest_falls_back_to_the_one_before(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    fill(folder, catalog)
    (folder.root / manifest_key(NUMBER, 2)).write_bytes(b"{}")
    report = rebuild(folder, anew)
    assert any("an older manifest" in problem for problem in report.problems)
    dossier = anew.dossier(NUMBER)
    assert dossier is not None
    assert [len(document.versions) for document in dossier.documents] == [1, 1]
    # Its batch is not closed: the next worker on it finds the objects.
    left = [stored.key for stored in verify(folder, anew).unfinished]
    assert [key.rpartition("/")[2] for key in left] == ["v2.pdf", "v2.words.json.zst"]


def test_damaged_words_are_lost_for_search_only(folder: FolderStore, catalog: Catalog, anew: Catalog) -> None:
    fill(folder, catalog)
    dossier = catalog.dossier(OTHER)
    assert dossier is not None
    (folder.root / dossier.documents[0].versions[0].words.key).write_bytes(b"x")
    report = rebuild(folder, anew)
    [problem] = report.problems
    assert "cannot be searched" in problem
    assert anew.dossier(OTHER) == dossier
    assert search(anew, "tạm trú") == []
    assert len(search(anew, "đọc lại")) == 1


def test_a_missing_pdf_is_reported(folder: FolderStore, catalog: Catalog, anew: Catalog) -> None:
    fill(folder, catalog)
    dossier = catalog.dossier(OTHER)
    assert dossier is not None
    pdf = dossier.documents[0].versions[0].pdf
    folder.delete(pdf.key, pdf.version_id)
    assert rebuild(folder, anew).problems == [f"{pdf.key}: missing"]
    assert verify(folder, anew).missing == (pdf,)


def test_captured_bytes_without_a_manifest_wait_for_a_person(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    """Killed while the batch was taken, and the catalog lost: no page is lost."""
    data = b"%PDF-1.7 scanned"
    digest = sha256(data).hexdigest()
    key = intake_file_key("b7", 1, digest, "quét.pdf")
    folder.put(key, data, content_type="application/pdf")
    page_key = intake_key("b8", 3, digest, "image/png")
    folder.put(page_key, data, content_type="image/png")
    report = rebuild(folder, anew)
    assert (report.batches, report.problems) == (2, [])
    with anew.reading() as c:
        found = {row.id: (row.state, row.reason) for row in c.execute(select(batches))}
        assert found == dict.fromkeys(("b7", "b8"), ("unassigned", "rebuilt")), "no job was made"
        [file] = c.execute(select(files)).fetchall()
        assert (file.batch_id, file.no, file.state, file.object_key, file.sha256, file.size) == (
            ("b7", 1, "taken", key, digest, len(data))
        )
        [page] = c.execute(select(pages)).fetchall()
        assert (page.batch_id, page.no, page.state, page.object_key) == ("b8", 3, "taken", page_key)
    assert verify(folder, anew).ok


def test_a_store_that_goes_away_leaves_the_catalog_empty(
    folder: FolderStore, catalog: Catalog, anew: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder, catalog)
    really_get = FolderStore.get

    def get(self: FolderStore, key: str, version_id: str | None = None) -> bytes:
        if OTHER.rpartition("/")[2] in key:
            raise StoreUnavailableError("gone")
        return really_get(self, key, version_id)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "get", get)
        with pytest.raises(StoreUnavailableError):
            rebuild(folder, anew)
    assert anew.dossiers() == []
    assert rebuild(folder, anew).dossiers == 2


def test_verify_finds_nothing_wrong(store: ObjectStore, catalog: Catalog) -> None:
    fill(store, catalog)
    seen: list[tuple[int, int]] = []
    report = verify(store, catalog, lambda done, total: seen.append((done, total)))
    assert report.ok
    assert (report.missing, report.damaged, report.unknown, report.outdated) == ((), (), (), ())
    assert report.checked == len(catalog.objects()) == len(seen)
    assert report.bytes == sum(len(store.get(each.key, each.version_id)) for each in catalog.objects())
    assert seen[-1] == (report.checked, report.checked)


def test_verify_finds_what_is_wrong(folder: FolderStore, catalog: Catalog) -> None:
    fill(folder, catalog)
    dossier = catalog.dossier(NUMBER)
    assert dossier is not None
    first, second = dossier.documents
    (folder.root / first.versions[0].pdf.key).write_bytes(b"turned")
    folder.delete(second.versions[0].pdf.key, second.versions[0].pdf.version_id)
    stray = folder.put("dossiers/stray.pdf", b"x", content_type="application/pdf")
    report = verify(folder, catalog)
    assert not report.ok
    assert report.damaged == (first.versions[0].pdf,)
    assert report.missing == (second.versions[0].pdf,)
    assert report.unknown == (stray,)


def test_verify_finds_another_file_under_a_documents_key(store: ObjectStore, catalog: Catalog) -> None:
    """Another file was put under the key: on both stores the version that was filed is still there."""
    fill(store, catalog)
    dossier = catalog.dossier(OTHER)
    assert dossier is not None
    pdf = dossier.documents[0].versions[0].pdf
    other = store.put(pdf.key, b"another", content_type="application/pdf")
    report = verify(store, catalog)
    assert report.damaged == ()
    assert report.unknown == (other,)
    store.delete(pdf.key)
    assert pdf in verify(store, catalog).missing


def test_verify_reports_outdated_manifests(folder: FolderStore, catalog: Catalog) -> None:
    fill(folder, catalog)
    file_paper(folder, catalog, ["thêm"], batch_id="b9")
    catalog.ensure_dossier("N9")
    report = verify(folder, catalog)
    assert set(report.outdated) == {NUMBER, "N9"}
    assert not report.ok
    for number in report.outdated:
        write_manifest(folder, catalog, number)
    assert verify(folder, catalog).ok


def test_a_dossier_without_documents_is_rebuilt_too(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    catalog.ensure_dossier("N1", "1.001193")
    write_manifest(folder, catalog, "N1")
    rebuild(folder, anew)
    assert anew.dossier("N1") == catalog.dossier("N1")


def test_a_batch_of_an_unknown_dossier_keeps_its_pages(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    """The dossier's manifests are gone, the batch's is not: its pages are entered without a document."""
    add_batch(catalog, "b1", 1)
    file_paper(folder, catalog, ["một"])
    write_batch_manifest(folder, catalog, "b1")
    rebuild(folder, anew)
    with anew.reading() as c:
        [page] = c.execute(select(pages)).fetchall()
        assert (page.state, page.document_id) == ("filed", None)
        assert c.execute(select(documents)).fetchall() == []


def test_manifests_are_plain_json(folder: FolderStore, catalog: Catalog) -> None:
    fill(folder, catalog)
    manifests = [stored.key for stored in folder.list() if "/manifest/" in stored.key]
    assert len(manifests) >= 5  # of two dossiers and three batches
    for key in manifests:
        assert json.loads(folder.get(key))["schema"] == 1


def set_state(catalog: Catalog, batch_id: str, **values: Any) -> None:
    with catalog.transaction() as connection:
        connection.execute(batches.update().where(batches.c.id == batch_id).values(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "desk", "operator": "lan", "counter": "Quầy 1", "clerk_number": NUMBER, "revision": 7},
        {"state": "unassigned", "reason": "no-number", "job": "b1/0"},
        {"state": "failed", "reason": "OSError after several tries; see the log", "attempts": 10},
        {"state": "closed", "closed_at": datetime(2026, 11, 25, tzinfo=UTC)},
    ],
    ids=lambda values: str(values["state"]),
)
def test_a_batch_comes_back_in_its_state(
    store: ObjectStore, catalog: Catalog, anew: Catalog, values: dict[str, Any]
) -> None:
    add_batch(catalog, "b1", 2)
    set_state(catalog, "b1", **values)
    with catalog.transaction() as connection:
        decided = {"removed": "removed", "place": 1}
        connection.execute(pages.update().where(pages.c.no == 2).values(decided=decided))
    write_batch_manifest(store, catalog, "b1")
    assert rebuild(store, anew).problems == []
    before, after = content_of(catalog), content_of(anew)
    for table in ("batches", "files", "pages"):
        assert after[table] == before[table] != []


def test_a_batch_that_was_handed_in_goes_on_under_a_new_job(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    """The queue of jobs may remember the old one as done."""
    add_batch(catalog, "b1", 1)
    set_state(catalog, "b1", job="b1/0", turn=0)
    write_batch_manifest(folder, catalog, "b1")
    rebuild(folder, anew)
    with anew.reading() as connection:
        row = connection.execute(select(batches)).one()
    assert (row.state, row.job, row.turn) == ("taken", None, 1)


@pytest.mark.parametrize(("state", "becomes"), [("desk", "desk"), ("taken", "unassigned")])
def test_what_came_after_the_manifest_is_there_and_is_not_filed_unseen(
    folder: FolderStore, catalog: Catalog, anew: Catalog, state: str, becomes: str
) -> None:
    """Killed before the next manifest: the last one announces the second file and not the third."""
    add_batch(catalog, "b1", 1)
    set_state(catalog, "b1", state=state, operator="lan")
    with catalog.transaction() as connection:
        row = {"batch_id": "b1", "no": 2, "name": "lần hai.jpg", "sha256": "", "size": 0, "state": "expected"}
        connection.execute(insert(files).values(row))
    write_batch_manifest(folder, catalog, "b1")
    keys = []
    for no, data in ((2, b"two"), (3, b"three")):
        keys.append(intake_file_key("b1", no, sha256(data).hexdigest(), f"{no}.jpg"))
        folder.put(keys[-1], data, content_type="image/jpeg")
    assert rebuild(folder, anew).problems == []
    with anew.reading() as connection:
        batch = connection.execute(select(batches)).one()
        found = connection.execute(select(files).order_by(files.c.no)).fetchall()
    assert (batch.state, batch.operator) == (becomes, "lan")
    assert [(row.no, row.state, row.object_key) for row in found[1:]] == [
        (2, "taken", keys[0]),
        (3, "taken", keys[1]),
    ]
    assert found[1].name == "lần hai.jpg"
    assert verify(folder, anew).ok
