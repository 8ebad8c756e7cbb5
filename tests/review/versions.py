"""What tests of corrections look at: a document as it is now, its images, and what a rebuild brings back."""

import io
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy import select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import tables
from scanflow.archive.repair.rebuild import rebuild
from scanflow.membership import DEFAULT_AGENCY
from scanflow.pipeline.services import Services
from scanflow.review.access import Opened, Reviewer, open_document
from scanflow.review.context import Review
from scanflow.settings import Settings
from tests.archive.searching import search

WHO = Reviewer("thu", DEFAULT_AGENCY, may_change=True)


def again(review: Review, opened: Opened) -> Opened:
    """The document as it is now."""
    return open_document(review, WHO, opened.number, opened.document.no)


def images(review: Review, opened: Opened) -> list[bytes]:
    """The image stream of each page of a document that was made for tests."""
    data = review.services.store.get(opened.version.pdf.key)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [bytes(page.obj.Resources.XObject["/I"].read_raw_bytes()) for page in pdf.pages]


def found(review: Review, query: str) -> list[tuple[str, int]]:
    """The dossier and the number of each document that a search finds."""
    return [(hit.dossier, hit.document) for hit in search(review.catalog, query)]


def state(services: Services, catalog: Catalog) -> Any:
    """What a rebuild must bring back: everything of dossiers but rows' ids."""
    placed = (
        select(tables.pages.c.no, tables.pages.c.state, tables.documents.c.no, tables.dossiers.c.number)
        .join(tables.documents, tables.documents.c.id == tables.pages.c.document_id)
        .join(tables.dossiers)
        .order_by(tables.pages.c.batch_id, tables.pages.c.no)
    )
    with catalog.reading() as connection:
        return {"pages": [tuple(row) for row in connection.execute(placed)]} | {
            table.name: sorted(
                repr(
                    {name: value for name, value in row.items() if not name.endswith("id") and name != "text"}
                )
                for row in connection.execute(select(table)).mappings()
            )
            for table in (tables.dossiers, tables.documents, tables.versions, tables.page_texts)
        }


def require_rebuilt(review: Review, tmp_path: Path) -> None:
    """A catalog that is rebuilt from the bucket alone is the same."""
    with open_catalog(Settings(home=tmp_path / "anew")) as fresh:
        report = rebuild(review.services.store, fresh)
        assert report.problems == []
        assert state(review.services, fresh) == state(review.services, review.catalog)
