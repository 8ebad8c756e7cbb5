"""The texts of pages that search finds: those of each document's newest version."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from scanflow.archive.database.tables import page_texts, versions
from scanflow.archive.documents.page_words import PageWords, searchable_text
from scanflow.archive.search.changes import mark_changed


def forget_texts(connection: Connection, document_id: int) -> None:
    """Remove a document's texts from search; they stay in the words objects."""
    older = select(versions.c.id).where(versions.c.document_id == document_id)
    connection.execute(delete(page_texts).where(page_texts.c.version_id.in_(older)))
    mark_changed(connection, [document_id])


def index_texts(
    connection: Connection, document_id: int, version_id: int, pages: Sequence[PageWords]
) -> None:
    """Let search find this version's text instead of that of the document's older versions.

    The older texts stay in their words objects. `pages`: the words of each page, in order.
    """
    forget_texts(connection, document_id)
    rows = [
        {"version_id": version_id, "page_no": page_no, "text": searchable_text(page.words)}
        for page_no, page in enumerate(pages, start=1)
    ]
    if rows:
        connection.execute(insert(page_texts), rows)
