"""A page that a repair puts back to be read has no older reading: otherwise that would be filed."""

from pathlib import Path

from sqlalchemy import delete, insert, select, update

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import objects, pages, readings
from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.repair.repair import repair
from scanflow.archive.store.folder import FolderStore
from scanflow.model import PageState
from scanflow.settings import Settings
from tests.archive.filing import add_batch


def test_a_page_that_is_put_back_to_be_read_has_no_reading(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects")
    with open_catalog(Settings(home=tmp_path / "home")) as catalog:
        add_batch(catalog, "b", 3)
        with catalog.transaction() as c:
            c.execute(update(pages).where(pages.c.no == 1).values(state=PageState.TAKEN))
        manifest = write_batch_manifest(store, catalog, "b")
        with catalog.transaction() as c:  # as it was before page 1 was turned and page 3 came
            c.execute(update(pages).where(pages.c.no == 1).values(state=PageState.READ))
            c.execute(delete(pages).where(pages.c.no == 3))
            c.execute(delete(objects).where(objects.c.key == manifest.key))
            rows = [{"batch_id": "b", "no": no, "attempts": 0, "reading": b"old"} for no in (1, 2)]
            c.execute(insert(readings), rows)
        repair(store, catalog)
        with catalog.reading() as c:
            states = c.scalars(select(pages.c.state).order_by(pages.c.no)).all()
            assert states == [PageState.TAKEN, PageState.READ, PageState.READ]
            assert c.scalars(select(readings.c.no)).all() == [2]
