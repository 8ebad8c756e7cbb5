"""Repair of a catalog that is older than its bucket. On a folder with SQLite and on S3 with PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from scanflow import clock
from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import batches, files, pages
from scanflow.archive.identity import read_identity
from scanflow.archive.log.segments import anchor
from scanflow.archive.logbook import LogEntry, batch_subject, dossier_subject
from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import open_store
from scanflow.archive.store.keys import ARCHIVE, manifest_key
from scanflow.ledger.batches import Intake
from scanflow.model import REBUILT
from scanflow.pipeline.intake.known_files import drop_recovered
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import open_services
from tests.archive.copies import Copied
from tests.archive.filing import NUMBER, OTHER, add_batch, file_paper
from tests.archive.searching import search
from tests.archive.two_days import close, entries, lose, monday, opened, tuesday
from tests.pipeline.live_archive import batch, page, process, take_batch


def test_a_catalog_of_last_night_gets_what_came_since(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
    copied.back_up()
    with opened(copied.settings) as (store, catalog):
        tuesday(store, catalog)
        expected = {number: catalog.dossier(number) for number in (NUMBER, OTHER)}
        logs = {s: catalog.log_entries(s) for s in (dossier_subject(NUMBER), batch_subject("b2"))}
    with opened(copied.restore()) as (store, catalog):
        found = verify(store, catalog)
        assert not found.ok
        assert {stored.key for stored in found.newer} >= {manifest_key(NUMBER, 2), manifest_key(OTHER, 1)}
        before = set(store.keys())
        told = repair(store, catalog, dry_run=True)
        assert told.actions
        assert catalog.dossier(OTHER) is None
        assert set(store.keys()) == before
        done = repair(store, catalog)
        assert (done.actions, done.problems) == (told.actions, [])
        assert (done.dossiers, done.documents, done.versions, done.batches) == (1, 2, 3, 2)
        for number, dossier in expected.items():
            assert catalog.dossier(number) == dossier
        for subject, entries in logs.items():
            assert catalog.log_entries(subject) == entries
        assert len(search(catalog, "ủy quyền")) == len(search(catalog, "đọc lại")) == 1
        with catalog.reading() as connection:
            rows = connection.execute(select(pages.c.state, pages.c.document_id)).fetchall()
            of_documents = [row.document_id for row in rows if row.state == "filed"]
            assert of_documents and None not in of_documents
        report = verify(store, catalog)
        assert report.ok, report
        again = repair(store, catalog)
        assert (again.actions, again.problems) == ([], [])
        add_batch(catalog, "b9", 1)
        assert file_paper(store, catalog, ["thêm"], batch_id="b9").no == 3


def test_the_log_of_last_night_gets_what_was_anchored_since(copied: Copied) -> None:
    """Also what no manifest tells: who saw what. It goes on as the same chain."""
    until = clock.now() + timedelta(days=1)
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        anchor(store, catalog, until)
    copied.back_up()
    with opened(copied.settings) as (store, catalog):
        tuesday(store, catalog)
        for subject in (dossier_subject(NUMBER), "person lan"):
            catalog.append_log(LogEntry(clock.now(), "lan", "viewed", subject, None, {"á": 1}))
        anchor(store, catalog, until)
        expected = entries(catalog)
    with opened(copied.restore()) as (store, catalog):
        before = entries(catalog)
        assert len(before) < len(expected) and before == expected[: len(before)]
        assert not verify(store, catalog).ok
        told = repair(store, catalog, dry_run=True)
        assert f"log: {len(expected) - len(before)} entries entered" in told.actions
        assert entries(catalog) == before
        assert repair(store, catalog).actions == told.actions
        found = entries(catalog)
        assert found[: len(expected)] == expected
        assert [each.entry.action for each in found[len(expected) :]] == ["repaired"]
        report = verify(store, catalog)
        assert report.ok and not report.log.problems, report
        assert anchor(store, catalog, until) == 1
        assert repair(store, catalog).actions == []


def test_a_lost_id_is_reported_and_written_again(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        written = store.get(ARCHIVE)
        (identity,) = store.list(ARCHIVE)
        store.delete(ARCHIVE, identity.version_id)
    store = open_store(copied.settings)
    with open_catalog(copied.settings) as catalog:  # as the command opens them: not bound to an id
        told = repair(store, catalog, dry_run=True)
        assert told.actions == [f"{ARCHIVE}: lost; written again"]
        assert read_identity(store) is None
        assert repair(store, catalog).actions == told.actions
        assert store.get(ARCHIVE) == written
        assert repair(store, catalog).actions == []


def test_intake_objects_that_were_deleted_since_the_copy_are_not_missed(copied: Copied) -> None:
    """The copy was made while a batch was worked on and its source files were still needed."""
    with open_services(copied.settings) as services:
        batch_id = take_batch(services, [page("1"), page("2")])
    copied.back_up()
    with open_services(copied.settings) as services:
        assert process(services, batch_id).state == "closed"
    with opened(copied.restore()) as (store, catalog):
        assert repair(store, catalog).problems == []
        assert verify(store, catalog).ok
        assert not [each for each in catalog.objects() if "/files/" in each.key]


def test_what_was_in_no_manifest_is_there_once_when_its_source_comes_again(copied: Copied) -> None:
    """A taker was killed before it could write the manifest, and the catalog is older than that."""
    with opened(copied.settings):
        pass  # the archive is made
    copied.back_up()
    with open_services(copied.settings) as services:
        folder = services.settings.home / "in"
        folder.mkdir()
        paths = [folder / "1.png", folder / "2.png"]
        for path in paths:
            path.write_bytes(page(path.stem))
        (batch_id,) = take(services, paths, Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        for stored in list(services.store.list(f"intake/{batch_id}/manifest/")):
            services.store.delete(stored.key, stored.version_id)
    settings = copied.restore()
    with opened(settings) as (store, catalog):
        assert repair(store, catalog).problems == []
    with open_services(settings) as services:
        assert batch(services, batch_id).state == "unassigned"
        again = take(services, paths, Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        assert batch_id not in again
        assert batch(services, batch_id).state == "closed"
        assert process(services, *again).count.filed == 2
        assert verify(services.store, services.catalog).ok
        assert not list(services.store.list(f"intake/{batch_id}/files/"))


def test_what_was_found_stays_where_its_source_came_again_and_was_lost(
    copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the source's coming and the look at what is there twice, the store loses what came."""
    with opened(copied.settings):
        pass  # the archive is made
    copied.back_up()
    with open_services(copied.settings) as services:
        path = services.settings.home / "1.png"
        path.write_bytes(page("1"))
        (batch_id,) = take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        for stored in list(services.store.list(f"intake/{batch_id}/manifest/")):
            services.store.delete(stored.key, stored.version_id)
    settings = copied.restore()
    with opened(settings) as (store, catalog):
        assert repair(store, catalog).problems == []
    with open_services(settings) as services:
        with monkeypatch.context() as patched:
            patched.setattr("scanflow.pipeline.intake.take.drop_recovered", lambda *_: None)
            again = take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        for stored in list(services.store.list(f"intake/{again[0]}/files/")):
            services.store.delete(stored.key, stored.version_id)
        drop_recovered(services, again)
        assert batch(services, batch_id).state == "unassigned"
        (kept,) = services.store.list(f"intake/{batch_id}/files/")
        assert services.store.get(kept.key) == page("1")


def test_a_catalog_copied_while_a_batch_was_taken_gets_its_released_files(copied: Copied) -> None:
    """It expects files that were stored after it was copied, whose sources don't come again."""
    with opened(copied.settings):
        pass  # the archive is made

    def killed_at_the_second(path: Path) -> bytes:
        if path.name == "2.png" and next(looks):
            raise KeyboardInterrupt
        return path.read_bytes()

    looks = iter([False, True])  # a look first, then the taking
    paths = [copied.settings.home / name for name in ("1.png", "2.png")]
    for path in paths:
        path.write_bytes(page(path.stem))
    with open_services(copied.settings) as services, pytest.raises(KeyboardInterrupt):
        take(services, paths, killed_at_the_second, Intake("inbox", clerk_number=NUMBER))
    copied.back_up()
    with open_services(copied.settings) as services:
        (batch_id,) = take(services, paths, Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        assert batch(services, batch_id).state == "taken"
    settings = copied.restore()
    with opened(settings) as (store, catalog):
        assert verify(store, catalog).newer
        assert repair(store, catalog).problems == []
        assert repair(store, catalog).actions == []
    with open_services(settings) as services:
        outcome = process(services, batch_id)
        assert (outcome.state, outcome.count.captured, outcome.count.filed) == ("closed", 2, 2)
        assert verify(services.store, services.catalog).ok


def test_a_catalog_of_the_moment_before_a_page_was_kept_gets_its_place(
    copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(copied.settings):
        pass  # the archive is made

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with open_services(copied.settings) as services:
        batch_id = take_batch(services, [page("1"), page("", lines=0)], number=NUMBER)
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr("scanflow.pipeline.filing.file.page_kept", killed)
            process(services, batch_id)
    copied.back_up()
    with open_services(copied.settings) as services:
        assert process(services, batch_id).state == "closed"
    settings = copied.restore()
    with opened(settings) as (store, catalog):
        assert repair(store, catalog).problems == []
        with catalog.reading() as connection:
            row = connection.execute(select(pages).where(pages.c.state == "set_aside")).one()
        assert store.get(row.object_key) == page("", lines=0)
        assert verify(store, catalog).ok


def test_a_page_without_a_place_is_reported_and_found(copied: Copied) -> None:
    """As an older release's repair left it."""
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        with catalog.transaction() as connection:
            kept = connection.scalar(select(pages.c.object_key).where(pages.c.state == "set_aside"))
            connection.execute(update(files).values(state="unpacked", object_key=None))
            connection.execute(update(pages).where(pages.c.object_key == kept).values(object_key=None))
        (told,) = verify(store, catalog).unplaced
        assert told == "batch b1: page 2 is in no document and kept nowhere"
        assert repair(store, catalog).problems == []
        with catalog.reading() as connection:
            assert connection.scalar(select(pages.c.object_key).where(pages.c.state == "set_aside")) == kept
        assert verify(store, catalog).ok
        lose(store, catalog, str(kept).rpartition("/")[2])
        with catalog.transaction() as connection:
            connection.execute(update(pages).where(pages.c.object_key == kept).values(object_key=None))
        assert told in repair(store, catalog).problems


def test_a_file_without_a_source_is_not_taken_for_its_own_copy(copied: Copied) -> None:
    """One source of a batch that waits for its number comes again; the other one's is not known any more."""
    with opened(copied.settings):
        pass  # the archive is made
    with open_services(copied.settings) as services:
        paths = [services.settings.home / name for name in ("1.png", "2.png")]
        for path in paths:
            path.write_bytes(page(path.stem))
        (batch_id,) = take(services, paths, Path.read_bytes, Intake("inbox")).batches
        with services.catalog.transaction() as connection:
            connection.execute(update(batches).values(state="unassigned", reason=REBUILT))
            connection.execute(update(files).where(files.c.name == "2.png").values(source_id=None))
        assert take(services, paths[:1], Path.read_bytes, Intake("inbox")).batches == (batch_id,)
        kept = {services.store.get(each.key) for each in services.store.list(f"intake/{batch_id}/files/")}
        assert kept == {page("1"), page("2")}


def test_a_number_that_was_given_twice_is_given_once_and_nothing_is_lost(copied: Copied) -> None:
    """An older release filed with a catalog of last night, over what had come since."""
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
    copied.back_up()
    with opened(copied.settings) as (store, catalog):
        tuesday(store, catalog)
    with opened(copied.restore()) as (store, catalog):
        add_batch(catalog, "b8", 1)
        ref = file_paper(store, catalog, ["một tờ khác"], type="van-ban-khac", batch_id="b8")
        assert ref.no == 2  # for the second time
        close(catalog, "b8")
        repair(store, catalog)
        dossier = catalog.dossier(NUMBER)
        assert dossier is not None
        assert [(each.no, each.type, each.batch_id) for each in dossier.documents] == [
            (1, "to-khai-dang-ky-khai-sinh", "b1"),
            (2, "van-ban-khac", "b8"),
            (3, "giay-uy-quyen", "b2"),
        ]
        for document in dossier.documents:
            assert store.get(document.versions[-1].pdf.key)
        assert verify(store, catalog).ok
        assert repair(store, catalog).actions == []
