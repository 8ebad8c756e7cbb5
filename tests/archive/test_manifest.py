"""Manifests: complete, deterministic, written once for each state."""

import json
from collections.abc import Mapping
from datetime import datetime

import pytest

from scanflow.archive.catalog import Catalog
from scanflow.archive.manifest import (
    CONTENT_TYPE,
    dossier_content,
    read_manifest,
    write_batch_manifest,
    write_manifest,
)
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import intake_manifest_key, manifest_key
from scanflow.errors import NotFoundError, StoreError, StoreUnavailableError
from scanflow.model import StoredObject
from tests.archive.filing import NUMBER, OTHER, add_batch, add_version, file_paper, set_aside


def test_a_manifest_has_everything_of_a_dossier(catalog: Catalog, folder: FolderStore) -> None:
    add_batch(catalog, "b1", 2)
    file_paper(folder, catalog, ["một", "hai"], fields={"ho_ten": "Lê Văn Thử"})
    stored = write_manifest(folder, catalog, NUMBER)
    assert stored.key == manifest_key(NUMBER, 1)
    content = json.loads(folder.get(stored.key))
    assert content["dossier"]["number"] == NUMBER
    assert content["dossier"]["procedure_code"] == "1.001193"
    [document] = content["documents"]
    assert document["fields"] == {"ho_ten": "Lê Văn Thử"}
    assert document["field_details"][0]["box"] == [1.0, 2.5, 3.0, 4.0]
    assert document["evidence"][0]["score"] == 0.97
    assert document["batch_id"] == "b1"
    assert [(page["no"], len(page["sha256"])) for page in document["pages"]] == [(1, 64), (2, 64)]
    [version] = document["versions"]
    assert version["pdf_sha256"] == folder.stat(version["pdf_key"]).sha256
    assert version["made_by"]["engine"] == "tesseract 5.5.0 vie"
    [entry] = content["log"]
    assert (entry["action"], entry["after"]) == ("filed", {"type": "to-khai-dang-ky-khai-sinh"})
    assert "Lê Văn Thử".encode() in folder.get(stored.key)


def test_a_document_without_values_has_no_entry_for_them(catalog: Catalog, folder: FolderStore) -> None:
    """Manifests of releases that kept no values stay as they are, byte for byte."""
    file_paper(folder, catalog, ["một"])
    content = json.loads(folder.get(write_manifest(folder, catalog, NUMBER).key))
    assert "field_details" not in content["documents"][0]


def test_the_same_state_is_written_once(catalog: Catalog, folder: FolderStore) -> None:
    ref = file_paper(folder, catalog, ["một"])
    first = write_manifest(folder, catalog, NUMBER)
    assert write_manifest(folder, catalog, NUMBER) == first
    add_version(folder, catalog, ref, ["một rưỡi"], version=2)
    second = write_manifest(folder, catalog, NUMBER)
    assert second.key == manifest_key(NUMBER, 2)
    assert write_manifest(folder, catalog, NUMBER) == second
    assert folder.get(first.key) != folder.get(second.key)


def test_a_manifest_written_before_a_kill_is_taken_up(catalog: Catalog, folder: FolderStore) -> None:
    """Killed between the object and the catalog: the same bytes are there already."""
    file_paper(folder, catalog, ["một"])
    first = write_manifest(folder, catalog, NUMBER)
    catalog.forget_object(first)
    assert write_manifest(folder, catalog, NUMBER) == first
    assert first in catalog.objects()


def test_a_manifest_of_a_state_that_has_passed_is_kept(catalog: Catalog, folder: FolderStore) -> None:
    """Killed likewise, and the dossier changed: other bytes have the number."""
    ref = file_paper(folder, catalog, ["một"])
    first = write_manifest(folder, catalog, NUMBER)
    catalog.forget_object(first)
    add_version(folder, catalog, ref, ["một rưỡi"], version=2)
    second = write_manifest(folder, catalog, NUMBER)
    assert second.key == manifest_key(NUMBER, 2)
    assert {first, second} <= set(catalog.objects())


class ReadsBack(FolderStore):
    """A store whose writes fail until the test says otherwise, as without a network."""

    gone = True

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        if self.gone:
            raise StoreUnavailableError("gone")
        return super().put(
            key,
            data,
            content_type=content_type,
            metadata=metadata,
            if_absent=if_absent,
            retain_until=retain_until,
        )


def test_nothing_is_entered_when_the_store_is_gone(catalog: Catalog, folder: FolderStore) -> None:
    file_paper(folder, catalog, ["một"])
    before = catalog.objects()
    store = ReadsBack(folder.root)
    with pytest.raises(StoreUnavailableError):
        write_manifest(store, catalog, NUMBER)
    assert catalog.objects() == before
    store.gone = False
    assert write_manifest(store, catalog, NUMBER) in catalog.objects()


def test_a_batch_says_where_each_page_went(catalog: Catalog, store: ObjectStore) -> None:
    add_batch(catalog, "b1", 3)
    file_paper(store, catalog, ["một", "hai"], number=OTHER)
    set_aside(store, catalog, "b1", 3)
    stored = write_batch_manifest(store, catalog, "b1")
    assert stored.key == intake_manifest_key("b1", 1)
    assert write_batch_manifest(store, catalog, "b1") == stored
    content = read_manifest(store.get(stored.key))
    assert content["batch"]["origin"] == "inbox"
    assert [file["name"] for file in content["files"]] == ["quét 1.pdf"]
    went = [(page["state"], page["dossier"], page["document"], page["file_no"]) for page in content["pages"]]
    assert went == [("filed", OTHER, 1, 1), ("filed", OTHER, 1, 1), ("set_aside", None, None, 1)]
    assert content["pages"][2]["reason_vi"] == "Trang trắng"


def test_unknown_dossiers_and_batches(catalog: Catalog, folder: FolderStore) -> None:
    with pytest.raises(NotFoundError):
        write_manifest(folder, catalog, "N1")
    with pytest.raises(NotFoundError):
        write_batch_manifest(folder, catalog, "b1")


def test_the_bytes_do_not_depend_on_when_they_are_made(catalog: Catalog, folder: FolderStore) -> None:
    file_paper(folder, catalog, ["một"])
    with catalog.reading() as c:
        assert dossier_content(catalog, c, NUMBER) == dossier_content(catalog, c, NUMBER)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"schema": 2}', b"\xff"])
def test_a_file_that_is_no_manifest_is_refused(data: bytes, folder: FolderStore) -> None:
    folder.put("k", data, content_type=CONTENT_TYPE)
    with pytest.raises(StoreError):
        read_manifest(folder.get("k"))
