"""The captured pages of filed documents, where people rearrange these: in which document, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from scanflow.archive.database.tables import batches, documents, pages
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.errors import UsageError
from scanflow.ledger.decisions import decided, place_of
from scanflow.model import BatchState, PageState


@dataclass(frozen=True, slots=True)
class FiledPage:
    """A captured page of a document, by its row, its batch and its number there."""

    id: int
    batch_id: str
    no: int
    document_page: int | None


def filed_pages(connection: Connection, document_id: int, count: int) -> list[FiledPage]:
    """A document's pages in the order of its newest version, which has `count`.

    None where the catalog doesn't know all of them: a batch that left no manifest is not rebuilt.
    """
    columns = (pages.c.id, pages.c.batch_id, pages.c.no, pages.c.document_page)
    own = (pages.c.document_id == document_id) & (pages.c.state == PageState.FILED)
    found = fetch_all(connection, FiledPage, select(*columns).where(own).order_by(pages.c.no))
    if len(found) != count:
        return []
    if all(each.document_page is not None for each in found):
        return sorted(found, key=lambda each: each.document_page or 0)
    said = {batch_id: decided(connection, batch_id) for batch_id in {each.batch_id for each in found}}
    return sorted(found, key=lambda each: place_of(each.no, said[each.batch_id]))


def place_pages(connection: Connection, document_id: int, found: Sequence[FiledPage]) -> None:
    """Have these pages stand in a document, in this order."""
    for number, each in enumerate(found, start=1):
        place = {"document_id": document_id, "document_page": number}
        connection.execute(update(pages).where(pages.c.id == each.id).values(**place))


def require_closed(connection: Connection, batch_ids: Sequence[str]) -> None:
    """Raises UsageError where one of these batches is still worked on."""
    query = select(batches.c.id).where(batches.c.id.in_(batch_ids), batches.c.state != BatchState.CLOSED)
    if connection.scalar(query.limit(1)) is not None:
        raise UsageError(
            "other papers of this batch are still being filed: try again in a moment",
            "Tập giấy tờ này đang được xử lý. Hãy thử lại sau ít phút.",
        )


def free_beginning(connection: Connection, batch_id: str, wanted: Sequence[int]) -> int:
    """The first of these pages with which no document of the batch begins, else a number of no page.

    Documents are told apart by the pages that they begin with, whatever becomes of them later.
    """
    used = set(connection.scalars(select(documents.c.first_page).where(documents.c.batch_id == batch_id)))
    numbers = set(connection.scalars(select(pages.c.no).where(pages.c.batch_id == batch_id)))
    last = max(used | numbers | set(wanted), default=0)
    return next((no for no in wanted if no not in used), last + 1)
