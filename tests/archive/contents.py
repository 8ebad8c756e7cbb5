"""An archive with something of everything, and all that a catalog holds, to be compared."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import batches, documents, dossiers, metadata, pages, search_changes
from scanflow.archive.identity import pair
from scanflow.archive.store.base import ObjectStore
from tests.archive.filing import (
    OTHER,
    add_batch,
    add_version,
    file_paper,
    keep_source,
    set_aside,
    write_manifests,
)


def fill(store: ObjectStore, catalog: Catalog) -> None:
    """Two dossiers, three batches, versions, a page set aside, one batch that waits for a number."""
    pair(store, catalog)
    add_batch(catalog, "b1", 5)
    add_batch(catalog, "b2", 1)
    add_batch(catalog, "lô chờ", 1)
    ref = file_paper(store, catalog, ["đăng ký khai sinh", "trang hai"], fields={"ho_ten": "Lê Văn Thử"})
    other = file_paper(store, catalog, ["giấy ủy quyền"], type="giay-uy-quyen", title="", first_page=3)
    file_paper(store, catalog, ["tạm trú"], number=OTHER, type="unknown", batch_id="b2")
    with catalog.transaction() as connection:
        removed = pages.update().where(pages.c.batch_id == "b1", pages.c.no == 4)
        connection.execute(removed.values(decided={"removed": "removed", "place": 3}))
        attested = documents.update().where(documents.c.no == 1)
        connection.execute(attested.values(attested_by="lan", attested_at=datetime(2026, 11, 25, tzinfo=UTC)))
        # Another agency's dossier and batch.
        connection.execute(dossiers.update().where(dossiers.c.number == OTHER).values(agency="H57.133"))
        connection.execute(batches.update().where(batches.c.id == "b2").values(agency="H57.133"))
    keep_source(store, catalog, ref, other)
    set_aside(store, catalog, "b1", 4)
    set_aside(store, catalog, "b1", 5)
    set_aside(store, catalog, "lô chờ", 1)
    write_manifests(store, catalog, "b1")
    add_version(store, catalog, ref, ["đăng ký khai sinh, đọc lại", "trang hai"], version=2)
    write_manifests(store, catalog, "b1", "b2", "lô chờ")


def content_of(catalog: Catalog) -> dict[str, Any]:
    """Everything in the catalog; the rows that numbers refer to stand in place of the numbers."""
    with catalog.reading() as c:
        rows = {
            table.name: [dict(row._mapping) for row in c.execute(select(table))]
            for table in metadata.sorted_tables
            if table is not search_changes  # a rebuild enters documents in an order of its own
        }
    numbers = {row["id"]: row["number"] for row in rows["dossiers"]}
    names = {row["id"]: (numbers[row["dossier_id"]], row["no"]) for row in rows["documents"]}
    made = {row["id"]: (names[row["document_id"]], row["version"]) for row in rows["versions"]}
    sources = {row["id"]: (row["batch_id"], row["no"]) for row in rows["files"]}
    meanings = {"dossier_id": numbers, "document_id": names, "version_id": made, "file_id": sources}
    for name, table_rows in rows.items():
        for row in table_rows:
            if name not in ("archive", "batches"):
                row.pop("id", None)
            elif row.get("state") == "taken":  # it is worked on under a new job
                row["job"] = row["turn"] = None
            if name in ("objects", "agencies"):
                # When a manifest was written isn't told by the manifest; for PDFs and words see `versions`.
                # The default agency is made with the database.
                row.pop("created_at")
                continue
            for column, meaning in meanings.items():
                if row.get(column) is not None:
                    row[column] = meaning[row[column]]
    return {name: sorted(each, key=lambda row: repr(sorted(row.items()))) for name, each in rows.items()}
