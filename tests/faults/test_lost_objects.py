"""A bucket that lost objects, and a catalog of last night: no file counts as known whose document is lost,
and nothing is filed over objects that the catalog doesn't know. On a folder with SQLite and on S3 with
PostgreSQL.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import pages
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import manifest_number
from scanflow.errors import CatalogBehindError
from scanflow.ledger.batches import Intake
from scanflow.ledger.pages import batch_pages
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.filing.export import export_dossier, lost_objects
from scanflow.pipeline.intake.known_files import KnownFiles
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.queue.worker import work_on
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from scanflow.settings import Settings, StoreSettings, WorkSettings
from tests.archive.copies import Copied
from tests.faults.archives import NUMBER, file, opened, paper
from tests.patience import wait_until
from tests.pipeline.live_archive import LiveArchive, lease, process

Restore = Callable[[], None]


def lose(store: ObjectStore, catalog: Catalog, which: Callable[[str], bool]) -> int:
    """Delete objects for good, as a failed disk does."""
    lost = [stored for stored in catalog.objects() if which(stored.key)]
    for stored in lost:
        store.delete(stored.key, stored.version_id)
    return len(lost)


def test_a_source_whose_document_is_lost_is_taken_and_filed_again(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    source = paper(tmp_path / "inbox", "giấy.jpg")
    with opened(copied.settings, children) as services:
        first = file(services, source)
        assert file(services, source) == first  # known: nothing is taken twice
        assert lose(services.store, services.catalog, lambda key: key.endswith("v1.pdf"))
        again = file(services, source)
        assert again != first
        outcome = load_outcome(services, again)
        assert [filed.no for filed in outcome.filed] == [2]
        assert services.store.get(outcome.filed[0].object_key)
        assert file(services, source) == again


def test_a_source_whose_page_is_in_no_document_is_taken_again(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    """In the catalog the file's source was released, and its page is in no document."""
    with opened(copied.settings, children) as services:
        path = paper(tmp_path / "in", "1.jpg")
        first = file(services, path)
        with services.catalog.transaction() as connection:
            connection.execute(update(pages).where(pages.c.batch_id == first).values(document_id=None))
        (again,) = take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        assert again != first
        assert len(list(services.store.list(f"intake/{again}/files/"))) == 1


def test_a_copy_of_a_lost_paper_is_no_duplicate(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    with opened(copied.settings, children) as services:
        first = file(services, paper(tmp_path / "inbox", "giấy.jpg"))
        second = file(services, paper(tmp_path / "inbox", "bản sao.jpg"))
        assert [laid.code for laid in load_outcome(services, second).laid] == ["duplicate"]
        lose(services.store, services.catalog, lambda key: key.endswith("v1.pdf"))
        (page,) = _checksums(services, first)
        assert not KnownFiles(services, NUMBER, "").has_page(page)
        third = file(services, paper(tmp_path / "inbox", "bản sao 2.jpg"))
        assert [filed.no for filed in load_outcome(services, third).filed] == [2]
        assert KnownFiles(services, NUMBER, "").has_page(page)


def test_a_lost_document_is_shown_and_the_others_are_kept(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    with opened(copied.settings, children) as services:
        for no in range(3):
            file(services, paper(tmp_path / "inbox", f"{no}.jpg", different=b"\0" * no))
        dossier = services.catalog.dossier(NUMBER)
        assert dossier is not None
        assert lost_objects(services.store, dossier) == []
        wanted = dossier.documents[1].versions[0].pdf
        assert lose(services.store, services.catalog, lambda key: key == wanted.key) == 1
        assert lost_objects(services.store, dossier) == [wanted]
        done = export_dossier(services.catalog, services.store, NUMBER, tmp_path / "out")
        assert ([each.no for each in done.files], done.lost) == ([1, 3], [wanted])
        for each in done.files:
            assert sha256(each.path.read_bytes()).hexdigest() == each.sha256
        assert len(list((tmp_path / "out").iterdir())) == 2


def test_commands_name_a_lost_document(children: ChildProcesses, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, store=StoreSettings(lock_mode="off"))
    live_archive = LiveArchive(tmp_path, {"SCANFLOW_STORE__LOCK_MODE": "off"})
    with opened(settings, children) as services:
        for no in range(2):
            file(services, paper(tmp_path / "inbox", f"{no}.jpg", different=b"\0" * no))
        (key,) = [key for key in services.store.keys("dossiers/") if "/01-" in key and key.endswith(".pdf")]
        lose(services.store, services.catalog, lambda each: each == key)
    code, said = live_archive.run("--quiet", "show", NUMBER)
    assert (code, f"lost from the store: {key}" in said) == (0, True), said
    code, said = live_archive.run("--quiet", "export", NUMBER, tmp_path / "out")
    assert (code, key in said) == (9, True), said
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{NUMBER}.02.pdf"]


def test_a_dossier_whose_newest_manifest_is_lost_takes_more(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    with opened(copied.settings, children) as services:
        first = file(services, paper(tmp_path / "inbox", "giấy.jpg"))
        lose(services.store, services.catalog, lambda key: manifest_number(key) is not None)
        file(services, paper(tmp_path / "inbox", "giấy 2.jpg", different=b"\0"))
        process(services, first)  # tidied up again: its manifest is written anew
        keys = set(services.store.keys())
        assert {stored.key for stored in services.catalog.objects()} <= keys | _lost_for_good(services, keys)


def test_intake_that_was_lost_is_stored_again_when_its_source_comes(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    source = paper(tmp_path / "inbox", "giấy.jpg")
    intake = Intake("inbox", clerk_number=NUMBER)
    with opened(copied.settings, children) as services:
        (batch_id,) = take(services, [source], Path.read_bytes, intake).batches
        assert lose(services.store, services.catalog, lambda key: "/files/" in key) == 1
        assert take(services, [source], Path.read_bytes, intake).batches == (batch_id,)
        assert process(services, batch_id).count.filed == 1


def test_nothing_is_filed_where_the_bucket_is_ahead(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    """With last night's catalog the next document would get a number in use, and hide the newer document."""
    work = WorkSettings(attempts=1, backoff=0.05, heartbeat=0.2)
    with opened(copied.settings, children) as services:
        file(services, paper(tmp_path / "inbox", "giấy.jpg"))
    copied.back_up()
    with opened(copied.settings, children) as services:
        file(services, paper(tmp_path / "inbox", "giấy 2.jpg", different=b"\0"))
    yesterday = copied.restore().model_copy(update={"work": work})
    source = paper(tmp_path / "inbox", "giấy 3.jpg", different=b"\0\0")
    with opened(yesterday, children) as services:
        before = set(services.store.keys("dossiers/"))
        (batch_id,) = take(services, [source], Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
        with pytest.raises(CatalogBehindError, match="scanflow repair"):
            process(services, batch_id)
        stop = Event()
        working = Thread(target=work_on(services, stop), args=(lease(services, batch_id),))
        working.start()
        try:
            assert wait_until(lambda: "scanflow repair" in load_outcome(services, batch_id).reason)
        finally:
            stop.set()
            working.join()
        assert load_outcome(services, batch_id).state == "taken"
        assert set(services.store.keys("dossiers/")) == before


def _checksums(services: Services, batch_id: str) -> list[str]:
    with services.catalog.reading() as connection:
        return [row.sha256 for row in batch_pages(connection, batch_id)]


def _lost_for_good(services: Services, keys: set[str]) -> set[str]:
    """Manifests that are older than one that is there."""
    newest: dict[str, int] = {}
    for key in keys:
        if (k := manifest_number(key)) is not None:
            newest[key.rpartition("/")[0]] = max(k, newest.get(key.rpartition("/")[0], 0))
    return {
        stored.key
        for stored in services.catalog.objects()
        if (k := manifest_number(stored.key)) is not None and k < newest.get(stored.key.rpartition("/")[0], 0)
    }
