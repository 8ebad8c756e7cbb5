"""The texts of pages that search finds: those of each document's newest version."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from scanflow.archive.database.inserts import insert_row
from scanflow.archive.database.tables import documents, dossiers, page_texts, versions
from scanflow.archive.page_words import PageWords, page_text
from scanflow.archive.search import index


def index_texts(
    connection: Connection, document_id: int, version_id: int, pages: Sequence[PageWords]
) -> None:
    """Make a version's text the one that search finds, in place of that of the document's older versions.

    Their text stays in their words objects. `pages`: the words of each page, in order.
    """
    older = select(versions.c.id).where(versions.c.document_id == document_id)
    old_ids = list(connection.scalars(select(page_texts.c.id).where(page_texts.c.version_id.in_(older))))
    index.remove(connection, old_ids)
    connection.execute(delete(page_texts).where(page_texts.c.version_id.in_(older)))
    number, head = _head(connection, document_id)
    for page_no, page in enumerate(pages, start=1):
        text = page_text(page.words)
        row_id = insert_row(
            connection, page_texts, {"version_id": version_id, "page_no": page_no, "text": text}
        )
        index.add(connection, row_id, text, number, head if page_no == 1 else "")


def _head(connection: Connection, document_id: int) -> tuple[str, str]:
    """The dossier's number, and all that is known of a document beside its pages' text."""
    query = (
        select(dossiers.c.number, documents.c.type, documents.c.title, documents.c.fields)
        .join(documents)
        .where(documents.c.id == document_id)
    )
    row = connection.execute(query).one()
    return row.number, "\n".join([row.number, row.type, row.title, *row.fields.values()])
