"""Store and catalog that don't belong together are not opened, on every pair of both."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.identity import known_id, make_identity, pair, read_identity
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import ARCHIVE
from scanflow.archive.store.s3 import S3Store
from scanflow.errors import CatalogBehindError, ObjectLockedError, StoreUnavailableError, WrongStoreError
from scanflow.settings import Settings, StoreSettings
from tests.archive.filing import add_batch, file_paper, write_manifests
from tests.conftest import NewSettings
from tests.servers import client_of

PDF = "application/pdf"


@pytest.fixture
def other_store(store: ObjectStore, request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """A second, empty store of the same kind, such as a mount point without its share, or a new bucket."""
    if isinstance(store, FolderStore):
        made: ObjectStore = FolderStore(tmp_path / "mount point")
    else:
        settings = request.getfixturevalue("s3_settings")
        made = S3Store(settings.model_copy(update={"bucket": f"{settings.bucket}-anew"}))
    made.check()
    return made


def fill(store: ObjectStore, catalog: Catalog) -> None:
    add_batch(catalog, "b1", 1)
    file_paper(store, catalog, ["đăng ký khai sinh"])
    write_manifests(store, catalog, "b1")


def test_a_new_archive_gets_one_id(store: ObjectStore, catalog: Catalog, settings: Settings) -> None:
    archive_id = pair(store, catalog)
    assert pair(store, catalog) == archive_id
    found = read_identity(store)
    assert found is not None
    assert found.id == archive_id
    with open_catalog(settings) as again:
        assert pair(store, again) == archive_id
    fill(store, catalog)
    report = verify(store, catalog)
    assert (report.ok, report.unknown) == (True, ())


def test_an_empty_store_beside_a_catalog_is_refused(
    store: ObjectStore, other_store: ObjectStore, catalog: Catalog
) -> None:
    pair(store, catalog)
    with pytest.raises(WrongStoreError, match="mounted"):
        pair(other_store, catalog)  # nothing is in the catalog yet, but it has its store
    fill(store, catalog)
    with pytest.raises(WrongStoreError, match="mounted"):
        pair(other_store, catalog)
    assert list(other_store.keys()) == []


def test_a_store_of_another_archive_is_refused(
    store: ObjectStore, other_store: ObjectStore, catalog: Catalog
) -> None:
    pair(store, catalog)
    make_identity(other_store)
    with pytest.raises(WrongStoreError, match="that of archive"):
        pair(other_store, catalog)


def test_an_empty_catalog_beside_a_store_is_to_be_rebuilt(
    store: ObjectStore, catalog: Catalog, new_settings: NewSettings
) -> None:
    archive_id = pair(store, catalog)
    fill(store, catalog)
    with open_catalog(new_settings("anew")) as anew:
        with pytest.raises(CatalogBehindError, match="scanflow rebuild"):
            pair(store, anew)
        rebuild(store, anew)
        assert pair(store, anew) == archive_id


def test_an_archive_from_before_ids_gets_one_where_nothing_is_missing(
    store: ObjectStore, other_store: ObjectStore, catalog: Catalog
) -> None:
    fill(store, catalog)
    with pytest.raises(WrongStoreError, match=r"lacks \d+ objects"):
        pair(other_store, catalog)
    assert list(other_store.keys()) == []
    with catalog.reading() as connection:
        assert known_id(connection) is None
    assert pair(store, catalog)


def test_an_older_backup_of_the_catalog_takes_the_stores_id(
    store: ObjectStore, other_store: ObjectStore, catalog: Catalog
) -> None:
    """A dump from before there were ids, restored beside its store; another archive's is refused."""
    fill(store, catalog)
    make_identity(other_store)
    with pytest.raises(WrongStoreError, match="lacks"):
        pair(other_store, catalog)
    identity = make_identity(store)
    assert pair(store, catalog) == identity.id


def test_killed_between_store_and_catalog_it_goes_on(store: ObjectStore, catalog: Catalog) -> None:
    identity = make_identity(store)
    assert pair(store, catalog) == identity.id


def test_a_store_exchanged_while_a_program_runs_is_away(tmp_path: Path, catalog: Catalog) -> None:
    """Another archive's share is mounted in its place, then the right one again."""
    root, elsewhere = tmp_path / "objects", tmp_path / "elsewhere"
    store = FolderStore(root)
    store.check()
    pair(store, catalog)
    kept = store.put("intake/b1/0001.pdf", b"page", content_type=PDF)
    root.rename(elsewhere)
    other = FolderStore(root)
    other.check()
    make_identity(other)
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        store.put("intake/b1/0002.pdf", b"page", content_type=PDF)
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        store.require_bound()
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        store.stat(kept.key)
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        list(store.list())
    assert set(other.keys()) == {ARCHIVE}
    root.rename(tmp_path / "other")
    elsewhere.rename(root)
    store.require_bound()
    assert store.get(kept.key) == b"page"


@pytest.mark.s3
def test_a_bucket_made_anew_while_a_program_runs_is_away(
    s3_settings: StoreSettings, catalog: Catalog
) -> None:
    store = S3Store(s3_settings)
    store.check()
    pair(store, catalog)
    store.require_bound()
    client, bucket = client_of(s3_settings), s3_settings.bucket
    for found in list(client.list_objects(bucket, recursive=True, include_version=True)):
        client.remove_object(bucket, found.object_name or "", found.version_id)
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        store.require_bound()
    client.remove_bucket(bucket)
    with pytest.raises(StoreUnavailableError, match="exchanged"):
        store.require_bound()


def test_the_id_is_locked(tmp_path: Path, catalog: Catalog) -> None:
    store = FolderStore(tmp_path / "objects")
    store.check()
    pair(store, catalog, retain_until=datetime.now(UTC) + timedelta(days=1))
    found = store.stat(ARCHIVE)
    with pytest.raises(ObjectLockedError):
        store.delete(ARCHIVE, found.version_id)
