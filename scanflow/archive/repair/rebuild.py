"""Rebuilds the catalog (dựng lại danh mục) from the objects and their manifests alone.

All rows come from the manifests, except the text of pages, which comes from the words objects, and the log,
which comes from its segments. A batch that left no manifest (killed while it was taken) becomes one that
waits for a person, with the files that lie in intake: nothing is filed that nobody submitted.
"""

from datetime import datetime

from scanflow.archive.catalog import Catalog
from scanflow.archive.identity import is_empty
from scanflow.archive.repair.merging import RepairReport
from scanflow.archive.repair.repair import repair
from scanflow.archive.store.base import ObjectStore
from scanflow.errors import CatalogError


def rebuild(store: ObjectStore, catalog: Catalog, *, retain_until: datetime | None = None) -> RepairReport:
    """Fill an empty catalog; all or nothing. Raises CatalogError when it isn't empty.

    Damaged and missing objects are reported and don't stop the rest; a store that can't be reached does.
    """
    with catalog.reading() as connection:
        empty = is_empty(connection)  # who works, signs in and scans is nothing that a rebuild overwrites
    if not empty:
        raise CatalogError(
            "the catalog is not empty: rebuild fills a new one; `scanflow repair` brings an old one and "
            "the bucket together",
            "Danh mục đang có dữ liệu nên không dựng lại. Hãy báo cho người quản trị hệ thống.",
        )
    return repair(store, catalog, retain_until=retain_until, note=False)
