"""Repair of a bucket that has lost objects or is older than its catalog, and repair that is killed.

On a folder with SQLite and on S3 with PostgreSQL.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import delete, false, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.backends import keep_writers_out
from scanflow.archive.database.tables import metadata, pages
from scanflow.archive.identity import make_identity
from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import manifest_number
from scanflow.errors import WrongStoreError
from scanflow.settings import Settings
from tests.archive.copies import Copied
from tests.archive.filing import NUMBER, OTHER, add_batch, file_paper, write_manifests
from tests.archive.two_days import close, lose, monday, opened, tuesday
from tests.patience import PATIENCE


def test_lost_objects_of_a_bucket_are_reported_and_filing_goes_on(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        tuesday(store, catalog)
        lost = lose(store, catalog, ".pdf", "dossiers/03706")
        assert not verify(store, catalog).ok
        for _ in range(2):
            report = repair(store, catalog)
            assert report.problems == [f"{key}: missing" for key in lost]
        add_batch(catalog, "b4", 1)
        file_paper(store, catalog, ["tạm trú"], number=OTHER, type="unknown", batch_id="b4")
        with catalog.transaction() as connection:  # the same sheet, scanned again
            sha256 = connection.scalar(select(pages.c.sha256).where(pages.c.batch_id == "b3"))
            connection.execute(pages.update().where(pages.c.batch_id == "b4").values(sha256=sha256))
        close(catalog, "b4")
        write_manifests(store, catalog, "b4")
        report = repair(store, catalog)
        assert report.problems == []
        assert any("filed again" in action for action in report.actions)
        assert verify(store, catalog).ok


def test_lost_manifests_are_written_again(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        tuesday(store, catalog)
        assert lose(store, catalog, ".json")
        report = repair(store, catalog)
        assert report.problems == []
        assert any(map(manifest_number, store.keys()))
        assert verify(store, catalog).ok
        assert repair(store, catalog).actions == []


def test_a_bucket_of_last_night_gets_the_manifests_and_names_what_is_lost(copied: Copied) -> None:
    """The other direction: the catalog has what the bucket lacks."""
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        before = {(stored.key, stored.version_id) for stored in store.list()}
        tuesday(store, catalog)
        newer = [stored for stored in store.list() if (stored.key, stored.version_id) not in before]
        for stored in newer:
            store.delete(stored.key, stored.version_id)
        report = repair(store, catalog)
        documents = sorted(stored.key for stored in newer if not manifest_number(stored.key))
        assert report.problems == [f"{key}: missing" for key in documents]
        assert {dossier.number for dossier in catalog.dossiers()} == {NUMBER, OTHER}
        found = verify(store, catalog)
        assert sorted(stored.key for stored in found.missing) == documents
        assert (found.outdated, found.newer, found.unknown) == ((), (), ())


def test_hidden_objects_are_restored(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        dossier = catalog.dossier(NUMBER)
        assert dossier is not None
        pdf = dossier.documents[0].versions[0].pdf
        data = store.get(pdf.key)
        store.delete(pdf.key)
        assert [stored.key for stored in verify(store, catalog).missing] == [pdf.key]
        assert repair(store, catalog).problems == []
        assert store.get(pdf.key) == data
        assert verify(store, catalog).ok


def test_an_object_in_no_manifest_fails_verify_until_it_is_repaired(copied: Copied) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        key = f"dossiers/{NUMBER}/02-unknown/v1.pdf"
        store.put(key, b"%PDF-1.7 stray", content_type="application/pdf")
        assert [stored.key for stored in verify(store, catalog).unknown] == [key]
        assert repair(store, catalog).actions == [f"{key}: in no manifest; kept and looked after"]
        assert verify(store, catalog).ok


def test_the_wrong_store_is_not_repaired(copied: Copied, tmp_path: Path) -> None:
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
        other = FolderStore(tmp_path / "other")
        other.check()
        with pytest.raises(WrongStoreError, match="not one of the objects"):
            repair(other, catalog)
        make_identity(other)
        with pytest.raises(WrongStoreError, match="that of archive"):
            repair(other, catalog)


_KILLED = """
import os, sys
from pathlib import Path
from scanflow.archive.repair import repair as repairing
from scanflow.archive.catalog import open_catalog
from scanflow.archive.store.base import open_store
from scanflow.settings import load_settings

settings, where = load_settings(Path(sys.argv[1])), sys.argv[2]
really = getattr(repairing, where)

def killed(*arguments, **named):
    really(*arguments, **named)
    os.kill(os.getpid(), 9)

setattr(repairing, where, killed)
with open_catalog(settings) as catalog:
    repairing.repair(open_store(settings), catalog)
"""


@pytest.mark.parametrize("where", ["_look_for_objects", "write_manifest"])
def test_killed_in_the_middle_it_is_run_again(where: str, tmp_path: Path) -> None:
    """In the transaction, and among the writes to the bucket that follow it."""
    copied = Copied(Settings(home=tmp_path))
    with opened(copied.settings) as (store, catalog):
        monday(store, catalog)
    copied.back_up()
    with opened(copied.settings) as (store, catalog):
        tuesday(store, catalog)
    with opened(copied.restore()) as (store, catalog):
        add_batch(catalog, "b8", 1)
        file_paper(store, catalog, ["một tờ khác"], type="van-ban-khac", batch_id="b8")
        close(catalog, "b8")
    command = [sys.executable, "-c", _KILLED, str(tmp_path), where]
    killed = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    assert killed.returncode == -9, killed.stderr
    with opened(copied.settings) as (store, catalog):
        assert repair(store, catalog).problems == []
        assert verify(store, catalog).ok
        assert repair(store, catalog).actions == []


def test_nobody_writes_while_it_runs(copied: Copied) -> None:
    """Not into any table that says where papers are."""
    named = ("batches", "dossiers", "documents", "versions", "sources", "files", "pages", "objects")
    done = {name: Event() for name in named}

    def write(catalog: Catalog, name: str) -> None:
        with catalog.transaction() as connection:
            connection.execute(delete(metadata.tables[name]).where(false()))
        done[name].set()

    with opened(copied.settings) as (_, catalog), ThreadPoolExecutor(len(named)) as threads:
        with catalog.transaction() as connection:
            keep_writers_out(connection)
            for name in named:
                threads.submit(write, catalog, name)
            assert not done["batches"].wait(0.5)
            assert not [name for name in named if done[name].is_set()]
        assert all(each.wait(PATIENCE) for each in done.values())
