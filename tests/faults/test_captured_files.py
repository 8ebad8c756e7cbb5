"""A bucket is restored to last night, when a batch still lay in `intake/`: the batch's documents are lost,
its captured files are back. They are kept and filed again. On a folder with SQLite and on S3 with PostgreSQL.
"""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.repair.repair import repair
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore
from scanflow.ledger.batches import Intake
from scanflow.model import Dossier
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from tests.archive.copies import Copied
from tests.capture.samples import jpeg, png_with_text, saved
from tests.faults.archives import NUMBER, opened, write_paper
from tests.pipeline.live_archive import batch, process
from tests.pipeline.signedfiles import DPI, sheet, signed_pdf

Objects = dict[str, bytes]


def take_all(services: Services, folder: Path) -> str:
    """A scan, a file of which no document is all, a signed one, and a blank page."""
    paths = [write_paper(folder, "1.jpg"), folder / "2.png", folder / "3.pdf", folder / "4.jpg"]
    with Image.open(BytesIO(sheet("1"))) as page:
        paths[1].write_bytes(png_with_text(saved(page, "PNG", dpi=(DPI, DPI))))
    paths[2].write_bytes(signed_pdf(sheet("2")))
    paths[3].write_bytes(jpeg(Image.new("L", (600, 825), "white"), dpi=(100, 100)))
    (batch_id,) = take(services, paths, Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
    return batch_id


def contents(store: ObjectStore, prefix: str = "") -> Objects:
    return {key: store.get(key) for key in store.keys(prefix)}


def restore(services: Services, last_night: Objects) -> None:
    """Delete everything newer for good, and bring back what was deleted since, under other version ids."""
    for stored in [*services.catalog.objects(), *services.store.list()]:
        if stored.key not in last_night:
            services.store.delete(stored.key, stored.version_id)
    for key, data in last_night.items():
        services.store.put(key, data, content_type="application/octet-stream", if_absent=True)
    assert contents(services.store) == last_night


def dossier(services: Services) -> Dossier:
    found = services.catalog.dossier(NUMBER)
    assert found is not None
    return found


def test_captured_files_that_came_back_are_kept_and_filed_again(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    with opened(copied.settings, children) as services:
        store, catalog = services.store, services.catalog
        batch_id = take_all(services, tmp_path / "in")
        last_night = contents(store)
        captured = contents(store, f"intake/{batch_id}/files/")
        assert len(captured) == 4
        assert process(services, batch_id).state == "closed"
        assert verify(store, catalog).ok
        before, counted = dossier(services), load_outcome(services, batch_id).count
        assert (counted.filed, counted.set_aside) == (3, 1)
        documents = contents(store, f"dossiers/{NUMBER}/0")
        restore(services, last_night)

        process(services, batch_id)  # tidied up, as any worker may do at any time
        assert contents(store, f"intake/{batch_id}/files/") == captured

        told = repair(store, catalog, dry_run=True)
        done = repair(store, catalog)
        assert (done.actions, done.problems) == (told.actions, told.problems)
        assert any("3 pages of lost objects are worked on again" in each for each in done.actions)
        assert contents(store, f"intake/{batch_id}/files/") == captured
        row = batch(services, batch_id)
        assert (row.state, row.job) == ("taken", None)
        assert process(services, batch_id).state == "closed"
        assert load_outcome(services, batch_id).count == counted
        assert [d.no for d in dossier(services).documents] == [d.no for d in before.documents]
        assert contents(store, f"dossiers/{NUMBER}/0") == documents
        repair(store, catalog)  # what it found lost before is there again
        found = verify(store, catalog)
        assert found.ok, found
        assert not contents(store, f"intake/{batch_id}/files/")
        again = repair(store, catalog)
        assert (again.actions, again.problems) == ([], [])


def test_what_is_lost_while_a_batch_is_tidied_up_is_not_deleted_with_it(
    copied: Copied, children: ChildProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is asked again after the catalog no longer needs the files."""

    def losing(store: ObjectStore, *more: object) -> object:
        for stored in list(store.list(f"dossiers/{NUMBER}/01")):
            store.delete(stored.key, stored.version_id)
        return write_batch_manifest(store, *more)  # type: ignore[arg-type]

    with opened(copied.settings, children) as services:
        batch_id = take_all(services, tmp_path / "in")
        scan, *_ = sorted(contents(services.store, f"intake/{batch_id}/files/"))
        monkeypatch.setattr("scanflow.pipeline.filing.file.write_batch_manifest", losing)
        process(services, batch_id)
        assert list(contents(services.store, f"intake/{batch_id}/files/")) == [scan]


def test_a_batch_that_is_back_in_part_is_reported_and_kept(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    with opened(copied.settings, children) as services:
        batch_id = take_all(services, tmp_path / "in")
        last_night = contents(services.store)
        process(services, batch_id)
        first, second, *_ = sorted(key for key in last_night if "/files/" in key)
        restore(services, {key: data for key, data in last_night.items() if key != second})
        done = repair(services.store, services.catalog)
        assert any("1 of its captured files are not there" in each for each in done.problems)
        process(services, batch_id)
        assert first in set(services.store.keys())
        assert batch(services, batch_id).state == "closed"


def test_a_lost_object_is_restored_from_another_with_its_bytes(
    copied: Copied, children: ChildProcesses, tmp_path: Path
) -> None:
    """A signed document and a kept source are their captured files."""
    with opened(copied.settings, children) as services:
        store = services.store
        batch_id = take_all(services, tmp_path / "in")
        captured = contents(store, f"intake/{batch_id}/files/")
        process(services, batch_id)
        whole = contents(store)
        lost = [each for each in store.list() if store.get(each.key) in captured.values()]
        assert len(lost) == 3  # the signed document, the source, and the blank page by itself
        for stored in lost:
            store.delete(stored.key, stored.version_id)
        for key, data in captured.items():
            store.put(key, data, content_type="application/octet-stream", if_absent=True)
        process(services, batch_id)
        assert len(contents(store, f"intake/{batch_id}/files/")) == 3
        done = repair(store, services.catalog)
        assert done.problems == []
        assert sum("put there again from" in each for each in done.actions) == 3
        assert batch(services, batch_id).state == "closed"
        process(services, batch_id)
        now = contents(store)
        assert {key: now[key] for key in whole} == whole
        found = verify(store, services.catalog)
        assert found.ok, found
