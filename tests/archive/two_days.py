"""Two days of an archive, and losses in between: for the tests of repair."""

from collections.abc import Iterator
from contextlib import contextmanager

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches
from scanflow.archive.identity import pair
from scanflow.archive.log import chain
from scanflow.archive.log.chain import Chained
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.settings import Settings
from tests.archive.filing import OTHER, add_batch, add_version, file_paper, set_aside, write_manifests


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[ObjectStore, Catalog]]:
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        pair(store, catalog)
        yield store, catalog


def close(catalog: Catalog, *batch_ids: str) -> None:
    with catalog.transaction() as connection:
        connection.execute(batches.update().where(batches.c.id.in_(batch_ids)).values(state="closed"))


def monday(store: ObjectStore, catalog: Catalog) -> None:
    add_batch(catalog, "b1", 2)
    file_paper(store, catalog, ["đăng ký khai sinh"])
    set_aside(store, catalog, "b1", 2)
    close(catalog, "b1")
    write_manifests(store, catalog, "b1")


def tuesday(store: ObjectStore, catalog: Catalog) -> None:
    """A second document, a new version of the first one, another dossier: in batches of their own."""
    add_batch(catalog, "b2", 1)
    add_batch(catalog, "b3", 1)
    ref = file_paper(store, catalog, ["giấy ủy quyền"], type="giay-uy-quyen", batch_id="b2")
    assert ref.no == 2
    first = file_paper(store, catalog, ["đăng ký khai sinh"])
    add_version(store, catalog, first, ["đọc lại"], version=2)
    file_paper(store, catalog, ["tạm trú"], number=OTHER, type="unknown", batch_id="b3")
    close(catalog, "b2", "b3")
    write_manifests(store, catalog, "b2", "b3")


def entries(catalog: Catalog) -> list[Chained]:
    """The whole log, with numbers and hashes."""
    with catalog.reading() as connection:
        return list(chain.entries_from(connection, 1))


def lose(store: ObjectStore, catalog: Catalog, ending: str, prefix: str = "") -> list[str]:
    """Delete objects for good, as a failed disk does."""
    lost = [stored for stored in catalog.objects(prefix) if stored.key.endswith(ending)]
    for stored in lost:
        store.delete(stored.key, stored.version_id)
    assert lost
    return [stored.key for stored in lost]
